package dev.mokume.workflow;

import dev.mokume.workflow.WidgetCatalog.Widget;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Catalogs of a few node types, made by hand.
final class Catalogs {
  /// Knows no type.
  static final WidgetCatalog NONE = type -> Optional.empty();

  private static final Map<String, List<Widget>> TYPES =
      Map.of(
          "CheckpointLoaderSimple",
          List.of(new Widget("ckpt_name", "COMBO", false)),
          "ModelMergeSimple",
          List.of(new Widget("ratio", "FLOAT", false)),
          "CheckpointSave",
          List.of(new Widget("filename_prefix", "STRING", false)),
          "KSampler",
          List.of(
              new Widget("seed", "INT", true),
              new Widget("steps", "INT", false),
              new Widget("cfg", "FLOAT", false),
              new Widget("sampler_name", "COMBO", false)),
          "LoadImage",
          List.of(new Widget("image", "COMBO", true), new Widget("channel", "COMBO", false)),
          "Blocks",
          List.of(new Widget("blocks", "STRING", false)),
          "VAEDecode",
          List.of());

  /// What the tests' workflows use.
  static final WidgetCatalog SMALL = type -> Optional.ofNullable(TYPES.get(type));

  private Catalogs() {}
}
