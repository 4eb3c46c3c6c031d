package dev.mokume.internal.gguf;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// A GGUF file for tests, written by hand.
public final class Gguf {
  /// Numbers of the format's types of values and tensors.
  public static final int U32 = 4;

  public static final int STRING = 8;
  public static final int ARRAY = 9;
  public static final int F32 = 0;
  public static final int Q8_0 = 8;

  private final ByteArrayOutputStream values = new ByteArrayOutputStream();
  private final ByteArrayOutputStream tensors = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private int version = 3;
  private long valueCount;
  private long tensorCount;
  private int alignment = 32;

  /// Nothing is in it yet.
  public Gguf() {}

  public Gguf version(int number) {
    version = number;
    return this;
  }

  /// Counts that are not true.
  public Gguf counts(long ofTensors, long ofValues) {
    tensorCount = ofTensors;
    valueCount = ofValues;
    return this;
  }

  /// Changes where the following tensors begin.
  public Gguf alignment(int bytes) {
    alignment = bytes;
    return u32("general.alignment", bytes);
  }

  public Gguf u32(String key, int value) {
    return value(key, U32, i32(value));
  }

  public Gguf text(String key, String value) {
    return value(key, STRING, string(value));
  }

  /// @param bytes of the value, without its type
  public Gguf value(String key, int type, byte... bytes) {
    valueCount++;
    values.writeBytes(string(key));
    values.writeBytes(i32(type));
    values.writeBytes(bytes);
    return this;
  }

  /// A tensor whose data follows that of the one before.
  ///
  /// @param dimensions innermost first
  public Gguf tensor(String name, int type, long[] dimensions, byte... bytes) {
    int offset = data.size();
    data.writeBytes(bytes);
    while (data.size() % alignment != 0) {
      data.write(0);
    }
    return tensorAt(name, type, offset, dimensions);
  }

  /// A tensor that says it is at `offset`, whatever is there.
  public Gguf tensorAt(String name, int type, long offset, long... dimensions) {
    tensorCount++;
    tensors.writeBytes(string(name));
    tensors.writeBytes(i32(dimensions.length));
    for (long dimension : dimensions) {
      tensors.writeBytes(i64(dimension));
    }
    tensors.writeBytes(i32(type));
    tensors.writeBytes(i64(offset));
    return this;
  }

  public Gguf data(int bytes) {
    data.writeBytes(new byte[bytes]);
    return this;
  }

  public byte[] bytes() {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
    file.writeBytes(i32(version));
    file.writeBytes(i64(tensorCount));
    file.writeBytes(i64(valueCount));
    file.writeBytes(values.toByteArray());
    file.writeBytes(tensors.toByteArray());
    while (file.size() % alignment != 0) {
      file.write(0);
    }
    file.writeBytes(data.toByteArray());
    return file.toByteArray();
  }

  /// Its first bytes.
  public byte[] cut(int length) {
    return Arrays.copyOf(bytes(), length);
  }

  public static byte[] string(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return concat(i64(utf8.length), utf8);
  }

  public static byte[] i32(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  public static byte[] i64(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  public static byte[] f32(float... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
