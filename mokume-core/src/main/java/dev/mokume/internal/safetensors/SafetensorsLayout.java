package dev.mokume.internal.safetensors;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The canonical bytes of a file: the same tensors and metadata give the same header, whatever
/// their order.
///
/// Tensors lie without gaps by element size, largest first, then by name; those of less than a byte
/// an element and of dtypes that we do not know come last, so every other tensor is aligned to its
/// elements. The header is JSON without spaces, metadata first and in the order of its keys, padded
/// with spaces so that the data starts at a multiple of 8. Source: the reference writes the same
/// way, but orders dtypes of one size, and leaves metadata in hash order.
final class SafetensorsLayout {
  private static final int ALIGNMENT = 8;

  private SafetensorsLayout() {}

  static CheckpointLayout of(Collection<TensorEntry> tensors, Map<String, String> metadata) {
    List<TensorEntry> ordered = new ArrayList<>(tensors);
    ordered.forEach(SafetensorsLayout::check);
    ordered.sort(SafetensorsLayout::compare);
    byte[] header = header(ordered, metadata);
    List<CheckpointLayout.Placement> placements = new ArrayList<>(ordered.size());
    long offset = header.length;
    for (TensorEntry entry : ordered) {
      placements.add(new CheckpointLayout.Placement(entry.spec(), offset, entry.length()));
      offset = Math.addExact(offset, entry.length());
    }
    return new CheckpointLayout(header, placements);
  }

  /// Written out, as what [java.util.Comparator] puts together Java makes anew in each process.
  private static int compare(TensorEntry a, TensorEntry b) {
    int larger = Integer.compare(b.spec().dtype().bits(), a.spec().dtype().bits());
    return larger == 0 ? JsonText.UTF_8_ORDER.compare(a.name(), b.name()) : larger;
  }

  private static void check(TensorEntry entry) {
    DType dtype = entry.spec().dtype();
    if (dtype.isBlockwise()) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "tensor "
              + Quoted.name(entry.name())
              + " would be stored as "
              + dtype
              + ", which a safetensors file cannot hold; store it as F16, BF16 or F32 (--dtype"
              + " f16).");
    }
    if (dtype.packing().isKnown() && !TensorEntry.of(entry.spec()).equals(entry)) {
      throw new IllegalArgumentException(
          entry + " does not have the length of its shape and dtype");
    }
    if (entry.name().equals(Header.METADATA)) {
      throw new IllegalArgumentException("no tensor can be called '" + Header.METADATA + "'");
    }
  }

  private static byte[] header(List<TensorEntry> ordered, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder(ordered.size() * 128 + 256);
    json.append('{');
    appendMetadata(json, metadata);
    long offset = 0;
    for (TensorEntry entry : ordered) {
      appendTensor(json.append(','), entry, offset);
      offset = Math.addExact(offset, entry.length());
    }
    byte[] text = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    int padded = Math.ceilDiv(text.length, ALIGNMENT) * ALIGNMENT;
    if (padded > SafetensorsFormat.LONGEST_HEADER) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          "The output's header would have "
              + Amount.count(padded)
              + " bytes, but readers of safetensors accept at most "
              + Amount.count(SafetensorsFormat.LONGEST_HEADER)
              + ": write fewer tensors or less metadata.");
    }
    byte[] header = Arrays.copyOf(text, SafetensorsFormat.PREFIX_LENGTH + padded);
    System.arraycopy(text, 0, header, SafetensorsFormat.PREFIX_LENGTH, text.length);
    Arrays.fill(header, SafetensorsFormat.PREFIX_LENGTH + text.length, header.length, (byte) ' ');
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(0, padded);
    return header;
  }

  private static void appendMetadata(StringBuilder json, Map<String, String> metadata) {
    Map<String, String> sorted = new TreeMap<>(JsonText.UTF_8_ORDER);
    sorted.putAll(metadata);
    // Some loaders refuse a file that does not say which framework its tensors are laid out for.
    sorted.putIfAbsent("format", "pt");
    JsonText.append(json, Header.METADATA).append(":{");
    String separator = "";
    for (Map.Entry<String, String> entry : sorted.entrySet()) {
      JsonText.append(json.append(separator), entry.getKey()).append(':');
      JsonText.append(json, entry.getValue());
      separator = ",";
    }
    json.append('}');
  }

  private static void appendTensor(StringBuilder json, TensorEntry entry, long offset) {
    JsonText.append(json, entry.name()).append(":{\"dtype\":");
    JsonText.append(json, entry.spec().dtype().name()).append(",\"shape\":[");
    long[] dimensions = entry.spec().shape().toArray();
    for (int i = 0; i < dimensions.length; i++) {
      json.append(i == 0 ? "" : ",").append(dimensions[i]);
    }
    json.append("],\"data_offsets\":[")
        .append(offset)
        .append(',')
        .append(offset + entry.length())
        .append("]}");
  }
}
