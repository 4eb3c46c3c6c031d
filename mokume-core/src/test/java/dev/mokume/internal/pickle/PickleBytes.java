package dev.mokume.internal.pickle;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// A pickle, written opcode by opcode as protocol 2 has them.
final class PickleBytes {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /// Begins with the protocol.
  static PickleBytes pickle() {
    return new PickleBytes().op(0x80, 2);
  }

  PickleBytes op(int... codes) {
    for (int code : codes) {
      bytes.write(code);
    }
    return this;
  }

  PickleBytes op(String codes) {
    bytes.writeBytes(codes.getBytes(StandardCharsets.ISO_8859_1));
    return this;
  }

  PickleBytes global(String module, String member) {
    return op("c" + module + "\n" + member + "\n");
  }

  PickleBytes text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    op("X").int32(utf8.length);
    bytes.writeBytes(utf8);
    return this;
  }

  PickleBytes data(int... data) {
    return op("B").int32(data.length).op(data);
  }

  PickleBytes number(long number) {
    ByteBuffer value = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(number);
    op(0x8a, 8);
    bytes.writeBytes(value.array());
    return this;
  }

  /// A tuple of numbers.
  PickleBytes numbers(long... numbers) {
    op("(");
    for (long number : numbers) {
      number(number);
    }
    return op("t");
  }

  PickleBytes int32(int number) {
    bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(number).array());
    return this;
  }

  /// What stands for a storage: `storage("FloatStorage", "0", 4)`.
  PickleBytes storage(String type, String key, long count) {
    return op("(")
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(count)
        .op("tQ");
  }

  /// A tensor of F32 that is all of storage `key`.
  PickleBytes floats(String key, long count) {
    return tensor("FloatStorage", key, count, 0, new long[] {count}, new long[] {1});
  }

  PickleBytes tensor(
      String type, String key, long count, long offset, long[] shape, long[] strides) {
    return global("torch._utils", "_rebuild_tensor_v2")
        .op("(")
        .storage(type, key, count)
        .number(offset)
        .numbers(shape)
        .numbers(strides)
        .op(0x89)
        .global("collections", "OrderedDict")
        .op(")RtR");
  }

  /// A call of `module.member` with one text.
  PickleBytes call(String module, String member, String argument) {
    return global(module, member).text(argument).op(0x85).op("R");
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }

  /// The pickle, ended.
  byte[] stop() {
    return op(".").bytes();
  }
}
