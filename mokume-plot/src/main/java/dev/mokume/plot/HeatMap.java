package dev.mokume.plot;

import dev.mokume.analysis.Matrix;
import dev.mokume.error.Quoted;
import java.awt.Color;
import java.awt.Font;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Optional;
import java.util.stream.LongStream;

/// A matrix as a picture: a rectangle of one colour for each value, row 0 on top, and a bar that
/// says which colour means what.
///
/// What has no finite value is grey. Where all values are equal, the bar shows a range around them.
/// Source of the idea: ComfyUI-DareMerge, Model Reporting.
public final class HeatMap {
  /// Rows and columns that are worth asking a [Matrix] for; more would be smaller than a pixel.
  public static final int MOST_ROWS = 720;

  /// See [#MOST_ROWS].
  public static final int MOST_COLUMNS = 960;

  /// Cells are drawn as squares as long as the picture is not a mere line then.
  private static final int LEAST_SIDE = 160;

  private static final int LARGEST_CELL = 32;

  private static final Color INK = new Color(0x222222);
  private static final Color MISSING = new Color(0xd4d4d4);
  private static final int LEFT = 64;
  private static final int TITLE = 44;
  private static final int SUBTITLE = 20;
  private static final int BOTTOM = 44;
  private static final int BAR_GAP = 24;
  private static final int BAR_WIDTH = 22;
  private static final int RIGHT = 96;
  private static final int TICK = 5;
  private static final int LEAST_WIDTH = 560;
  private static final int PIXELS_A_TICK = 64;

  private final Matrix matrix;
  private final int cellWidth;
  private final int cellHeight;
  private final int top;

  private HeatMap(Matrix matrix) {
    this.matrix = matrix;
    int square =
        Math.clamp(
            Math.min(MOST_COLUMNS / matrix.columns(), MOST_ROWS / matrix.rows()), 1, LARGEST_CELL);
    this.cellWidth = Math.max(square, LEAST_SIDE / matrix.columns());
    this.cellHeight = Math.max(square, LEAST_SIDE / matrix.rows());
    this.top = TITLE + (matrix.isReduced() ? SUBTITLE : 0);
  }

  /// The picture as PNG, at most some 1,200 by 900 pixels.
  ///
  /// @throws IllegalArgumentException if the matrix has more than [#MOST_ROWS] rows or
  ///   [#MOST_COLUMNS] columns
  /// @throws dev.mokume.error.MokumeException `IO_FAILED` if there is no font on the machine
  public static byte[] png(Matrix matrix) {
    return Png.encode(image(matrix));
  }

  static BufferedImage image(Matrix matrix) {
    if (matrix.rows() > MOST_ROWS || matrix.columns() > MOST_COLUMNS) {
      throw new IllegalArgumentException(
          "a heat map of "
              + matrix.rows()
              + " rows and "
              + matrix.columns()
              + " columns was asked for, but at most "
              + MOST_ROWS
              + " and "
              + MOST_COLUMNS
              + " can be seen");
    }
    HeatMap map = new HeatMap(matrix);
    int width = Math.max(LEAST_WIDTH, LEFT + map.width() + BAR_GAP + BAR_WIDTH + RIGHT);
    return Png.image(
        width,
        map.top + map.height() + BOTTOM,
        graphics -> {
          map.drawTitle(graphics, width);
          map.drawCells(graphics);
          map.drawAxes(graphics);
          map.drawBar(graphics);
        });
  }

  private int width() {
    return matrix.columns() * cellWidth;
  }

  private int height() {
    return matrix.rows() * cellHeight;
  }

  private void drawTitle(Graphics2D graphics, int width) {
    graphics.setColor(INK);
    String title = Quoted.printable(matrix.title());
    int room = width - 2 * 12;
    double size = 15;
    while (size > 9 && widthOf(graphics, title, size) > room) {
      size -= 0.5;
    }
    graphics.setFont(Png.font(size, true));
    while (title.length() > 4 && widthOf(graphics, title, size) > room) {
      int middle = title.length() / 2;
      title = title.substring(0, middle - 1) + "…" + title.substring(middle + 1);
    }
    graphics.drawString(title, 12, 26);
    if (matrix.isReduced()) {
      graphics.setFont(Png.font(12, false));
      graphics.drawString(
          "%s rows of %s columns, shown as %s × %s means of areas"
              .formatted(
                  matrix.folded().dimension(0),
                  matrix.folded().dimension(1),
                  matrix.rows(),
                  matrix.columns()),
          12,
          46);
    }
  }

  private static double widthOf(Graphics2D graphics, String text, double size) {
    return graphics.getFontMetrics(Png.font(size, true)).stringWidth(text);
  }

  private void drawCells(Graphics2D graphics) {
    Optional<Range> range = Range.of(matrix.values());
    for (int row = 0; row < matrix.rows(); row++) {
      for (int column = 0; column < matrix.columns(); column++) {
        float value = matrix.values()[row * matrix.columns() + column];
        graphics.setColor(
            Float.isNaN(value) || range.isEmpty()
                ? MISSING
                : new Color(Viridis.colour(range.get().share(value))));
        graphics.fillRect(LEFT + column * cellWidth, top + row * cellHeight, cellWidth, cellHeight);
      }
    }
    graphics.setColor(INK);
    graphics.drawRect(LEFT - 1, top - 1, width() + 1, height() + 1);
  }

  private void drawAxes(Graphics2D graphics) {
    graphics.setFont(Png.font(11, false));
    graphics.setColor(INK);
    FontMetrics metrics = graphics.getFontMetrics();
    long columns = matrix.folded().dimension(1);
    for (long column : indexes(columns, width())) {
      int x = LEFT + (int) ((column + 0.5) * width() / columns);
      graphics.drawLine(x, top + height(), x, top + height() + TICK);
      String label = Long.toString(column);
      graphics.drawString(
          label, x - metrics.stringWidth(label) / 2, top + height() + TICK + metrics.getAscent());
    }
    long rows = matrix.folded().dimension(0);
    for (long row : indexes(rows, height())) {
      int y = top + (int) ((row + 0.5) * height() / rows);
      graphics.drawLine(LEFT - 1 - TICK, y, LEFT - 1, y);
      String label = Long.toString(row);
      graphics.drawString(
          label, LEFT - TICK - 4 - metrics.stringWidth(label), y + metrics.getAscent() / 2 - 1);
    }
  }

  /// Round indexes below `count` that have room on an axis of so many pixels.
  private static long[] indexes(long count, int pixels) {
    double most = Math.max(1, pixels / (double) PIXELS_A_TICK);
    long step = (long) Math.max(1, Ticks.step(count / most));
    return LongStream.iterate(0, index -> index < count, index -> index + step).toArray();
  }

  private void drawBar(Graphics2D graphics) {
    int x = LEFT + width() + BAR_GAP;
    Font font = Png.font(11, false);
    graphics.setFont(font);
    FontMetrics metrics = graphics.getFontMetrics();
    Optional<Range> range = Range.of(matrix.values());
    if (range.isEmpty()) {
      legend(graphics, x, metrics);
      return;
    }
    for (int y = 0; y < height(); y++) {
      graphics.setColor(new Color(Viridis.colour(1 - (y + 0.5) / height())));
      graphics.fillRect(x, top + y, BAR_WIDTH, 1);
    }
    graphics.setColor(INK);
    graphics.drawRect(x - 1, top - 1, BAR_WIDTH + 1, height() + 1);
    double low = range.get().low();
    double high = range.get().high();
    for (double tick : Ticks.of(low, high, Math.clamp(height() / 30, 4, 10))) {
      int y = top + (int) Math.round((1 - range.get().share(tick)) * (height() - 1));
      graphics.drawLine(x + BAR_WIDTH, y, x + BAR_WIDTH + TICK, y);
      graphics.drawString(
          Ticks.label(tick), x + BAR_WIDTH + TICK + 4, y + metrics.getAscent() / 2 - 1);
    }
    if (range.get().someMissing()) {
      legend(graphics, x, metrics);
    }
  }

  /// Below the bar: what grey means.
  private void legend(Graphics2D graphics, int x, FontMetrics metrics) {
    int y = top + height() + 14;
    graphics.setColor(MISSING);
    graphics.fillRect(x, y, BAR_WIDTH, 12);
    graphics.setColor(INK);
    graphics.drawRect(x - 1, y - 1, BAR_WIDTH + 1, 13);
    graphics.drawString("no number", x + BAR_WIDTH + TICK + 4, y + metrics.getAscent() - 1);
  }

  /// What the colours stand for.
  ///
  /// @param someMissing whether there are values beside it that are not finite
  private record Range(double low, double high, boolean someMissing) {
    /// The range of all finite values, if there are any.
    static Optional<Range> of(float[] values) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      boolean someMissing = false;
      for (float value : values) {
        if (Float.isFinite(value)) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        } else {
          someMissing = true;
        }
      }
      if (low > high) {
        return Optional.empty();
      }
      if (low == high) {
        double around = low == 0 ? 1 : Math.abs(low) / 10;
        return Optional.of(new Range(low - around, high + around, someMissing));
      }
      return Optional.of(new Range(low, high, someMissing));
    }

    double share(double value) {
      return (value - low) / (high - low);
    }
  }
}
