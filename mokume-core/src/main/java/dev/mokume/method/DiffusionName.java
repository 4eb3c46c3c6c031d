package dev.mokume.method;

import java.util.List;
import java.util.Optional;

/// A tensor's name within the diffusion model, whichever way it is stored: `model.diffusion_model.`
/// in a checkpoint, `diffusion_model.` in ComfyUI's memory.
public final class DiffusionName {
  private static final String IN_MEMORY = "diffusion_model.";
  private static final String STORED = "model." + IN_MEMORY;

  private DiffusionName() {}

  /// `input_blocks.0.0.weight` for either form, or nothing for a tensor of another part.
  public static Optional<String> within(String tensor) {
    if (tensor.startsWith(STORED)) {
      return Optional.of(tensor.substring(STORED.length()));
    }
    return tensor.startsWith(IN_MEMORY)
        ? Optional.of(tensor.substring(IN_MEMORY.length()))
        : Optional.empty();
  }

  /// As ComfyUI holds the tensor that is called `local` within the diffusion model.
  static String held(String local) {
    return IN_MEMORY + local;
  }

  /// As ComfyUI holds it: `diffusion_model.input_blocks.0.0.weight`; a tensor of another part keeps
  /// its name.
  public static String inMemory(String tensor) {
    return tensor.startsWith(STORED) ? tensor.substring("model.".length()) : tensor;
  }

  /// What a person may call the tensor: its name as stored, and without what only says where it is
  /// stored.
  static List<String> spellings(String tensor) {
    return tensor.startsWith(STORED)
        ? List.of(tensor, inMemory(tensor), tensor.substring(STORED.length()))
        : List.of(tensor);
  }
}
