package dev.mokume.plot;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// Draws into memory, without a display, and encodes as PNG.
final class Png {
  private static final String HEADLESS = "java.awt.headless";

  static {
    // A DISPLAY that cannot be reached would stop even a drawing into memory.
    if (System.getProperty(HEADLESS) == null) {
      System.setProperty(HEADLESS, "true");
    }
  }

  private Png() {}

  /// A white picture that `draw` draws upon, with smooth edges.
  ///
  /// @throws MokumeException `IO_FAILED` if there is no font to write with
  static BufferedImage image(int width, int height, Consumer<Graphics2D> draw) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    try {
      graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_FRACTIONALMETRICS, RenderingHints.VALUE_FRACTIONALMETRICS_ON);
      graphics.setRenderingHint(
          RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
      graphics.setColor(Color.WHITE);
      graphics.fillRect(0, 0, width, height);
      findFont(graphics);
      draw.accept(graphics);
    } finally {
      graphics.dispose();
    }
    return image;
  }

  static byte[] encode(BufferedImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
      if (!ImageIO.write(image, "png", output)) {
        throw new IllegalStateException("the JDK has no writer of PNG");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static Font font(double size, boolean bold) {
    return new Font(Font.SANS_SERIF, bold ? Font.BOLD : Font.PLAIN, 1).deriveFont((float) size);
  }

  /// The JDK looks for fonts only when it first needs one, and fails in several ways.
  private static void findFont(Graphics2D graphics) {
    try {
      graphics.getFontMetrics(font(12, false)).stringWidth("x");
    } catch (RuntimeException | InternalError | LinkageError e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          "there is no font on this machine to write in a picture with (the JDK says: "
              + e.getMessage()
              + "). Install fontconfig and a font, for example: apt-get install fontconfig"
              + " fonts-dejavu-core.",
          e);
    }
  }
}
