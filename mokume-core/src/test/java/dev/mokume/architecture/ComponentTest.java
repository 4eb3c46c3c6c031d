package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import org.junit.jupiter.api.Test;

class ComponentTest {
  @Test
  void isParsedFromItsIdInAnyCase() {
    for (Component component : Component.values()) {
      assertThat(Component.parse(component.id())).isEqualTo(component);
    }
    assertThat(Component.parse(" UNet ")).isEqualTo(Component.UNET);
  }

  @Test
  void clipStandsForEveryTextEncoder() {
    assertThat(Component.parseGroup("clip"))
        .containsExactlyInAnyOrder(
            Component.CLIP_L, Component.CLIP_G, Component.CLIP_H, Component.T5XXL);
    assertThat(Component.parseGroup("vae")).containsExactly(Component.VAE);
  }

  @Test
  void anUnknownNameOffersTheNearest() {
    assertThatThrownBy(() -> Component.parse("unett"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "there is no component 'unett'; did you mean 'unet'? Components are unet, clip_l,"
                + " clip_g, clip_h, t5xxl, vae, ema, lm, lora, other.");
    assertThatThrownBy(() -> Component.parseGroup("clips"))
        .hasMessage(
            "there is no component 'clips'; did you mean 'clip'? Components are unet, clip_l,"
                + " clip_g, clip_h, t5xxl, vae, ema, lm, lora, other, clip.");
  }
}
