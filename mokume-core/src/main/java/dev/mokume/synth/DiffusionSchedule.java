package dev.mokume.synth;

/// The noise schedules that checkpoints carry as tensors.
///
/// Source: J. Ho, A. Jain, P. Abbeel, Denoising Diffusion Probabilistic Models, arXiv:2006.11239,
/// equations 2 to 7, with Stable Diffusion's betas: squares of evenly spaced numbers from
/// sqrt(0.00085) to sqrt(0.012). The flow schedule of SD 3: P. Esser et al., arXiv:2403.03206, with
/// a shift of 3.
final class DiffusionSchedule {
  static final int MOST_STEPS = 10_000;

  private static final double FIRST = 0.00085;
  private static final double LAST = 0.012;
  private static final double SHIFT = 3;
  private static final double LEAST_VARIANCE = 1e-20;

  private DiffusionSchedule() {}

  /// A step's numbers: beta, the product of (1 - beta) up to it, and up to the step before.
  private record Step(double beta, double product, double before) {
    double posteriorVariance() {
      return beta * (1 - before) / (1 - product);
    }
  }

  @FunctionalInterface
  private interface Formula {
    double at(Step step);
  }

  /// The values of the schedule tensor of that name; empty if the name is not one of a schedule.
  static float[] buffer(String name, int steps) {
    return switch (name) {
      case "betas" -> table(steps, Step::beta);
      case "alphas_cumprod" -> table(steps, Step::product);
      case "alphas_cumprod_prev" -> table(steps, Step::before);
      case "sqrt_alphas_cumprod" -> table(steps, s -> Math.sqrt(s.product));
      case "sqrt_one_minus_alphas_cumprod" -> table(steps, s -> Math.sqrt(1 - s.product));
      case "log_one_minus_alphas_cumprod" -> table(steps, s -> StrictMath.log(1 - s.product));
      case "sqrt_recip_alphas_cumprod" -> table(steps, s -> Math.sqrt(1 / s.product));
      case "sqrt_recipm1_alphas_cumprod" -> table(steps, s -> Math.sqrt(1 / s.product - 1));
      case "posterior_variance" -> table(steps, Step::posteriorVariance);
      case "posterior_log_variance_clipped" ->
          table(steps, s -> StrictMath.log(Math.max(s.posteriorVariance(), LEAST_VARIANCE)));
      case "posterior_mean_coef1" ->
          table(steps, s -> s.beta * Math.sqrt(s.before) / (1 - s.product));
      case "posterior_mean_coef2" ->
          table(steps, s -> (1 - s.before) * Math.sqrt(1 - s.beta) / (1 - s.product));
      case "model.model_sampling.sigmas", "model_sampling.sigmas" -> flowSigmas(steps);
      default -> new float[0];
    };
  }

  private static float[] table(int steps, Formula formula) {
    float[] values = new float[steps];
    double product = 1;
    for (int i = 0; i < steps; i++) {
      double root = Math.sqrt(FIRST) + (Math.sqrt(LAST) - Math.sqrt(FIRST)) * i / (steps - 1);
      double before = product;
      product *= 1 - root * root;
      values[i] = (float) formula.at(new Step(root * root, product, before));
    }
    return values;
  }

  private static float[] flowSigmas(int steps) {
    float[] values = new float[steps];
    for (int i = 0; i < steps; i++) {
      double time = (i + 1.0) / steps;
      values[i] = (float) (SHIFT * time / (1 + (SHIFT - 1) * time));
    }
    return values;
  }
}
