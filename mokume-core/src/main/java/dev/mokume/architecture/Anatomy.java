package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;

/// What of a diffusion model's build decides between names, gathered in a pass over its tensors.
final class Anatomy {
  private boolean attendsFirstUp;
  private int lastJointBlock = -1;

  void add(String localName, TensorSpec spec) {
    attendsFirstUp |=
        localName.startsWith("output_blocks.0.1.")
            || localName.startsWith("up_blocks.0.attentions.");
    int block =
        Math.max(
            Segments.numberAfter(localName, "joint_blocks."),
            Segments.numberAfter(localName, "transformer_blocks."));
    boolean ofContext =
        localName.endsWith(".context_block.adaLN_modulation.1.weight")
            || localName.endsWith(".norm1_context.linear.weight");
    if (ofContext
        && spec.shape().rank() == 2
        && spec.shape().dimension(0) == 2 * spec.shape().dimension(1)) {
      lastJointBlock = block;
    }
  }

  /// Whether a U-Net's lowest level has attention: SDXL's has, the others' have not.
  boolean attendsFirstUp() {
    return attendsFirstUp;
  }

  /// The joint block of SD 3 that gives up the text, told by its shift and scale alone where others
  /// have six such vectors; -1 if there is none.
  int lastJointBlock() {
    return lastJointBlock;
  }
}
