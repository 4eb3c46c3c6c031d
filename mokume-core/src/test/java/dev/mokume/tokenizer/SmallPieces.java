package dev.mokume.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/// A `tokenizer.model` of a few pieces; all lengths are below 128 and take one byte.
final class SmallPieces {
  private final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
  private final int modelType;

  private SmallPieces(int modelType) {
    this.modelType = modelType;
  }

  static SmallPieces bpe() {
    return new SmallPieces(2);
  }

  /// A normal piece.
  SmallPieces piece(String text, float score) {
    message(text, score, new byte[0]);
    return this;
  }

  /// @param type 2 unknown, 3 control, 4 user-defined
  SmallPieces piece(String text, float score, int type) {
    message(text, score, new byte[] {0x18, (byte) type});
    return this;
  }

  private void message(String text, float score, byte[] type) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    pieces.write(0x0A);
    pieces.write(2 + bytes.length + 5 + type.length);
    pieces.write(0x0A);
    pieces.write(bytes.length);
    pieces.writeBytes(bytes);
    pieces.write(0x15);
    pieces.writeBytes(
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(score).array());
    pieces.writeBytes(type);
  }

  byte[] bytes() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(pieces.toByteArray());
    // The trainer's settings: model_type, of which BPE is 2.
    file.writeBytes(new byte[] {0x12, 2, 0x18, (byte) modelType});
    return file.toByteArray();
  }

  void write(SmallModel model) {
    try {
      Files.write(model.folder.resolve("tokenizer.model"), bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
