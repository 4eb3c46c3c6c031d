package dev.mokume.plan;

import java.util.Set;

/// Tables of the noise schedule that original Stable Diffusion checkpoints carry, and what ComfyUI keeps of them in memory.
/// They follow from the schedule, and a blend of two would only add rounding: they are left alone unless a ratio names them.
final class ScheduleBuffers {
  private static final Set<String> NAMES =
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

  private ScheduleBuffers() {}

  static boolean contains(String tensor) {
    return NAMES.contains(tensor) || tensor.startsWith("model_sampling.");
  }
}
