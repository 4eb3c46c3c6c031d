package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.RowOrder;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// The canonical bytes of a file: the same tensors, texts and carried values give the same header,
/// whatever their order.
///
/// Values that are carried over keep their bytes and their order; what is new follows in the order
/// of the keys. Tensors are in the order of their names, each padded to the alignment.
final class GgufLayout {
  private static final long QUANTISATION_VERSION = 2;

  /// The keys that are settled here and never carried over.
  private static final List<String> OWN =
      List.of(KeyValue.FILE_TYPE, KeyValue.QUANTISATION_VERSION);

  private static final Comparator<String> UTF_8_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private final LanguageNames names;
  private final List<TensorEntry> tensors;
  private final Map<String, String> texts;
  private final Optional<HeaderValues> carried;
  private final SequencedMap<String, byte[]> values = new LinkedHashMap<>();

  private GgufLayout(
      Collection<TensorEntry> tensors, Map<String, String> texts, Optional<HeaderValues> carried) {
    this.names = LanguageNames.of(carried.map(HeaderValues::all).orElse(new LinkedHashMap<>()));
    this.tensors = new ArrayList<>(tensors);
    this.tensors.sort(Comparator.comparing(this::nameInFile, UTF_8_ORDER));
    this.texts = texts;
    this.carried = carried;
  }

  static CheckpointLayout of(
      Collection<TensorEntry> tensors, Map<String, String> texts, Optional<HeaderValues> carried) {
    return new GgufLayout(tensors, texts, carried).layout();
  }

  private CheckpointLayout layout() {
    tensors.forEach(GgufLayout::check);
    checkNames();
    settleValues();
    long alignment =
        carried
            .map(from -> from.all().get(KeyValue.ALIGNMENT))
            .filter(value -> values.containsKey(value.key()))
            .map(value -> value.numbers()[0])
            .orElse(GgufHeader.USUAL_ALIGNMENT);
    byte[] header = header(alignment);
    List<CheckpointLayout.Placement> placements = new ArrayList<>(tensors.size());
    long offset = header.length;
    for (TensorEntry tensor : tensors) {
      placements.add(
          new CheckpointLayout.Placement(tensor.spec(), offset, tensor.length(), order(tensor)));
      offset = aligned(Math.addExact(offset, tensor.length()), alignment);
    }
    return new CheckpointLayout(header, placements, offset);
  }

  private Optional<RowOrder> order(TensorEntry tensor) {
    String name = nameInFile(tensor);
    if (!names.isReordered(name)) {
      return Optional.empty();
    }
    Optional<RowOrder> order = names.order(name, tensor.spec());
    if (order.isEmpty()) {
      throw refused(
          "tensor %s of shape %s does not fall into the heads that the first model's metadata tells of; merge models of one kind."
              .formatted(Quoted.name(tensor.name()), tensor.spec().shape()));
    }
    return order;
  }

  private String nameInFile(TensorEntry tensor) {
    return names.inFile(tensor.name());
  }

  private static long aligned(long offset, long alignment) {
    return Math.ceilDiv(offset, alignment) * alignment;
  }

  private static void check(TensorEntry tensor) {
    DType dtype = tensor.spec().dtype();
    Shape shape = tensor.spec().shape();
    if (TensorType.number(dtype).isEmpty()) {
      throw refused(
          "tensor %s would be stored as %s, which a GGUF file cannot hold; store it in another dtype (--dtype f16), or leave it out."
              .formatted(Quoted.name(tensor.name()), dtype));
    }
    if (shape.rank() > GgufHeader.MOST_DIMENSIONS) {
      throw refused(
          "tensor %s has shape %s, but a GGUF file holds at most %s dimensions; write a safetensors file."
              .formatted(Quoted.name(tensor.name()), shape, GgufHeader.MOST_DIMENSIONS));
    }
    if (!TensorEntry.of(tensor.spec()).equals(tensor)) {
      throw new IllegalArgumentException(
          tensor + " does not have the length of its shape and dtype");
    }
  }

  private void checkNames() {
    Set<String> seen = new HashSet<>();
    for (TensorEntry tensor : tensors) {
      if (!seen.add(nameInFile(tensor))) {
        throw refused(
            "two tensors would be called %s in the file."
                .formatted(Quoted.name(nameInFile(tensor))));
      }
    }
  }

  private static MokumeException refused(String what) {
    return new MokumeException(ErrorCode.UNWRITABLE_OUTPUT, what);
  }

  private void settleValues() {
    Map<String, String> rest = new TreeMap<>(UTF_8_ORDER);
    rest.putAll(texts);
    rest.keySet().removeAll(OWN);
    rest.keySet().removeIf(key -> key.startsWith(KeyValue.SPLIT));
    // What safetensors files say of themselves.
    rest.remove("format");
    carried.ifPresent(from -> from.all().values().forEach(value -> carry(from, value, rest)));
    String architecture = rest.remove(KeyValue.ARCHITECTURE);
    if (architecture != null) {
      values.putFirst(KeyValue.ARCHITECTURE, text(architecture));
    } else if (!values.containsKey(KeyValue.ARCHITECTURE)) {
      throw refused(
          "A GGUF file says what kind of model it is and holds its tokenizer, which a safetensors"
              + " file does not have. Name a GGUF file of such a model among the models, or write a"
              + " safetensors file.");
    }
    FileType.of(tensors, carriedNumber(KeyValue.FILE_TYPE))
        .ifPresent(number -> values.put(KeyValue.FILE_TYPE, u32(number)));
    if (tensors.stream().anyMatch(tensor -> tensor.spec().dtype().isBlockwise())) {
      values.put(KeyValue.QUANTISATION_VERSION, u32(QUANTISATION_VERSION));
    }
    rest.forEach((key, value) -> values.put(key, text(value)));
  }

  private OptionalLong carriedNumber(String key) {
    KeyValue value = carried.map(from -> from.all().get(key)).orElse(null);
    return value == null || value.numbers().length != 1
        ? OptionalLong.empty()
        : OptionalLong.of(value.numbers()[0]);
  }

  /// Takes a value over; of texts, what they have become since.
  private void carry(HeaderValues from, KeyValue value, Map<String, String> rest) {
    String key = value.key();
    boolean isOfOldFile =
        OWN.contains(key)
            || key.startsWith(KeyValue.SPLIT)
            || key.startsWith(KeyValue.ORIGINAL_SHAPE)
            || key.startsWith("mokume.");
    if (isOfOldFile) {
      return;
    }
    String wanted = rest.remove(key);
    if (wanted == null || wanted.equals(value.text())) {
      values.put(key, from.bytes(value));
    } else if (value.type() == ValueType.STRING) {
      values.put(key, text(wanted));
    } else {
      throw refused(
          "metadata: %s is of type %s in the first model, and only texts can be set."
              .formatted(Quoted.name(key), value.type()));
    }
  }

  private byte[] header(long alignment) {
    HeaderBytes bytes = new HeaderBytes();
    bytes.i32(GgufHeader.MAGIC).i32(GgufHeader.VERSION);
    bytes.i64(tensors.size()).i64(values.size());
    values.forEach((key, value) -> bytes.text(key).raw(value));
    long offset = 0;
    for (TensorEntry tensor : tensors) {
      Shape shape = tensor.spec().shape();
      bytes.text(nameInFile(tensor)).i32(shape.rank());
      for (int i = shape.rank() - 1; i >= 0; i--) {
        bytes.i64(shape.dimension(i));
      }
      bytes.i32(TensorType.number(tensor.spec().dtype()).orElseThrow()).i64(offset);
      offset = aligned(Math.addExact(offset, tensor.length()), alignment);
    }
    if (bytes.size() > GgufHeader.LONGEST) {
      throw refused(
          "The output's header would have %s, but at most %s are allowed: write less metadata."
              .formatted(Amount.bytes(bytes.size()), Amount.bytes(GgufHeader.LONGEST)));
    }
    return bytes.padded(alignment);
  }

  private static byte[] text(String value) {
    return new HeaderBytes().i32(ValueType.STRING.ordinal()).text(value).padded(1);
  }

  private static byte[] u32(long value) {
    return new HeaderBytes().i32(ValueType.U32.ordinal()).i32((int) value).padded(1);
  }

  /// Bytes of a header as they are written one after the other, little-endian.
  private static final class HeaderBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    HeaderBytes i32(int value) {
      return raw(
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    HeaderBytes i64(long value) {
      return raw(
          ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    }

    HeaderBytes text(String value) {
      byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
      return i64(utf8.length).raw(utf8);
    }

    HeaderBytes raw(byte[] value) {
      bytes.writeBytes(value);
      return this;
    }

    int size() {
      return bytes.size();
    }

    byte[] padded(long alignment) {
      while (bytes.size() % alignment != 0) {
        bytes.write(0);
      }
      return bytes.toByteArray();
    }
  }
}
