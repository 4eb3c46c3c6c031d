package dev.mokume.golden;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// The harness's own reader and writer of safetensors, so that a fault in Mokume's cannot hide
/// itself.
///
/// @param tensors in the order of the data, which is the order of the state dict
record TensorFile(SequencedMap<String, GoldenTensor> tensors, Map<String, String> metadata) {
  static TensorFile parse(byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int header = Math.toIntExact(buffer.getLong());
    Fields fields = Json.object(Arrays.copyOfRange(file, 8, 8 + header));
    List<Map.Entry<String, Fields>> entries =
        fields.names().stream()
            .filter(name -> !name.equals("__metadata__"))
            .map(name -> Map.entry(name, fields.object(name)))
            .sorted(Comparator.comparingLong(entry -> offset(entry.getValue(), 0)))
            .toList();
    SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
    for (Map.Entry<String, Fields> entry : entries) {
      Fields fieldsOfTensor = entry.getValue();
      long[] shape =
          fieldsOfTensor.list("shape").stream()
              .mapToLong(size -> ((Number) size).longValue())
              .toArray();
      byte[] bytes =
          Arrays.copyOfRange(
              file,
              Math.toIntExact(8 + header + offset(fieldsOfTensor, 0)),
              Math.toIntExact(8 + header + offset(fieldsOfTensor, 1)));
      tensors.put(
          entry.getKey(),
          new GoldenTensor(DType.of(fieldsOfTensor.text("dtype")), Shape.of(shape), bytes));
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    fields
        .objectOrEmpty("__metadata__")
        .values()
        .forEach((name, value) -> metadata.put(name, (String) value));
    return new TensorFile(tensors, metadata);
  }

  private static long offset(Fields tensor, int index) {
    return ((Number) tensor.list("data_offsets").get(index)).longValue();
  }

  /// The tensors whose name starts with `prefix`, named by the rest.
  SequencedMap<String, GoldenTensor> under(String prefix) {
    SequencedMap<String, GoldenTensor> found = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> {
      if (name.startsWith(prefix)) {
        found.put(name.substring(prefix.length()), tensor);
      }
    });
    return found;
  }

  /// A safetensors file with the data in the order of `tensors`.
  static byte[] format(SequencedMap<String, GoldenTensor> tensors) {
    StringBuilder header = new StringBuilder("{");
    long offset = 0;
    for (Map.Entry<String, GoldenTensor> entry : tensors.entrySet()) {
      GoldenTensor tensor = entry.getValue();
      long end = offset + tensor.bytes().length;
      String shape =
          Arrays.stream(tensor.shape().toArray())
              .mapToObj(Long::toString)
              .collect(Collectors.joining(",", "[", "]"));
      header
          .append(header.length() > 1 ? "," : "")
          .append(
              '"' + entry.getKey() + "\":{\"dtype\":\"" + tensor.dtype() + "\",\"shape\":" + shape)
          .append(",\"data_offsets\":[" + offset + "," + end + "]}");
      offset = end;
    }
    header.append('}');
    header.repeat(' ', (8 - header.length() % 8) % 8);
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(Math.toIntExact(8 + text.length + offset))
            .order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    tensors.values().forEach(tensor -> file.put(tensor.bytes()));
    return file.array();
  }
}
