package dev.mokume.plot;

import dev.mokume.error.Quoted;
import dev.mokume.plot.Sketch.Mark;
import java.util.Locale;

/// Writes a sketch as SVG 1.1.
final class SvgPicture {
  private final StringBuilder svg = new StringBuilder();

  private SvgPicture() {}

  static String of(Sketch sketch) {
    SvgPicture picture = new SvgPicture();
    picture.write(sketch);
    return picture.svg.toString();
  }

  private void write(Sketch sketch) {
    String width = number(sketch.width());
    String height = number(sketch.height());
    line(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %s %s\""
            + " font-family=\"'DejaVu Sans', Verdana, sans-serif\">",
        width, height, width, height);
    line("<rect width=\"%s\" height=\"%s\" fill=\"#ffffff\"/>", width, height);
    sketch.marks().forEach(this::write);
    line("</svg>");
  }

  private void write(Mark mark) {
    switch (mark) {
      case Mark.Box box ->
          line(
              "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"%s\" fill=\"%s\""
                  + " stroke=\"%s\"/>",
              number(box.x()),
              number(box.y()),
              number(box.width()),
              number(box.height()),
              number(box.radius()),
              colour(box.fill()),
              colour(box.edge()));
      case Mark.Text text ->
          line(
              "<text x=\"%s\" y=\"%s\" font-size=\"%s\"%s%s fill=\"%s\">%s</text>",
              number(text.x()),
              number(text.y()),
              number(text.size()),
              text.bold() ? " font-weight=\"bold\"" : "",
              text.fromRight() ? " text-anchor=\"end\"" : "",
              colour(text.colour()),
              escaped(text.text()));
      case Mark.Curve curve ->
          line(
              "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"/>",
              path(curve.points()), colour(curve.colour()), number(curve.thickness()));
      case Mark.Dot dot ->
          line(
              "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" fill=\"%s\"/>",
              number(dot.x()), number(dot.y()), number(dot.radius()), colour(dot.colour()));
    }
  }

  private static String path(double[] points) {
    StringBuilder path = new StringBuilder("M" + number(points[0]) + " " + number(points[1]));
    for (int i = 2; i < points.length; i += 2) {
      double handle = Bend.handle(points[i - 2], points[i]);
      path.append(" C").append(number(points[i - 2] + handle)).append(' ');
      path.append(number(points[i - 1])).append(' ').append(number(points[i] - handle)).append(' ');
      path.append(number(points[i + 1])).append(' ').append(number(points[i])).append(' ');
      path.append(number(points[i + 1]));
    }
    return path.toString();
  }

  private void line(String format, Object... arguments) {
    svg.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.1f", value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  private static String colour(int rgb) {
    return String.format(Locale.ROOT, "#%06x", rgb);
  }

  /// XML knows no way to write some characters at all.
  private static String escaped(String text) {
    return Quoted.printable(text)
        .replace("\ufffe", "?")
        .replace("\uffff", "?")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;");
  }
}
