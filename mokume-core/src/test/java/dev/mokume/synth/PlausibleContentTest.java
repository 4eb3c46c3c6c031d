package dev.mokume.synth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import org.junit.jupiter.api.Test;

class PlausibleContentTest {
  private static Content of(String name, DType dtype, long... shape) {
    return PlausibleContent.of(new TensorSpec(name, dtype, Shape.of(shape)));
  }

  @Test
  void matricesSpreadByTheirNumberOfInputs() {
    assertThat(of("to_q.weight", DType.F16, 320, 400)).isEqualTo(new Content.Random(0, 0.05f));
    assertThat(of("conv.weight", DType.F16, 8, 25, 4, 4)).isEqualTo(new Content.Random(0, 0.05f));
  }

  @Test
  void normsAreAboutOneAndBiasesSmall() {
    assertThat(of("norm1.weight", DType.F16, 320)).isEqualTo(new Content.Random(1, 0.05f));
    assertThat(of("query_norm.scale", DType.BF16, 128)).isEqualTo(new Content.Random(1, 0.05f));
    assertThat(of("norm1.bias", DType.F16, 320)).isEqualTo(new Content.Random(0, 0.02f));
  }

  @Test
  void integersAreCountedOrZero() {
    assertThat(of("embeddings.position_ids", DType.I64, 1, 77)).isEqualTo(new Content.Positions());
    assertThat(of("model_ema.num_updates", DType.I32)).isEqualTo(new Content.Zeros());
    assertThat(of("v_pred", DType.I64, 0)).isEqualTo(new Content.Zeros());
  }

  @Test
  void scalarsHaveTheirUsualValues() {
    assertThat(of("clip_l.logit_scale", DType.F16)).isEqualTo(new Content.Constant(4.60517f));
    assertThat(of("lora_te_x.alpha", DType.F16)).isEqualTo(new Content.Constant(8));
    assertThat(of("edm_vpred.sigma_max", DType.F16)).isEqualTo(new Content.Constant(120));
  }

  @Test
  void schedulesAreComputed() {
    float[] betas = DiffusionSchedule.buffer("betas", 1000);
    assertThat(betas[0]).isEqualTo(0.00085f);
    assertThat(betas[999]).isEqualTo(0.012f);
    // Known from Stable Diffusion 1.x: the last product is 0.00466.
    assertThat(DiffusionSchedule.buffer("alphas_cumprod", 1000)[999])
        .isCloseTo(0.00466f, within(0.00001f));
    assertThat(DiffusionSchedule.buffer("alphas_cumprod_prev", 1000)[0]).isEqualTo(1);
    assertThat(DiffusionSchedule.buffer("posterior_log_variance_clipped", 1000)[0])
        .isCloseTo(-46.0517f, within(0.0001f));
    float[] sigmas = DiffusionSchedule.buffer("model.model_sampling.sigmas", 1000);
    assertThat(sigmas[999]).isEqualTo(1);
    assertThat(sigmas[499]).isEqualTo(0.75f);
    assertThat(of("betas", DType.F32, 1000)).isInstanceOf(Content.Values.class);
  }
}
