package dev.mokume.inspection;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a LoRA file says of itself, as ComfyUI-DareMerge's LoRA Reporting tells it. From the header
/// alone.
///
/// @param file what a person calls it: the path as given
/// @param bytes of the file
/// @param metadata in the order of the file
/// @param tensors how many
/// @param parameters elements of all tensors
/// @param signature first dimensions (0 for a single number), each once, by the part of the model
///   (`unet`, `clip`, `multite`, `other`) and the role (`up`, `down`, `alpha`, `other`); all in the
///   order in which they first come
public record LoraReport(
    String file,
    long bytes,
    SequencedMap<String, String> metadata,
    int tensors,
    long parameters,
    SequencedMap<String, SequencedMap<String, SequencedSet<Long>>> signature) {
  private static final String TRAINING = "ss_";

  public LoraReport {
    metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
    signature = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(signature));
  }

  /// Reads nothing but what is open already.
  public static LoraReport of(Checkpoint lora) {
    SequencedMap<String, SequencedMap<String, SequencedSet<Long>>> signature =
        new LinkedHashMap<>();
    long parameters = 0;
    for (StoredTensor tensor : lora.tensors().values()) {
      parameters += tensor.spec().elementCount();
      Shape shape = tensor.spec().shape();
      long first = shape.rank() == 0 ? 0 : shape.dimension(0);
      signature
          .computeIfAbsent(part(tensor.name()), _ -> new LinkedHashMap<>())
          .computeIfAbsent(role(tensor.name()), _ -> new LinkedHashSet<>())
          .add(first);
    }
    return new LoraReport(
        lora.name(),
        lora.sources().stream().mapToLong(ByteSource::size).sum(),
        new LinkedHashMap<>(lora.metadata()),
        lora.tensors().size(),
        parameters,
        signature);
  }

  private static String part(String name) {
    if (name.startsWith("lora_unet")) {
      return "unet";
    } else if (name.startsWith("lora_te_")) {
      return "clip";
    } else if (name.startsWith("lora_te1_") || name.startsWith("lora_te2_")) {
      return "multite";
    }
    return "other";
  }

  private static String role(String name) {
    if (name.contains("lora_up")) {
      return "up";
    } else if (name.contains("lora_down")) {
      return "down";
    }
    return name.endsWith("alpha") ? "alpha" : "other";
  }

  /// The `limit` most frequent tags of the captions that it was trained on, joined by `, `; empty
  /// if the file does not say.
  ///
  /// @throws dev.mokume.error.MokumeException `MALFORMED_CHECKPOINT` if what it says cannot be read
  public String tags(int limit) {
    return TagFrequency.of(file, metadata).stream()
        .limit(Math.max(0, limit))
        .collect(Collectors.joining(", "));
  }

  /// Counts, the file, the signature, and what the training noted, a line each.
  public String size() {
    StringBuilder text = new StringBuilder();
    text.append("Key Count: ").append(tensors).append('\n');
    text.append("Parameters: ").append(parameters).append('\n');
    text.append("dm_filename: ").append(Quoted.printable(file)).append('\n');
    text.append("dm_filesize: ").append(bytes).append('\n');
    signature.forEach(
        (part, roles) -> text.append(part).append(": ").append(roles(roles, "'")).append('\n'));
    new TreeMap<>(metadata)
        .forEach((key, value) -> {
          if (key.startsWith(TRAINING) && !key.equals(TagFrequency.KEY)) {
            text.append(Quoted.printable(key))
                .append(": ")
                .append(Quoted.printable(value))
                .append('\n');
          }
        });
    return text.toString();
  }

  /// The whole metadata, the file and the signature as one JSON object on one line, ASCII only.
  public String details() {
    StringBuilder json = new StringBuilder("{");
    metadata.forEach((key, value) -> {
      AsciiJson.append(json, key).append(": ");
      AsciiJson.append(json, value).append(", ");
    });
    json.append("\"dm_filename\": ");
    AsciiJson.append(json, file).append(", \"dm_filesize\": ").append(bytes);
    json.append(", \"dm_signature\": ")
        .append(
            signature.entrySet().stream()
                .map(part -> "\"" + part.getKey() + "\": " + roles(part.getValue(), "\""))
                .collect(Collectors.joining(", ", "{", "}")));
    return json.append('}').toString();
  }

  private static String roles(SequencedMap<String, SequencedSet<Long>> roles, String quote) {
    return roles.entrySet().stream()
        .map(role -> quote + role.getKey() + quote + ": " + role.getValue())
        .collect(Collectors.joining(", ", "{", "}"));
  }
}
