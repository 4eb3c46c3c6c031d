package dev.mokume.architecture;

import java.util.Optional;

/// Where in a model a tensor belongs.
///
/// @param block the stage of `component`; a whole middle block is one stage, `M00`
/// @param localName the tensor's name without what says where it is stored: for a diffusion model
///   `input_blocks.1.0.in_layers.0.weight`, whether the file says `model.diffusion_model.`,
///   `diffusion_model.` or nothing before it. CLIP's legacy names are told as the present ones,
///   with `text_model.`
public record TensorPlace(Component component, Block block, String localName) {
  private static final String MIDDLE = "middle_block.";

  public TensorPlace {
    if (block.component() != component) {
      throw new IllegalArgumentException("block " + block + " is not of " + component.id());
    }
  }

  /// Whether files store the tensor under various names, of which [StoredForm] tells. Not so what
  /// says how a model is sampled, and components of one form.
  public boolean isStoredVariously() {
    return StoredForm.varies(component) && !block.name().equals(Regions.SAMPLING);
  }

  /// The part of the U-Net's middle block that the tensor is of: `M00.0`, `M00.1` or `M00.2`, for
  /// block weights that tell the three apart; none elsewhere.
  public Optional<Block> middlePart() {
    if (component != Component.UNET) {
      return Optional.empty();
    }
    if (localName.startsWith(MIDDLE)) {
      int part = Segments.number(localName, MIDDLE.length());
      return part < 0 ? Optional.empty() : Optional.of(new Block(component, "M00." + part));
    }
    return DiffusersUnet.middlePart(localName).map(part -> new Block(component, "M00." + part));
  }
}
