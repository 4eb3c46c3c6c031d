package dev.mokume.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.plot.ValueGrid.Axis;
import java.awt.image.BufferedImage;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ValueGridTest {
  private static final Axis SEED = new Axis("seed", List.of("1", "2", "3"));
  private static final Axis ALPHA = new Axis("alpha", List.of("0.2", "0.4"));

  private static boolean has(BufferedImage image, int colour) {
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        if ((image.getRGB(x, y) & 0xFFFFFF) == (colour & 0xFFFFFF)) {
          return true;
        }
      }
    }
    return false;
  }

  @Test
  void theLeastAndTheGreatestHaveTheEndsOfTheColours() {
    BufferedImage image =
        ValueGrid.of("t", List.of(SEED, ALPHA), List.of(1.0, 2.0, 3.0, 4.0, 5.0, 6.0)).image();

    assertThat(has(image, Viridis.colour(0))).isTrue();
    assertThat(has(image, Viridis.colour(0.4))).isTrue();
    assertThat(has(image, Viridis.colour(1))).isTrue();
    assertThat(has(image, 0xd4d4d4)).isFalse();
  }

  @Test
  void whatIsNoNumberIsGrey() {
    BufferedImage image =
        ValueGrid.of("t", List.of(SEED), List.of(1.0, Double.NaN, Double.POSITIVE_INFINITY))
            .image();

    assertThat(has(image, 0xd4d4d4)).isTrue();
  }

  @Test
  void theLastAxisVariesFastest() {
    // Columns are seeds, rows are alphas: the only great number is in the last row of the first.
    BufferedImage image =
        ValueGrid.of("t", List.of(SEED, ALPHA), List.of(0.0, 9.0, 0.0, 0.0, 0.0, 0.0)).image();
    int most = Viridis.colour(1) & 0xFFFFFF;
    int least = Viridis.colour(0) & 0xFFFFFF;
    int mostX = -1;
    int leastX = -1;
    int mostY = -1;
    int leastY = -1;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        int colour = image.getRGB(x, y) & 0xFFFFFF;
        mostX = colour == most ? Math.max(mostX, x) : mostX;
        mostY = colour == most ? Math.max(mostY, y) : mostY;
        leastX = colour == least ? Math.max(leastX, x) : leastX;
        leastY = colour == least ? Math.max(leastY, y) : leastY;
      }
    }
    assertThat(mostX).isLessThan(leastX);
    assertThat(mostY).isEqualTo(leastY);
  }

  @Test
  void aThirdAxisIsPanelsAndTheLargestGridIsDrawn() {
    assertThat(
            ValueGrid.of("t", List.of(SEED, ALPHA, SEED), Collections.nCopies(18, 0.5))
                .image()
                .getWidth())
        .isGreaterThan(
            ValueGrid.of("t", List.of(SEED, ALPHA), Collections.nCopies(6, 0.5))
                .image()
                .getWidth());
    Axis hundred = new Axis("x", IntStream.range(0, 100).mapToObj(String::valueOf).toList());
    BufferedImage image =
        ValueGrid.of("t", List.of(hundred, hundred), Collections.nCopies(10_000, 0.5)).image();
    assertThat(image.getWidth()).isLessThan(1_300);
    assertThat(image.getHeight()).isLessThan(1_100);
  }

  @Test
  void refusesValuesThatAreNotOneForEachCell() {
    assertThatThrownBy(() -> ValueGrid.of("t", List.of(SEED), List.of(1.0)))
        .hasMessage("a grid of 3 cells was given 1 values");
  }
}
