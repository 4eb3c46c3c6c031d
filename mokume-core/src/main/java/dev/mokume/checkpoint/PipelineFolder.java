package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/// A folder in the layout of the diffusers library: `model_index.json` names the parts of a model,
/// each of which has a folder of its own.
///
/// @param weights of each part that Mokume reads, in the index's order: the file to open
/// @param others parts with weights that are no part of a checkpoint: `safety_checker`
record PipelineFolder(Path folder, SequencedMap<String, Path> weights, List<String> others) {
  static final String INDEX = "model_index.json";

  private static final long LONGEST_INDEX = 1 << 20;

  /// The parts of which checkpoints are made.
  private static final Set<String> PARTS =
      Set.of("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3");

  /// What weights are called, the usual name first; a variant stands between it and the extension.
  private static final List<String> STEMS =
      List.of("diffusion_pytorch_model", "model", "pytorch_model");

  private static final int SHOWN = 5;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(16)
                  .maxNameLength(1_000)
                  .maxStringLength(100_000)
                  .build())
          .build();

  static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(INDEX));
  }

  /// @throws MokumeException `MALFORMED_CHECKPOINT` for an index that is none or leads out of the
  ///   folder, `UNREADABLE_INPUT` if there are no weights or it is not clear which are meant
  static PipelineFolder of(Path folder, List<CheckpointFormat> formats) {
    SequencedMap<String, Path> weights = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    for (String part : parts(folder.resolve(INDEX))) {
      Path inside = folder.resolve(part);
      Optional<Path> file = Files.isDirectory(inside) ? weights(inside, formats) : Optional.empty();
      if (file.isPresent() && PARTS.contains(part)) {
        weights.put(part, file.get());
      } else if (file.isPresent()) {
        others.add(part);
      }
    }
    if (weights.isEmpty()) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          folder
              + ": is a folder in the layout of diffusers, but none of the parts that its "
              + INDEX
              + " names has weights in it; fetch the whole folder, or name a checkpoint file.");
    }
    return new PipelineFolder(folder, weights, others);
  }

  /// The names of an index that stand for parts: those of a list of a library and a class.
  private static List<String> parts(Path index) {
    byte[] text = bytes(index);
    List<String> parts = new ArrayList<>();
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw malformed(index, "is not a JSON object, so it names no parts of a model.");
      }
      String name;
      while ((name = json.nextName()) != null) {
        if (json.nextToken() != JsonToken.START_ARRAY) {
          json.skipChildren();
          continue;
        }
        if (json.nextToken() == JsonToken.VALUE_STRING) {
          parts.add(plain(index, name));
        }
        while (json.currentToken() != JsonToken.END_ARRAY) {
          json.skipChildren();
          json.nextToken();
        }
      }
    } catch (JacksonException e) {
      throw malformed(index, "is not JSON: the file is damaged.");
    }
    return parts;
  }

  private static byte[] bytes(Path index) {
    try {
      if (Files.size(index) > LONGEST_INDEX) {
        throw malformed(
            index, "is longer than " + LONGEST_INDEX + " bytes, the most that is allowed.");
      }
      return Files.readAllBytes(index);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT, index + ": cannot be read: " + FileSource.reason(e) + ".", e);
    }
  }

  private static String plain(Path index, String name) {
    boolean plain =
        !name.isBlank()
            && name.length() <= 255
            && !name.startsWith(".")
            && name.chars()
                .noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
    if (!plain) {
      throw malformed(
          index,
          "has a part "
              + Quoted.name(name)
              + ", but a part is a folder beside the index, named without others. Do not use this"
              + " folder unless you trust where it comes from.");
    }
    return name;
  }

  /// The file of a part's weights: the plain one, else its only variant; nothing if it has none.
  private static Optional<Path> weights(Path part, List<CheckpointFormat> formats) {
    List<String> names = names(part);
    SequencedMap<String, String> variants = new LinkedHashMap<>();
    for (CheckpointFormat format : formats) {
      for (String stem : STEMS) {
        for (String extension : format.extensions()) {
          if (names.contains(stem + extension)) {
            return Optional.of(part.resolve(stem + extension));
          }
        }
        for (String extension : format.indexExtensions()) {
          if (names.contains(stem + extension)) {
            return Optional.of(part.resolve(stem + extension));
          }
        }
        names.forEach(name -> variant(name, stem, format).ifPresent(v -> variants.put(v, name)));
      }
    }
    if (variants.size() > 1) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          part
              + ": holds several variants of its weights and no plain one, "
              + Quoted.list(List.copyOf(variants.values()), SHOWN)
              + "; leave the one that is meant in the folder.");
    }
    return variants.values().stream().findFirst().map(part::resolve);
  }

  /// The variant that a file is of: `fp16` of `model.fp16.safetensors`, and of
  /// `model.safetensors.index.fp16.json`. Shards are no variants.
  private static Optional<String> variant(String name, String stem, CheckpointFormat format) {
    List<Map.Entry<String, String>> forms = new ArrayList<>();
    format.extensions().forEach(extension -> forms.add(Map.entry(stem + ".", extension)));
    format.indexExtensions().stream()
        .filter(extension -> extension.endsWith(".json"))
        .map(extension -> extension.substring(0, extension.length() - "json".length()))
        .forEach(start -> forms.add(Map.entry(stem + start, ".json")));
    for (Map.Entry<String, String> form : forms) {
      int length = name.length() - form.getKey().length() - form.getValue().length();
      if (length > 0 && name.startsWith(form.getKey()) && name.endsWith(form.getValue())) {
        String variant = name.substring(form.getKey().length(), form.getKey().length() + length);
        if (variant.matches("[A-Za-z0-9_]+")) {
          return Optional.of(variant.toLowerCase(Locale.ROOT));
        }
      }
    }
    return Optional.empty();
  }

  private static List<String> names(Path part) {
    try (Stream<Path> entries = Files.list(part)) {
      return entries
          .filter(Files::isRegularFile)
          .map(entry -> String.valueOf(entry.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          part + ": the folder cannot be listed: " + FileSource.reason(e) + ".",
          e);
    }
  }

  private static MokumeException malformed(Path index, String why) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, index + ": " + why);
  }
}
