package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.StringJoiner;

/// A safetensors file of a few F32 tensors, written and read back with nothing hidden.
final class TinyCheckpoint {
  static final String IN = "model.diffusion_model.input_blocks.1.0.in_layers.2.weight";
  static final String OUT = "model.diffusion_model.output_blocks.2.0.in_layers.2.weight";
  static final String CLIP =
      "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
  static final String SCALE = "cond_stage_model.transformer.text_model.logit_scale";
  static final String VAE = "first_stage_model.decoder.conv_in.weight";

  private record Tensor(List<Integer> shape, float[] values) {}

  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final SequencedMap<String, String> metadata = new LinkedHashMap<>();

  /// One tensor of two elements in each part of a Stable Diffusion checkpoint, all of them `first`
  /// and `second`.
  static TinyCheckpoint stableDiffusion(float first, float second) {
    TinyCheckpoint checkpoint = new TinyCheckpoint();
    for (String name : new String[] {IN, OUT, CLIP, SCALE, VAE}) {
      checkpoint.with(name, first, second);
    }
    return checkpoint;
  }

  TinyCheckpoint with(String name, float... values) {
    return with(name, List.of(values.length), values);
  }

  /// As many values as the shape has elements.
  TinyCheckpoint with(String name, List<Integer> shape, float... values) {
    tensors.put(name, new Tensor(List.copyOf(shape), values));
    return this;
  }

  /// Texts that need no escapes.
  TinyCheckpoint withMetadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  Path write(Path file) {
    StringJoiner header = new StringJoiner(",", "{", "}");
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    if (!metadata.isEmpty()) {
      StringJoiner entries = new StringJoiner(",", "\"__metadata__\":{", "}");
      metadata.forEach(
          (key, value) -> entries.add("\"%s\":\"%s\"".formatted(key, value.replace("\"", "\\\""))));
      header.add(entries.toString());
    }
    tensors.forEach((name, tensor) -> {
      float[] values = tensor.values();
      int start = data.size();
      ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      data.writeBytes(bytes.array());
      header.add(
          "\""
              + name
              + "\":{\"dtype\":\"F32\",\"shape\":"
              + tensor.shape()
              + ",\"data_offsets\":["
              + start
              + ","
              + data.size()
              + "]}");
    });
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer file0 =
        ByteBuffer.allocate(8 + json.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    file0.putLong(json.length).put(json).put(data.toByteArray());
    try {
      return Files.write(file, file0.array());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The values of an F32 tensor in a file.
  static float[] read(Path file, String tensor) {
    try (Checkpoint checkpoint = Checkpoints.open(file);
        Arena arena = Arena.ofConfined()) {
      StoredTensor stored = checkpoint.tensors().get(tensor);
      MemorySegment bytes = arena.allocate(stored.length());
      stored.source().read(stored.offset(), bytes);
      return bytes.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
    }
  }
}
