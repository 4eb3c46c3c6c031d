package dev.mokume.plot;

import dev.mokume.error.Quoted;
import java.awt.Color;
import java.awt.FontMetrics;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/// One number for each combination of the values of up to three others, as a picture: a cell of one
/// colour for each, columns and rows for the first two, a panel for each value of the third. (What
/// pictures themselves are laid out as in the web UI is called an XYZ plot.)
///
/// What has no finite number is grey.
///
/// @param title what the numbers are
/// @param x columns
/// @param y rows; of one value without a name if there are none
/// @param z panels; likewise
/// @param values the number at (x, y, z), the last varying fastest
public record ValueGrid(String title, Axis x, Axis y, Axis z, List<Double> values) {
  /// More cells than anyone could tell apart.
  public static final int MOST_CELLS = 10_000;

  private static final Color INK = new Color(0x222222);
  private static final Color MISSING = new Color(0xd4d4d4);
  private static final int MARGIN = 14;
  private static final int TITLE = 40;
  private static final int PANEL_TITLE = 22;
  private static final int NAMES = 20;
  private static final int GAP = 26;
  private static final int CELL_HEIGHT = 30;
  private static final int LARGEST_WIDTH = 76;
  private static final int WIDTH_FOR_TEXT = 52;
  private static final int LEAST_CELL = 4;
  private static final int MOST_WIDTH = 1_100;
  private static final int MOST_HEIGHT = 900;
  private static final int LABELS_EVERY = 14;

  /// A number that is varied.
  ///
  /// @param name empty if nothing is
  /// @param labels its values
  public record Axis(String name, List<String> labels) {
    /// Nothing is varied.
    public static final Axis NONE = new Axis("", List.of(""));

    public Axis {
      labels = List.copyOf(labels);
    }

    private int size() {
      return labels.size();
    }

    private String label(int index) {
      return name + " = " + labels.get(index);
    }
  }

  public ValueGrid {
    values = List.copyOf(values);
    int cells = x.size() * y.size() * z.size();
    if (cells != values.size() || cells == 0 || cells > MOST_CELLS) {
      throw new IllegalArgumentException(
          "a grid of " + cells + " cells was given " + values.size() + " values");
    }
  }

  /// The picture as PNG.
  ///
  /// @throws dev.mokume.error.MokumeException `IO_FAILED` if there is no font on the machine
  public byte[] png() {
    return Png.encode(image());
  }

  BufferedImage image() {
    return new Drawing(this).image();
  }

  /// The least and the greatest of the finite numbers; equal if there are none.
  private double[] range() {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      if (Double.isFinite(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    return low > high ? new double[2] : new double[] {low, high};
  }

  private double value(int column, int row, int panel) {
    return values.get((column * y.size() + row) * z.size() + panel);
  }

  /// Where everything is.
  private static final class Drawing {
    private final ValueGrid grid;
    private final double low;
    private final double high;
    private final int cellWidth;
    private final int cellHeight;
    private final int left;
    private final int panelWidth;
    private final int panelHeight;
    private final int perRow;
    private final int rows;

    Drawing(ValueGrid grid) {
      this.grid = grid;
      double[] range = grid.range();
      this.low = range[0];
      this.high = range[1];
      this.cellWidth = Math.clamp(MOST_WIDTH / grid.x().size(), LEAST_CELL, LARGEST_WIDTH);
      this.cellHeight = Math.clamp(MOST_HEIGHT / grid.y().size(), LEAST_CELL, CELL_HEIGHT);
      int longest = grid.y().labels().stream().mapToInt(String::length).max().orElse(0);
      int named = Math.max(grid.y().name().length() + 1, longest);
      this.left = grid.y().name().isEmpty() ? 0 : Math.min(160, 14 + 7 * named);
      this.panelWidth =
          left + Math.max(grid.x().size() * cellWidth, 7 * grid.x().name().length() + 20);
      this.panelHeight = PANEL_TITLE + grid.y().size() * cellHeight + 2 * NAMES;
      this.perRow = Math.clamp((MOST_WIDTH + GAP) / (panelWidth + GAP), 1, grid.z().size());
      this.rows = Math.ceilDiv(grid.z().size(), perRow);
    }

    BufferedImage image() {
      int width = Math.max(360, perRow * (panelWidth + GAP) - GAP) + 2 * MARGIN;
      int height = TITLE + rows * (panelHeight + GAP) - GAP + MARGIN;
      return Png.image(width, height, graphics -> draw(graphics, width));
    }

    private void draw(Graphics2D graphics, int width) {
      graphics.setColor(INK);
      graphics.setFont(Png.font(15, true));
      graphics.drawString(fitted(graphics, grid.title(), width - 2 * MARGIN), MARGIN, 26);
      for (int panel = 0; panel < grid.z().size(); panel++) {
        int column = panel % perRow;
        int row = panel / perRow;
        panel(
            graphics,
            panel,
            MARGIN + column * (panelWidth + GAP),
            TITLE + row * (panelHeight + GAP));
      }
    }

    private void panel(Graphics2D graphics, int panel, int x0, int y0) {
      graphics.setColor(INK);
      graphics.setFont(Png.font(12, true));
      if (!grid.z().name().isEmpty()) {
        graphics.drawString(
            fitted(graphics, grid.z().label(panel), panelWidth - left), x0 + left, y0 + 14);
      }
      if (!grid.y().name().isEmpty()) {
        graphics.drawString(fitted(graphics, grid.y().name(), left - 8), x0, y0 + 14);
      }
      int top = y0 + PANEL_TITLE;
      for (int column = 0; column < grid.x().size(); column++) {
        for (int row = 0; row < grid.y().size(); row++) {
          cell(
              graphics,
              grid.value(column, row, panel),
              x0 + left + column * cellWidth,
              top + row * cellHeight);
        }
      }
      labels(graphics, x0, top);
    }

    private void cell(Graphics2D graphics, double value, int x, int y) {
      boolean isNumber = Double.isFinite(value);
      double share = high > low ? (value - low) / (high - low) : 0.5;
      graphics.setColor(isNumber ? new Color(Viridis.colour(share)) : MISSING);
      graphics.fillRect(x, y, cellWidth, cellHeight);
      if (cellWidth < WIDTH_FOR_TEXT || cellHeight < CELL_HEIGHT) {
        return;
      }
      graphics.setFont(Png.font(11, false));
      // The upper half of the colours is light.
      graphics.setColor(isNumber && share < 0.55 ? Color.WHITE : INK);
      String text = isNumber ? number(value) : "no number";
      FontMetrics metrics = graphics.getFontMetrics();
      graphics.drawString(
          text,
          x + (cellWidth - metrics.stringWidth(text)) / 2,
          y + (cellHeight + metrics.getAscent()) / 2 - 2);
    }

    private void labels(Graphics2D graphics, int x0, int top) {
      graphics.setColor(INK);
      graphics.setFont(Png.font(11, false));
      FontMetrics metrics = graphics.getFontMetrics();
      int bottom = top + grid.y().size() * cellHeight;
      int widest = grid.x().labels().stream().mapToInt(metrics::stringWidth).max().orElse(0) + 8;
      int step = Math.max(1, Math.ceilDiv(widest, cellWidth));
      for (int column = 0; column < grid.x().size(); column += step) {
        String label = grid.x().labels().get(column);
        int middle = x0 + left + column * cellWidth + cellWidth / 2;
        graphics.drawString(label, middle - metrics.stringWidth(label) / 2, bottom + 14);
      }
      int rowStep = Math.max(1, Math.ceilDiv(LABELS_EVERY, cellHeight));
      for (int row = 0; row < grid.y().size() && left > 0; row += rowStep) {
        String label = fitted(graphics, grid.y().labels().get(row), left - 8);
        graphics.drawString(
            label,
            x0 + left - 8 - metrics.stringWidth(label),
            top + row * cellHeight + (cellHeight + metrics.getAscent()) / 2 - 2);
      }
      graphics.setFont(Png.font(12, true));
      graphics.drawString(
          fitted(graphics, grid.x().name(), panelWidth - left), x0 + left, bottom + NAMES + 12);
    }

    private static String fitted(Graphics2D graphics, String text, int room) {
      FontMetrics metrics = graphics.getFontMetrics();
      String fitted = Quoted.printable(text);
      while (fitted.length() > 2 && metrics.stringWidth(fitted) > room) {
        fitted = fitted.substring(0, fitted.length() - 2) + "…";
      }
      return fitted;
    }

    /// Three digits tell neighbours apart and fit a cell.
    private static String number(double value) {
      return Ticks.label(new BigDecimal(value).round(new MathContext(3)).doubleValue());
    }
  }

  /// A grid of the numbers that come in the order of all combinations, the last axis varying
  /// fastest; axes beyond those given have one value.
  ///
  /// @param axes one to three
  public static ValueGrid of(String title, List<Axis> axes, List<Double> values) {
    List<Axis> three = new ArrayList<>(axes);
    while (three.size() < 3) {
      three.add(Axis.NONE);
    }
    if (three.size() > 3) {
      throw new IllegalArgumentException("a grid has at most three axes, not " + three.size());
    }
    return new ValueGrid(title, three.get(0), three.get(1), three.get(2), values);
  }
}
