package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayoutsTest {
  private static long bytes(Layout layout) {
    long bytes = 0;
    for (TensorSpec spec : layout.specs()) {
      bytes += spec.elementCount() * spec.dtype().bits() / 8;
    }
    return bytes;
  }

  @Test
  void everyShortNameHasALayout() {
    assertThat(Layouts.names()).hasSize(30).containsAll(Layouts.shortNames().values());
  }

  @Test
  void haveTheSizesOfTheCheckpointsTheyDescribe() {
    assertThat(Layouts.load("sd15").tensors()).hasSize(1131);
    assertThat(bytes(Layouts.load("sd15"))).isEqualTo(2_132_471_230L);
    assertThat(Layouts.load("sdxl").tensors()).hasSize(2515);
    assertThat(bytes(Layouts.load("sdxl"))).isEqualTo(6_937_676_352L);
    assertThat(bytes(Layouts.load("flux-dev"))).isEqualTo(33_741_198_278L);
  }

  @Test
  void keepWhatIsKnownOfATensor() {
    Layout layout = Layouts.load("sdxl-vpred");

    assertThat(layout.note())
        .isEqualTo("+v_pred/ztsnr/edm marker tensors (empty [0] tensors + scalars)");
    assertThat(layout.tensors().get("v_pred"))
        .isEqualTo(
            new Layout.Entry(
                new TensorSpec("v_pred", DType.I64, Shape.of(0)), Component.UNET, true));
    assertThat(layout.tensors().get("edm_vpred.sigma_max").spec().shape()).isEqualTo(Shape.of());
  }

  @Test
  void areFoundUnderTheirNamesInAnySpelling() {
    assertThat(List.of("sdxl", "SDXL", "sdxl_full_f16", "sdxl-full-f16"))
        .allSatisfy(name -> assertThat(Layouts.load(name).name()).isEqualTo("sdxl_full_f16"));
    assertThat(Layouts.load("flux_dev").name()).isEqualTo("flux_dev_full_bf16");
  }

  @Test
  void anUnknownNameOffersTheNearest() {
    assertThatThrownBy(() -> Layouts.load("sdlx"))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
        .hasMessageStartingWith(
            "there is no layout 'sdlx'; did you mean 'sdxl'? Layouts are sd15, sd15-ema,");
    assertThatThrownBy(() -> Layouts.load("sdxl-vpre"))
        .hasMessageStartingWith(
            "there is no layout 'sdxl-vpre'; did you mean 'sdxl-vpred'? Layouts are ");
  }
}
