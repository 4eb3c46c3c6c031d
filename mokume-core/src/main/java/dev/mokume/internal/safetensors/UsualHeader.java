package dev.mokume.internal.safetensors;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads a header that is written byte for byte as the reference implementation writes it: no
/// spaces but at the end, no escapes, names in ASCII, the fields of each tensor in one order.
/// Nearly all are, and a process that has just begun reads them in a third of the time that it
/// takes to set up a JSON parser and to parse by it.
///
/// It accepts nothing that [HeaderParser] refuses, and says nothing of the rest: that one finds the
/// same again, or what is wrong.
final class UsualHeader {
  /// Longer ones are parsed as a stream.
  private static final int LONGEST = 8 << 20;

  private static final int LONGEST_TEXT = 4096;
  private static final int MOST_DIMENSIONS = 8;

  /// So many fit a `long` for sure.
  private static final int MOST_DIGITS = 18;

  private static final byte[] BEFORE_DTYPE = ascii("{\"dtype\":");
  private static final byte[] BEFORE_SHAPE = ascii(",\"shape\":");
  private static final byte[] BEFORE_OFFSETS = ascii(",\"data_offsets\":");

  private final byte[] json;
  private int at;
  private final List<Header.Entry> entries = new ArrayList<>();
  private final NameSet names = new NameSet();
  private final Map<String, DType> dtypes = new HashMap<>();
  private final Map<Shape, Shape> shapes = new HashMap<>();
  private final long[] numbers = new long[MOST_DIMENSIONS];
  private @Nullable Map<String, String> metadata;

  private UsualHeader(byte[] json) {
    this.json = json;
  }

  /// @param length of the JSON, which the source has
  /// @return nothing if it is written in any other way
  static Optional<Header> read(ByteSource source, long length) {
    if (length > LONGEST) {
      return Optional.empty();
    }
    UsualHeader header =
        new UsualHeader(Header.read(source, SafetensorsFormat.PREFIX_LENGTH, (int) length));
    if (!header.object()) {
      return Optional.empty();
    }
    return Optional.of(
        new Header(
            header.metadata == null ? Map.of() : header.metadata,
            header.entries,
            SafetensorsFormat.PREFIX_LENGTH + length));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // Each of these goes past what it is called after, or returns false or null if that is not there.

  private boolean object() {
    if (!is('{')) {
      return false;
    }
    do {
      String name = text();
      if (name == null || !is(':') || !(name.equals(Header.METADATA) ? metadata() : entry(name))) {
        return false;
      }
    } while (is(','));
    return is('}') && onlySpaces();
  }

  private boolean metadata() {
    if (metadata != null || !is('{')) {
      return false;
    }
    metadata = new LinkedHashMap<>();
    if (is('}')) {
      return true;
    }
    do {
      String key = text();
      String value = is(':') ? text() : null;
      if (key == null || value == null || metadata.put(key, value) != null) {
        return false;
      }
    } while (is(','));
    return is('}');
  }

  private boolean entry(String name) {
    if (!names.add(name) || !are(BEFORE_DTYPE)) {
      return false;
    }
    DType dtype = dtype();
    if (dtype == null || !are(BEFORE_SHAPE)) {
      return false;
    }
    Shape shape = shape();
    if (shape == null || !are(BEFORE_OFFSETS)) {
      return false;
    }
    long[] offsets = numbers();
    if (offsets == null || offsets.length != 2 || !is('}')) {
      return false;
    }
    entries.add(new Header.Entry(new TensorSpec(name, dtype, shape), offsets[0], offsets[1]));
    return true;
  }

  private @Nullable DType dtype() {
    String name = text();
    return name == null || !HeaderParser.isDtype(name)
        ? null
        : dtypes.computeIfAbsent(name, HeaderParser::inFormat);
  }

  private @Nullable Shape shape() {
    long[] dimensions = numbers();
    if (dimensions == null) {
      return null;
    }
    try {
      return shapes.computeIfAbsent(Shape.of(dimensions), shape -> shape);
    } catch (ArithmeticException e) {
      return null;
    }
  }

  private long @Nullable [] numbers() {
    if (!is('[')) {
      return null;
    }
    int count = 0;
    while (!is(']')) {
      long number = count == MOST_DIMENSIONS || count > 0 && !is(',') ? -1 : number();
      if (number < 0) {
        return null;
      }
      numbers[count++] = number;
    }
    return Arrays.copyOf(numbers, count);
  }

  /// Or -1.
  private long number() {
    int start = at;
    long value = 0;
    while (at < json.length && json[at] >= '0' && json[at] <= '9' && at - start < MOST_DIGITS) {
      value = value * 10 + (json[at++] - '0');
    }
    boolean isNumber = at == start + 1 || at > start && json[start] != '0';
    return isNumber ? value : -1;
  }

  private @Nullable String text() {
    if (!is('"')) {
      return null;
    }
    int start = at;
    int end = Math.min(json.length, start + LONGEST_TEXT);
    while (at < end && isPlain(json[at])) {
      at++;
    }
    int length = at - start;
    return is('"') ? new String(json, start, length, StandardCharsets.ISO_8859_1) : null;
  }

  /// A printable character of ASCII that stands for itself within a text.
  private static boolean isPlain(byte character) {
    return character >= ' ' && character != '"' && character != '\\' && character != 0x7f;
  }

  private boolean is(char character) {
    if (at < json.length && json[at] == character) {
      at++;
      return true;
    }
    return false;
  }

  private boolean are(byte[] characters) {
    int end = at + characters.length;
    if (end <= json.length && Arrays.equals(json, at, end, characters, 0, characters.length)) {
      at = end;
      return true;
    }
    return false;
  }

  private boolean onlySpaces() {
    while (is(' ')) {
      // The reference fills the header up to a multiple of eight bytes.
    }
    return at == json.length;
  }
}
