package dev.mokume.synth;

import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.List;

/// What a tensor of that name and shape might hold in a trained model: enough for merges, masks and
/// thresholds to behave as on real weights.
final class PlausibleContent {
  private static final float NORM_DEVIATION = 0.05f;
  private static final float BIAS_DEVIATION = 0.02f;
  private static final float EMBEDDING_DEVIATION = 0.02f;
  private static final float LORA_UP_DEVIATION = 0.01f;

  /// exp of it is 100: where CLIP's training stops it.
  private static final float LOGIT_SCALE = 4.605_17f;

  private static final List<String> EMBEDDINGS =
      List.of(
          "token_embedding.weight",
          "position_embedding.weight",
          "positional_embedding",
          "embed_tokens.weight",
          "shared.weight",
          "wte.weight",
          "wpe.weight");

  private PlausibleContent() {}

  static Content of(TensorSpec spec) {
    if (!spec.dtype().isBlendable()) {
      return spec.name().endsWith("position_ids") ? new Content.Positions() : new Content.Zeros();
    }
    long count = spec.elementCount();
    if (spec.shape().rank() == 1 && count > 1 && count <= DiffusionSchedule.MOST_STEPS) {
      float[] schedule = DiffusionSchedule.buffer(spec.name(), (int) count);
      if (schedule.length > 0) {
        return new Content.Values(schedule);
      }
    }
    return spec.shape().rank() == 0 ? scalar(spec.name()) : weights(spec);
  }

  private static Content scalar(String name) {
    if (name.endsWith("logit_scale")) {
      return new Content.Constant(LOGIT_SCALE);
    }
    return switch (name) {
      case "edm_vpred.sigma_max" -> new Content.Constant(120);
      case "edm_vpred.sigma_min" -> new Content.Constant(0.002f);
      case "model_ema.decay" -> new Content.Constant(0.9999f);
      // A LoRA's alpha: half its usual rank, as trainers preset it.
      default -> new Content.Constant(name.endsWith(".alpha") ? 8 : 1);
    };
  }

  private static Content weights(TensorSpec spec) {
    String name = spec.name();
    Shape shape = spec.shape();
    if (shape.rank() == 1) {
      boolean norm = name.endsWith("weight") || name.endsWith(".scale");
      return norm ? new Content.Random(1, NORM_DEVIATION) : new Content.Random(0, BIAS_DEVIATION);
    }
    if (EMBEDDINGS.stream().anyMatch(name::endsWith)) {
      return new Content.Random(0, EMBEDDING_DEVIATION);
    }
    if (name.endsWith("lora_up.weight")) {
      return new Content.Random(0, LORA_UP_DEVIATION);
    }
    double inputs = (double) shape.elementCount() / Math.max(1, shape.dimension(0));
    return new Content.Random(0, (float) (1 / Math.sqrt(Math.max(1, inputs))));
  }
}
