package dev.mokume.internal.safetensors;

import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.format.StrictJson;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Parses a header's JSON object into entries. The first mistake ends it, since nothing behind it
/// can be relied on.
final class HeaderParser {
  private static final int MOST_TENSORS = 1_000_000;
  private static final int MOST_DIMENSIONS = 64;
  private static final int LONGEST_DTYPE = 64;

  /// So many fit a `long` for sure, with a sign too.
  private static final int MOST_DIGITS = 18;

  private final String file;
  private final List<Header.Entry> entries = new ArrayList<>();
  private final NameSet names = new NameSet();
  private final Map<String, DType> dtypes = new HashMap<>();
  // Thousands of tensors share a few dozen shapes.
  private final Map<Shape, Shape> shapes = new HashMap<>();
  private final long[] numbers = new long[MOST_DIMENSIONS];
  private @Nullable Map<String, String> metadata;

  HeaderParser(String file) {
    this.file = file;
  }

  /// Parses from behind the opening brace to the closing one.
  Header parse(JsonParser json, long dataStart) {
    String name;
    while ((name = json.nextName()) != null) {
      if (name.equals(Header.METADATA)) {
        metadata = metadata(json);
      } else {
        entries.add(entry(checkName(name), json));
      }
    }
    return new Header(metadata == null ? Map.of() : metadata, entries, dataStart);
  }

  private String checkName(String name) {
    if (!names.add(name)) {
      throw Findings.malformed(
          file,
          "two tensors are called "
              + Quoted.name(name)
              + ", so it cannot be told which one is meant. Save the file"
              + " again with the tool that made it.");
    }
    if (names.size() > MOST_TENSORS) {
      throw Findings.malformed(
          file,
          "its header names more than "
              + Amount.count(MOST_TENSORS)
              + " tensors, the most that is allowed.");
    }
    return name;
  }

  /// The parser itself refuses half a character in a name, but not in a text.
  private static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return text.codePoints().noneMatch(HeaderParser::isHalf);
      }
    }
    return true;
  }

  private static boolean isHalf(int point) {
    return Character.getType(point) == Character.SURROGATE;
  }

  private Map<String, String> metadata(JsonParser json) {
    if (metadata != null) {
      throw Findings.malformed(file, "its header has '__metadata__' twice: the file is damaged.");
    }
    JsonToken start = json.nextToken();
    if (start != JsonToken.START_OBJECT) {
      throw Findings.malformed(
          file,
          "its '__metadata__' is "
              + StrictJson.kind(start)
              + ", but an object of texts was wanted: the file is"
              + " damaged.");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    String key;
    while ((key = json.nextName()) != null) {
      JsonToken token = json.nextToken();
      if (token != JsonToken.VALUE_STRING) {
        throw Findings.malformed(
            file,
            "its '__metadata__' has "
                + StrictJson.kind(token)
                + " under "
                + Quoted.name(key)
                + ", but only texts are allowed there. Save the file again with the tool that made"
                + " it.");
      }
      String text = json.getString();
      if (!isWellFormed(text)) {
        throw Findings.malformed(
            file,
            "its '__metadata__' holds half a character (an unpaired surrogate) under "
                + Quoted.name(key)
                + ": the file is damaged.");
      }
      if (texts.put(key, text) != null) {
        throw Findings.malformed(
            file,
            "its '__metadata__' has "
                + Quoted.name(key)
                + " twice, so it cannot be told which one is meant.");
      }
    }
    return texts;
  }

  /// The fields of one entry, as they come.
  private static final class Fields {
    @Nullable DType dtype;
    @Nullable Shape shape;
    long @Nullable [] offsets;
  }

  private Header.Entry entry(String tensor, JsonParser json) {
    JsonToken start = json.nextToken();
    if (start != JsonToken.START_OBJECT) {
      throw wrong(
          tensor, "is " + StrictJson.kind(start) + " in the header, but an object was wanted");
    }
    Fields fields = new Fields();
    String field;
    while ((field = json.nextName()) != null) {
      switch (field) {
        case "dtype" -> fields.dtype = once(tensor, field, fields.dtype, dtype(tensor, json));
        case "shape" -> fields.shape = once(tensor, field, fields.shape, shape(tensor, json));
        case "data_offsets" ->
            fields.offsets = once(tensor, field, fields.offsets, offsets(tensor, json));
        default ->
            throw wrong(
                tensor,
                "has the field "
                    + Quoted.name(field)
                    + ", but only 'dtype', 'shape' and 'data_offsets' are allowed");
      }
    }
    return complete(tensor, fields);
  }

  private Header.Entry complete(String tensor, Fields fields) {
    if (fields.dtype == null || fields.shape == null || fields.offsets == null) {
      List<String> absent = new ArrayList<>();
      if (fields.dtype == null) {
        absent.add("'dtype'");
      }
      if (fields.shape == null) {
        absent.add("'shape'");
      }
      if (fields.offsets == null) {
        absent.add("'data_offsets'");
      }
      throw wrong(tensor, "has no " + String.join(" and no ", absent));
    }
    return new Header.Entry(
        new TensorSpec(tensor, fields.dtype, fields.shape), fields.offsets[0], fields.offsets[1]);
  }

  private <T> T once(String tensor, String field, @Nullable T before, T value) {
    if (before != null) {
      throw wrong(tensor, "has '" + field + "' twice");
    }
    return value;
  }

  private DType dtype(String tensor, JsonParser json) {
    JsonToken token = json.nextToken();
    if (token != JsonToken.VALUE_STRING) {
      throw wrong(
          tensor,
          "has "
              + StrictJson.kind(token)
              + " as its 'dtype', but a text such as \"F16\" was wanted");
    }
    String name = json.getString();
    if (!isDtype(name)) {
      throw wrong(
          tensor,
          "has the 'dtype' " + Quoted.name(name) + ", but a short name such as \"F16\" was wanted");
    }
    return dtypes.computeIfAbsent(name, HeaderParser::inFormat);
  }

  static boolean isDtype(String name) {
    return !name.isEmpty() && name.length() <= LONGEST_DTYPE && isWellFormed(name);
  }

  /// Blocks of GGUF have no name in this format: whatever is called like one is not known.
  static DType inFormat(String name) {
    DType dtype = DType.of(name);
    return dtype.isBlockwise() ? DType.unknown(name) : dtype;
  }

  private Shape shape(String tensor, JsonParser json) {
    long[] dimensions = numbers(tensor, "shape", MOST_DIMENSIONS, json);
    try {
      return shapes.computeIfAbsent(Shape.of(dimensions), shape -> shape);
    } catch (ArithmeticException e) {
      throw wrong(
          tensor,
          "has the shape "
              + Arrays.toString(dimensions)
              + ", whose number of elements is larger than 2^63 - 1");
    }
  }

  private long[] offsets(String tensor, JsonParser json) {
    long[] offsets = numbers(tensor, "data_offsets", 2, json);
    if (offsets.length != 2) {
      throw wrong(
          tensor,
          "has "
              + Amount.count(offsets.length, "number", "numbers")
              + " in 'data_offsets', but 2 were wanted");
    }
    return offsets;
  }

  private long[] numbers(String tensor, String field, int most, JsonParser json) {
    JsonToken start = json.nextToken();
    if (start != JsonToken.START_ARRAY) {
      throw wrong(
          tensor,
          "has "
              + StrictJson.kind(start)
              + " as its '"
              + field
              + "', but a list of whole numbers was wanted");
    }
    int count = 0;
    JsonToken token;
    while ((token = json.nextToken()) != JsonToken.END_ARRAY) {
      if (count == most) {
        throw wrong(tensor, "has more than " + most + " numbers in '" + field + "'");
      }
      numbers[count++] = number(tensor, field, token, json);
    }
    return Arrays.copyOf(numbers, count);
  }

  private long number(String tensor, String field, JsonToken token, JsonParser json) {
    if (token == JsonToken.START_ARRAY || token == JsonToken.START_OBJECT) {
      throw wrong(
          tensor,
          "has "
              + StrictJson.kind(token)
              + " inside '"
              + field
              + "': a header is not nested deeper than a list of whole"
              + " numbers");
    }
    if (token != JsonToken.VALUE_NUMBER_INT) {
      throw wrong(
          tensor,
          "has "
              + StrictJson.kind(token)
              + " in '"
              + field
              + "', but only whole numbers are allowed there");
    }
    if (isShort(json)) {
      return json.getLongValue();
    }
    String digits = json.getString();
    if (digits.startsWith("-")) {
      throw wrong(tensor, "has the negative number " + digits + " in '" + field + "'");
    }
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw wrong(
          tensor,
          "has the number " + digits + " in '" + field + "', which is larger than 2^63 - 1");
    }
  }

  /// Whether it is a number from 1 on that fits a `long` for sure: nearly all are, and need no
  /// text.
  private static boolean isShort(JsonParser json) {
    return json.getStringLength() <= MOST_DIGITS && json.getLongValue() > 0;
  }

  private MokumeException wrong(String tensor, String what) {
    return Findings.malformed(
        file, "tensor " + Quoted.name(tensor) + " " + what + ": the header is damaged.");
  }
}
