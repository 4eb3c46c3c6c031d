package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What tells a LoRA, its rank and the model that it changes.
final class LoraFacts {
  private int parts;
  private int rank = -1;
  private int contextWidth = -1;
  private boolean secondTextEncoder;
  private boolean flux;
  private boolean mmdit;
  private boolean unet;

  void add(TensorSpec spec) {
    String name = spec.name();
    if (!LoraNames.isPart(name)) {
      return;
    }
    parts++;
    boolean down = name.contains("lora_down") || name.contains("lora_A") || name.endsWith(":down");
    if (down && spec.shape().rank() >= 2) {
      rank = (int) Math.min(Integer.MAX_VALUE, spec.shape().dimension(0));
      if (name.contains("attn2_to_k") || name.contains("attn2.to_k")) {
        contextWidth = (int) Math.min(Integer.MAX_VALUE, spec.shape().dimension(1));
      }
    }
    secondTextEncoder |= name.startsWith("lora_te2_") || name.startsWith("text_encoder_2.");
    flux |= name.contains("double_blocks") || name.contains("single_transformer_blocks");
    mmdit |= name.contains("joint_blocks");
    unet |= name.contains("down_blocks") || name.contains("input_blocks");
  }

  /// Whether most of so many tensors are of a LoRA.
  boolean outweighs(int tensors) {
    return parts > 0 && parts * 2L > tensors;
  }

  Optional<Architecture> target() {
    if (flux) {
      // Nothing in a LoRA tells FLUX.1's variants apart; one for dev fits schnell too.
      return Optional.of(Architecture.FLUX_DEV);
    }
    if (mmdit) {
      return Optional.of(Architecture.SD3);
    }
    if (contextWidth == 2048 || unet && secondTextEncoder) {
      return Optional.of(Architecture.SDXL);
    }
    if (contextWidth == 1024) {
      return Optional.of(Architecture.SD21);
    }
    return contextWidth == 768 ? Optional.of(Architecture.SD15) : Optional.empty();
  }

  List<String> evidence() {
    List<String> found = new ArrayList<>(List.of("names of low-rank factors"));
    if (rank >= 0) {
      found.add("rank " + rank);
    }
    if (contextWidth >= 0) {
      found.add("text width " + contextWidth);
    }
    return found;
  }
}
