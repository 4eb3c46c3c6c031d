package dev.mokume.plot;

import dev.mokume.error.Quoted;
import dev.mokume.plot.Sketch.Mark;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.RoundRectangle2D;

/// Draws a sketch as PNG.
final class PngPicture {
  /// Pixels a unit, so that letters are sharp on today's screens.
  private static final double USUAL_SCALE = 2;

  /// They take 32 MB while they are drawn, which the command's heap has.
  private static final double MOST_PIXELS = 8e6;

  private PngPicture() {}

  /// A sketch that is too large for [#USUAL_SCALE] is drawn smaller.
  static byte[] of(Sketch sketch) {
    double scale =
        Math.min(USUAL_SCALE, Math.sqrt(MOST_PIXELS / (sketch.width() * sketch.height())));
    int width = (int) Math.max(1, sketch.width() * scale);
    int height = (int) Math.max(1, sketch.height() * scale);
    return Png.encode(
        Png.image(
            width,
            height,
            graphics -> {
              graphics.scale(scale, scale);
              sketch.marks().forEach(mark -> draw(graphics, mark));
            }));
  }

  private static void draw(Graphics2D graphics, Mark mark) {
    switch (mark) {
      case Mark.Box box -> {
        var shape =
            new RoundRectangle2D.Double(
                box.x(), box.y(), box.width(), box.height(), 2 * box.radius(), 2 * box.radius());
        graphics.setColor(new Color(box.fill()));
        graphics.fill(shape);
        graphics.setColor(new Color(box.edge()));
        graphics.setStroke(new BasicStroke(1));
        graphics.draw(shape);
      }
      case Mark.Text text -> {
        graphics.setFont(Png.font(text.size(), text.bold()));
        graphics.setColor(new Color(text.colour()));
        String letters = Quoted.printable(text.text());
        double width =
            text.fromRight()
                ? graphics
                    .getFont()
                    .getStringBounds(letters, graphics.getFontRenderContext())
                    .getWidth()
                : 0;
        graphics.drawString(letters, (float) (text.x() - width), (float) text.y());
      }
      case Mark.Curve(var points, var thickness, var colour) -> {
        Path2D path = new Path2D.Double();
        path.moveTo(points[0], points[1]);
        for (int i = 2; i < points.length; i += 2) {
          double handle = Bend.handle(points[i - 2], points[i]);
          path.curveTo(
              points[i - 2] + handle,
              points[i - 1],
              points[i] - handle,
              points[i + 1],
              points[i],
              points[i + 1]);
        }
        graphics.setColor(new Color(colour));
        graphics.setStroke(new BasicStroke((float) thickness));
        graphics.draw(path);
      }
      case Mark.Dot(var x, var y, var radius, var colour) -> {
        graphics.setColor(new Color(colour));
        graphics.fill(new Ellipse2D.Double(x - radius, y - radius, 2 * radius, 2 * radius));
      }
    }
  }
}
