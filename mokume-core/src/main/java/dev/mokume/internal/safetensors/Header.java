package dev.mokume.internal.safetensors;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.format.StrictJson;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a file's header says, every entry well-formed in itself, but not yet held against the file.
///
/// @param entries in the header's order, of a list that whoever reads the header may change
/// @param dataStart the offset in the file that the entries' offsets count from
record Header(Map<String, String> metadata, List<Entry> entries, long dataStart) {
  static final String METADATA = "__metadata__";

  /// A tensor and its range of the data, `begin` inclusive and `end` exclusive, neither negative.
  record Entry(TensorSpec spec, long begin, long end) {
    String name() {
      return spec.name();
    }

    long length() {
      return end - begin;
    }
  }

  static Header read(ByteSource source) {
    long length = readLength(source);
    byte first = read(source, SafetensorsFormat.PREFIX_LENGTH, 1)[0];
    if (first != '{') {
      throw Findings.malformed(
          source.name(),
          "the header begins with byte 0x"
              + HexFormat.of().toHexDigits(first)
              + " and not with '{': this is not a safetensors file, or it is damaged.");
    }
    Optional<Header> usual = UsualHeader.read(source, length);
    return usual.isPresent() ? usual.get() : parse(source, length);
  }

  /// Of any header, with whatever is wrong with it.
  static Header parse(ByteSource source, long length) {
    try (StrictJson json =
        new StrictJson(source, SafetensorsFormat.PREFIX_LENGTH, length, "the header")) {
      HeaderParser parser = new HeaderParser(source.name());
      return json.object(p -> parser.parse(p, SafetensorsFormat.PREFIX_LENGTH + length));
    }
  }

  private static long readLength(ByteSource source) {
    if (source.size() < SafetensorsFormat.PREFIX_LENGTH) {
      throw Findings.malformed(
          source.name(),
          "has "
              + source.size()
              + " bytes, but a safetensors file begins with 8 that say how long its header is: this"
              + " is not a safetensors file, or its download broke off.");
    }
    byte[] prefix = read(source, 0, SafetensorsFormat.PREFIX_LENGTH);
    long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    checkLength(source, length);
    return length;
  }

  private static void checkLength(ByteSource source, long length) {
    if (length == 0) {
      throw Findings.malformed(
          source.name(),
          "its header has a length of 0 bytes: this is not a safetensors file, or it is damaged.");
    }
    // The length is unsigned: from 2^63 on it is negative here.
    if (length < 0 || length > SafetensorsFormat.LONGEST_HEADER) {
      throw Findings.malformed(
          source.name(),
          "its header would have "
              + Long.toUnsignedString(length)
              + " bytes, but at most "
              + SafetensorsFormat.LONGEST_HEADER
              + " are allowed: this is not a safetensors file, or it is damaged.");
    }
    long rest = source.size() - SafetensorsFormat.PREFIX_LENGTH;
    if (length > rest) {
      throw Findings.malformed(
          source.name(),
          "its header should have "
              + length
              + " bytes, but only "
              + rest
              + " follow: the download broke off; fetch the file again.");
    }
  }

  /// Into an array, as the first look at a segment of memory takes a process longer than all of the
  /// header.
  static byte[] read(ByteSource source, long offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(length);
      source.read(offset, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
