package dev.mokume.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The fields of one message of Protocol Buffers, one after the other. A length that goes beyond
/// the message, and a number of more than 64 bits, is an [IllegalArgumentException].
///
/// Source: the Protocol Buffers encoding, protobuf.dev/programming-guides/encoding.
final class Protobuf {
  static final int NUMBER = 0;
  static final int EIGHT_BYTES = 1;
  static final int BYTES = 2;
  static final int FOUR_BYTES = 5;

  private final ByteBuffer message;
  private int start;
  private int field;
  private int wire;
  private long number;
  private ByteBuffer bytes = ByteBuffer.allocate(0);

  Protobuf(ByteBuffer message) {
    this.message = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /// Goes to the next field; false at the end.
  boolean next() {
    if (!message.hasRemaining()) {
      return false;
    }
    start = message.position();
    long tag = varint();
    field = Math.toIntExact(tag >>> 3);
    wire = (int) tag & 7;
    switch (wire) {
      case NUMBER -> number = varint();
      case EIGHT_BYTES -> bytes = take(8);
      case BYTES -> bytes = take(varint());
      case FOUR_BYTES -> bytes = take(4);
      default -> throw new IllegalArgumentException("a field is of unknown type " + wire);
    }
    return true;
  }

  int field() {
    return field;
  }

  boolean is(int wanted, int type) {
    return field == wanted && wire == type;
  }

  long number() {
    return number;
  }

  ByteBuffer bytes() {
    return bytes;
  }

  float real() {
    return bytes.getFloat(0);
  }

  /// The field as it is, with its tag.
  ByteBuffer whole() {
    return message.slice(start, message.position() - start);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (!message.hasRemaining()) {
        throw new IllegalArgumentException("it ends in the middle of a number");
      }
      byte next = message.get();
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number has more than ten bytes");
  }

  private ByteBuffer take(long length) {
    if (length < 0 || length > message.remaining()) {
      throw new IllegalArgumentException(
          "a field of " + length + " bytes goes beyond its " + message.remaining());
    }
    ByteBuffer part =
        message.slice(message.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    message.position(message.position() + (int) length);
    return part;
  }

  static void writeVarint(ByteArrayOutputStream out, long value) {
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      out.write((int) (rest & 0x7F | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  static void writeBytes(ByteArrayOutputStream out, int field, byte[] bytes) {
    writeVarint(out, (long) field << 3 | BYTES);
    writeVarint(out, bytes.length);
    out.writeBytes(bytes);
  }

  static void writeReal(ByteArrayOutputStream out, int field, float value) {
    writeVarint(out, (long) field << 3 | FOUR_BYTES);
    int bits = Float.floatToRawIntBits(value);
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      out.write(bits >>> shift);
    }
  }

  static void writeNumber(ByteArrayOutputStream out, int field, long value) {
    writeVarint(out, (long) field << 3 | NUMBER);
    writeVarint(out, value);
  }
}
