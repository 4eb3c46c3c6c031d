package dev.mokume.lowrank;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Prediction;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.error.Version;
import dev.mokume.plan.Provenance;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What the metadata of an extracted LoRA say: where it comes from, and those of kohya's and the
/// model specification's words that are true of it.
record LoraMetadata(Detection detection, ExtractionOptions options) {
  /// How the file was made, in one line.
  static final String MADE = "mokume.lora";

  Map<String, String> of(
      Checkpoint tuned,
      Optional<Checkpoint> base,
      Path output,
      List<ExtractionReport.Layer> layers,
      Map<ByteSource, String> hashes) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put(MADE, made());
    if (base.isEmpty() && tuned.metadata().containsKey(Provenance.INPUTS)) {
      // A difference that Mokume computed says what of.
      Provenance.ofOutput(tuned.metadata()).forEach(metadata::put);
    } else {
      SequencedMap<String, Checkpoint> models = new LinkedHashMap<>();
      models.put("tuned", tuned);
      base.ifPresent(model -> models.put("base", model));
      metadata.put(Provenance.INPUTS, Provenance.inputs(models, hashes));
    }
    metadata.put(Provenance.VERSION, Version.current());
    if (options.names() == FactorNames.KOHYA) {
      kohya(layers, metadata);
      specification(output, metadata);
    }
    return metadata;
  }

  private String made() {
    if (options.layers() == LayerForm.DIFFERENCE) {
      return "extracted: differences as they are";
    }
    String rank =
        switch (options.rank()) {
          case RankChoice.Fixed(int fixed) -> "rank " + fixed;
          case RankChoice.Energy(double share, int most) ->
              "energy " + share + ", rank at most " + most;
          case RankChoice.Above(double limit, int most) ->
              "singular values above " + limit + ", rank at most " + most;
        };
    return "extracted: %s, convolutions at most %s, iterations %s, seed %s%s"
        .formatted(
            rank,
            options.convolutionRank(),
            options.iterations(),
            options.seed(),
            options.layers() == LayerForm.COMFYUI_FACTORS ? ", cut as by ComfyUI" : "");
  }

  private void kohya(List<ExtractionReport.Layer> layers, Map<String, String> metadata) {
    int most = layers.stream().mapToInt(ExtractionReport.Layer::rank).max().orElse(0);
    metadata.put("ss_network_module", "networks.lora");
    metadata.put("ss_network_dim", String.valueOf(most));
    metadata.put("ss_network_alpha", String.valueOf(most));
    words().kohya().ifPresent(version -> metadata.put("ss_base_model_version", version));
  }

  private ModelWords words() {
    return ModelWords.of(detection.architecture());
  }

  private void specification(Path output, Map<String, String> metadata) {
    specified()
        .ifPresent(architecture -> {
          metadata.put("modelspec.sai_model_spec", "1.0.0");
          metadata.put("modelspec.architecture", architecture + "/lora");
          metadata.put("modelspec.implementation", implementation());
          metadata.put("modelspec.title", title(output));
          if (detection.prediction() == Prediction.EPSILON) {
            metadata.put("modelspec.prediction_type", "epsilon");
          } else if (detection.prediction() == Prediction.V) {
            metadata.put("modelspec.prediction_type", "v");
          }
        });
  }

  private Optional<String> specified() {
    boolean isLargeSd2 =
        detection.architecture() == Architecture.SD21 && detection.prediction() == Prediction.V;
    return isLargeSd2 ? Optional.of("stable-diffusion-v2-768-v") : words().specification();
  }

  private String implementation() {
    return detection.architecture().family() == Architecture.Family.IMAGE_UNET
        ? "https://github.com/Stability-AI/generative-models"
        : "https://github.com/black-forest-labs/flux";
  }

  private static String title(Path output) {
    String name = String.valueOf(output.getFileName());
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }
}
