package dev.mokume.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.analysis.Matrix;
import dev.mokume.analysis.Scaling;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tensor.TensorValues;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/// Colours of cells, looked up in the picture.
class HeatMapTest {
  private static final int LEAST = 0x440154;
  private static final int GREATEST = 0xfde725;
  private static final int MISSING = 0xd4d4d4;

  /// A picture of two rows and two columns has cells of 80 pixels.
  private static final int CELL = 80;

  private static final int LEFT = 64;
  private static final int TOP = 44;

  private static Matrix matrix(float... values) {
    TensorSpec spec = new TensorSpec("w", DType.F32, Shape.of(2, values.length / 2));
    return Matrix.of(TensorValues.of(spec, values), Scaling.NONE, 720, 960);
  }

  private static int colour(BufferedImage image, int row, int column) {
    int x = LEFT + column * CELL + CELL / 2;
    int y = TOP + row * CELL + CELL / 2;
    return image.getRGB(x, y) & 0xffffff;
  }

  @Test
  void theLeastIsDarkTheGreatestBrightAndRowZeroOnTop() {
    BufferedImage image = HeatMap.image(matrix(1, 3, 2, 1));
    assertThat(colour(image, 0, 0)).isEqualTo(LEAST);
    assertThat(colour(image, 0, 1)).isEqualTo(GREATEST);
    assertThat(colour(image, 1, 0)).isEqualTo(Viridis.colour(0.5));
    assertThat(colour(image, 1, 1)).isEqualTo(LEAST);
  }

  @Test
  void whatIsNotFiniteIsGreyAndDoesNotStretchTheColours() {
    BufferedImage image = HeatMap.image(matrix(Float.NaN, 3, Float.NEGATIVE_INFINITY, 1));
    assertThat(colour(image, 0, 0)).isEqualTo(MISSING);
    assertThat(colour(image, 1, 0)).isEqualTo(MISSING);
    assertThat(colour(image, 0, 1)).isEqualTo(GREATEST);
    assertThat(colour(image, 1, 1)).isEqualTo(LEAST);
  }

  @Test
  void aConstantIsInTheMiddleOfItsRangeAndNothingAtAllIsGrey() {
    BufferedImage constant = HeatMap.image(matrix(0, 0, 0, 0));
    assertThat(colour(constant, 1, 1)).isEqualTo(Viridis.colour(0.5));
    BufferedImage nothing = HeatMap.image(matrix(Float.NaN, Float.NaN, Float.NaN, Float.NaN));
    assertThat(colour(nothing, 1, 1)).isEqualTo(MISSING);
  }

  @Test
  void theBarRunsFromTheGreatestOnTopToTheLeast() {
    BufferedImage image = HeatMap.image(matrix(1, 3, 2, 1));
    int bar = LEFT + 2 * CELL + 24 + 11;
    assertThat(image.getRGB(bar, TOP + 1) & 0xffffff).isEqualTo(Viridis.colour(1 - 1.5 / 160));
    assertThat(image.getRGB(bar, TOP + 158) & 0xffffff).isEqualTo(Viridis.colour(1.5 / 160));
  }

  @Test
  void theFileIsPng() throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(HeatMap.png(matrix(1, 3, 2, 1))));
    assertThat(image.getWidth()).isEqualTo(560);
    assertThat(image.getHeight()).isEqualTo(TOP + 2 * CELL + 44);
  }

  @Test
  void refusesMoreThanCanBeSeen() {
    float[] values = new float[2 * 961];
    TensorSpec spec = new TensorSpec("w", DType.F32, Shape.of(2, 961));
    Matrix wide = Matrix.of(TensorValues.of(spec, values), Scaling.NONE, 720, 961);
    assertThatThrownBy(() -> HeatMap.png(wide))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a heat map of 2 rows and 961 columns was asked for, but at most 720 and 960 can be"
                + " seen");
  }

  @Test
  void viridisEndsWhereItShouldAndMixesInBetween() {
    assertThat(Viridis.colour(0)).isEqualTo(LEAST);
    assertThat(Viridis.colour(1)).isEqualTo(GREATEST);
    assertThat(Viridis.colour(2)).isEqualTo(GREATEST);
    assertThat(Viridis.colour(0.1)).isEqualTo(0x482576);
    // Half-way from 0x440154 to 0x482576.
    assertThat(Viridis.colour(0.05)).isEqualTo(0x461365);
  }
}
