package dev.mokume;

import dev.mokume.analysis.MaskReport;
import dev.mokume.analysis.RatioReport;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.inspection.LoraReport;
import dev.mokume.method.DiffusionName;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.comfyui.GradientFile;
import dev.mokume.recipe.comfyui.Product;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.SequencedMap;
import java.util.Set;

/// Works out the texts that a workflow makes.
record ProductText(MergeOptions options) {
  String of(Product.Text text) {
    return switch (text) {
      case Product.Text.Plain(String plain) -> plain;
      case Product.Text.Numbers(Product.Ratios ratios) -> GradientFile.format(numbers(ratios));
      case Product.Text.NumberLines(Product.Ratios ratios) -> RatioReport.of(numbers(ratios));
      case Product.Text.MaskCounts(Recipe recipe, boolean isByTensor) -> {
        MaskReport report =
            MaskReport.of(Mokume.countMask(recipe, options)).withFractional(fractional(recipe));
        yield isByTensor ? report.details() : report.size();
      }
      case Product.Text.LoraLines(Path file, String report, int limit) -> lora(file, report, limit);
    };
  }

  private static SequencedMap<String, Double> numbers(Product.Ratios ratios) {
    RatioNumbers numbers = new RatioNumbers(ratios.ratio(), ratios.named(), ratios.compat());
    return ratios.model().map(numbers::of).orElseGet(numbers::ofItsOwnNames);
  }

  private static String lora(Path file, String report, int limit) {
    try (Checkpoint opened = Checkpoints.open(file)) {
      LoraReport lora = LoraReport.of(opened);
      return switch (report) {
        case "tags" -> lora.tags(limit);
        case "size" -> lora.size();
        default -> lora.details();
      };
    }
  }

  /// The tensors whose mask the node pack holds as floats, and so counts as `64.0`: those of a mask
  /// file that stores floats.
  private static Set<String> fractional(Recipe recipe) {
    Set<String> names = new HashSet<>();
    if (recipe.compat().has(Quirk.FLOAT_COUNTS)
        && recipe.result() instanceof Result.MaskFile(Mask mask, _)
        && resolved(mask, recipe) instanceof Mask.Stored(Path file)) {
      try (Checkpoint opened = Checkpoints.open(file)) {
        opened
            .tensors()
            .forEach((name, tensor) -> {
              if (tensor.spec().dtype().isBlendable()) {
                names.add(DiffusionName.inMemory(name));
              }
            });
      }
    }
    return names;
  }

  private static Mask resolved(Mask mask, Recipe recipe) {
    return mask instanceof Mask.Named(String name) ? recipe.masks().getOrDefault(name, mask) : mask;
  }
}
