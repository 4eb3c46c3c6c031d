package dev.mokume.plan;

import java.util.Set;

/// Tensors that may be stored as floats and are not weights. A blend of two would add rounding at
/// best.
///
/// Tables of the noise schedule, which original Stable Diffusion checkpoints carry and of which
/// ComfyUI keeps some in memory; and the numbers 0, 1, 2, ... by which a text encoder finds the
/// places of a prompt: older merges stored them as floats, and a blended one that is rounded down
/// reads a word twice.
final class Buffers {
  private static final Set<String> SCHEDULE =
      Set.of(
          "betas",
          "alphas_cumprod",
          "alphas_cumprod_prev",
          "sqrt_alphas_cumprod",
          "sqrt_one_minus_alphas_cumprod",
          "log_one_minus_alphas_cumprod",
          "sqrt_recip_alphas_cumprod",
          "sqrt_recipm1_alphas_cumprod",
          "posterior_variance",
          "posterior_log_variance_clipped",
          "posterior_mean_coef1",
          "posterior_mean_coef2");

  private Buffers() {}

  static boolean contains(String tensor) {
    return SCHEDULE.contains(tensor)
        || tensor.startsWith("model_sampling.")
        || PositionIds.areIn(tensor);
  }
}
