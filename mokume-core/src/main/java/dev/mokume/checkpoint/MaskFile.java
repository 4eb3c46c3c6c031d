package dev.mokume.checkpoint;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.StringWriter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Masks as safetensors: a U8 tensor a mask, bits packed little-endian, and the shapes in the
/// metadata.
///
/// A file without that metadata is read too if its tensors are of one byte (or float) an element:
/// not zero means set.
public final class MaskFile {
  /// The metadata entry that holds the shapes: a JSON object of dimensions by tensor name.
  public static final String SHAPES = "mokume.mask.shapes";

  private final Checkpoint checkpoint;
  private final Optional<SequencedMap<String, Shape>> shapes;

  private MaskFile(Checkpoint checkpoint, Optional<SequencedMap<String, Shape>> shapes) {
    this.checkpoint = checkpoint;
    this.shapes = shapes;
  }

  /// How a stored mask's bits are found.
  public enum Form {
    /// Eight elements a byte.
    PACKED,
    /// A byte an element.
    BYTES,
    /// A float an element.
    FLOATS
  }

  /// Reads the shapes of an opened file.
  ///
  /// @throws MokumeException `MALFORMED_CHECKPOINT` if the metadata is not what a mask file has, or
  ///   if a tensor does not hold one bit for each element of its shape; with every such tensor
  public static MaskFile of(Checkpoint checkpoint) {
    String json = checkpoint.metadata().get(SHAPES);
    if (json == null) {
      return new MaskFile(checkpoint, Optional.empty());
    }
    SequencedMap<String, Shape> shapes = parse(checkpoint.name(), json);
    List<Problem> problems =
        checkpoint.tensors().values().stream()
            .flatMap(mask -> problem(checkpoint.name(), mask, shapes.get(mask.name())).stream())
            .toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return new MaskFile(checkpoint, Optional.of(shapes));
  }

  private static Optional<Problem> problem(String file, StoredTensor mask, @Nullable Shape shape) {
    if (shape == null) {
      return damaged(file, mask, "has no shape in the metadata entry '" + SHAPES + "'");
    }
    long wanted =
        shape.elementCount() / Byte.SIZE + (shape.elementCount() % Byte.SIZE == 0 ? 0 : 1);
    if (!mask.spec().dtype().equals(DType.U8) || mask.length() != wanted) {
      return damaged(
          file,
          mask,
          "holds "
              + Amount.count(mask.length(), "byte", "bytes")
              + " of "
              + mask.spec().dtype()
              + ", but the bits of shape "
              + shape
              + " are "
              + Amount.count(wanted, "byte", "bytes")
              + " of U8");
    }
    return Optional.empty();
  }

  private static Optional<Problem> damaged(String file, StoredTensor mask, String how) {
    return Optional.of(
        new Problem(
            ErrorCode.MALFORMED_CHECKPOINT,
            file
                + ": the mask of tensor '"
                + mask.name()
                + "' "
                + how
                + "; the mask file is damaged, make it again."));
  }

  /// The file, for messages.
  public String name() {
    return checkpoint.name();
  }

  /// The tensors that it has masks for, and their shapes.
  public SequencedMap<String, Shape> shapes() {
    SequencedMap<String, Shape> all = new LinkedHashMap<>();
    checkpoint.tensors().forEach((name, mask) -> all.put(name, shape(mask)));
    return all;
  }

  /// The file it is read from.
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /// The same masks for tensors of other names.
  ///
  /// @param names new by old; what is not in it keeps its name
  public MaskFile renamed(Map<String, String> names) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    checkpoint
        .tensors()
        .forEach((name, mask) -> {
          String there = names.getOrDefault(name, name);
          tensors.put(there, mask.named(there));
        });
    return new MaskFile(
        new CheckpointView(checkpoint, tensors),
        shapes.map(known -> {
          SequencedMap<String, Shape> renamed = new LinkedHashMap<>();
          known.forEach((name, shape) -> renamed.put(names.getOrDefault(name, name), shape));
          return renamed;
        }));
  }

  /// The bits of that tensor's mask, as they are stored.
  public Optional<StoredTensor> bits(String tensor) {
    return Optional.ofNullable(checkpoint.tensors().get(tensor));
  }

  /// The shape of the tensor that a mask is for.
  public Shape shape(StoredTensor mask) {
    return shapes.map(known -> known.get(mask.name())).orElse(mask.spec().shape());
  }

  /// How the bits of `mask` are stored.
  public Form form(StoredTensor mask) {
    DType dtype = mask.spec().dtype();
    if (shapes.isPresent()) {
      return Form.PACKED;
    }
    if (dtype.equals(DType.BOOL) || dtype.equals(DType.U8) || dtype.equals(DType.I8)) {
      return Form.BYTES;
    }
    if (dtype.isBlendable()) {
      return Form.FLOATS;
    }
    throw new MokumeException(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        name()
            + ": tensor '"
            + mask.name()
            + "' has dtype "
            + dtype
            + ", but a mask is BOOL, U8 or a float dtype. Is this a mask file?");
  }

  /// The metadata entry's value for these shapes.
  public static String shapesJson(Map<String, Shape> shapes) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      shapes.forEach((name, shape) -> {
        json.writeName(name);
        long[] dimensions = shape.toArray();
        json.writeArray(dimensions, 0, dimensions.length);
      });
      json.writeEndObject();
    }
    return text.toString();
  }

  private static SequencedMap<String, Shape> parse(String file, String text) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), text)) {
      expect(json.nextToken() == JsonToken.START_OBJECT, file);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = json.currentName();
        expect(json.nextToken() == JsonToken.START_ARRAY, file);
        shapes.put(name, shape(json, file));
      }
    } catch (tools.jackson.core.JacksonException e) {
      expect(false, file);
    }
    return Collections.unmodifiableSequencedMap(shapes);
  }

  private static Shape shape(JsonParser json, String file) {
    java.util.List<Long> dimensions = new java.util.ArrayList<>();
    while (json.nextToken() == JsonToken.VALUE_NUMBER_INT) {
      dimensions.add(json.getLongValue());
      expect(dimensions.size() <= 64, file);
    }
    expect(json.currentToken() == JsonToken.END_ARRAY, file);
    try {
      return Shape.of(dimensions.stream().mapToLong(Long::longValue).toArray());
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw malformed(file);
    }
  }

  private static void expect(boolean holds, String file) {
    if (!holds) {
      throw malformed(file);
    }
  }

  private static MokumeException malformed(String file) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT,
        file
            + ": the metadata entry '"
            + SHAPES
            + "' is not a JSON object of dimensions by tensor name; the mask file is damaged, make"
            + " it again.");
  }
}
