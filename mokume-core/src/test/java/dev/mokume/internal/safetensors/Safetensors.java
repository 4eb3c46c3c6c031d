package dev.mokume.internal.safetensors;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A safetensors file for tests, written by hand: the header as it stands, the data as bytes.
public final class Safetensors {
  private Safetensors() {}

  /// A file of this header, whose length stands before it, and this data.
  public static byte[] bytes(String header, int... data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return concat(length(text.length), text, data);
  }

  public static byte[] concat(byte[] prefix, byte[] header, int... data) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(prefix);
    out.writeBytes(header);
    for (int b : data) {
      out.write(b);
    }
    return out.toByteArray();
  }

  /// The eight bytes that say how long the header is.
  public static byte[] length(long headerLength) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, headerLength).array();
  }

  public static Path write(Path file, byte[] bytes) {
    try {
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /// A file with one F32 tensor a name, all of shape `[1]`.
  public static Path writeScalars(Path file, String... names) {
    StringBuilder header = new StringBuilder("{");
    for (int i = 0; i < names.length; i++) {
      header
          .append(i == 0 ? "" : ",")
          .append('"')
          .append(names[i])
          .append("\":{\"dtype\":\"F32\",\"shape\":[1],")
          .append("\"data_offsets\":[")
          .append(4 * i)
          .append(',')
          .append(4 * i + 4)
          .append("]}");
    }
    return write(file, bytes(header.append('}').toString(), new int[4 * names.length]));
  }
}
