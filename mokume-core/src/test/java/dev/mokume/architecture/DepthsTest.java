package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DepthsTest {
  private static List<Double> depths(Component component, String... blocks) {
    List<Block> all = Stream.of(blocks).map(name -> new Block(component, name)).toList();
    Depths depths = Depths.of(all);
    return all.stream().map(depths::at).toList();
  }

  @Test
  void layersAreEvenlySpacedFromTheFirstToTheLast() {
    assertThat(depths(Component.LM, "L00", "L01", "L02", "L03", "L04"))
        .containsExactly(0.0, 0.25, 0.5, 0.75, 1.0);
  }

  @Test
  void anOnlyLayerIsTheLast() {
    assertThat(depths(Component.LM, "L00")).containsExactly(1.0);
  }

  @Test
  void whatLiesInNoLayerIsWhereTheFirstIs() {
    assertThat(depths(Component.LM, "EMBED", "L00", "L01", "NORM", "HEAD"))
        .containsExactly(0.0, 0.0, 1.0, 0.0, 0.0);
    assertThat(depths(Component.UNET, "TIME", "IN00", "OUT00", "OUT"))
        .containsExactly(0.0, 0.0, 1.0, 0.0);
  }

  @Test
  void theOrderIsThatOfTheDataAndNotOfTheAlphabet() {
    assertThat(depths(Component.UNET, "OUT01", "M00", "IN01", "OUT00", "IN00"))
        .containsExactly(1.0, 0.5, 0.25, 0.75, 0.0);
    assertThat(depths(Component.UNET, "SB00", "DB00", "DB01")).containsExactly(1.0, 0.0, 0.5);
  }

  @Test
  void eachComponentCountsForItself() {
    Block clip = new Block(Component.CLIP_L, "L01");
    Block unet = new Block(Component.UNET, "OUT02");
    Depths depths =
        Depths.of(
            List.of(
                clip,
                unet,
                new Block(Component.CLIP_L, "L00"),
                new Block(Component.CLIP_L, "L02"),
                new Block(Component.UNET, "IN00")));
    assertThat(depths.at(clip)).isEqualTo(0.5);
    assertThat(depths.at(unet)).isEqualTo(1);
  }

  @Test
  void rowsOfLayersOfAnUnknownModelCountForThemselves() {
    assertThat(
            depths(
                Component.OTHER,
                "encoder.layers.9",
                "encoder.layers.10",
                "encoder.layers.11",
                "decoder.layers.0",
                "decoder.layers.1",
                "head"))
        .containsExactly(0.0, 0.5, 1.0, 0.0, 1.0, 0.0);
  }
}
