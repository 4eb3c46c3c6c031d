package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
/// A part may have its weights in several variants. The plain ones are read unless a variant is
/// asked for, which is then read of the parts that have it.
///
/// @param weights of each part that Mokume reads, in the index's order: the file to open
/// @param others parts with weights that are no part of a checkpoint: `safety_checker`
/// @param variant that was asked for
/// @param without parts that do not have the variant which was asked for
/// @param unread variants that the folder has and that are not read
record PipelineFolder(
    Path folder,
    SequencedMap<String, Path> weights,
    List<String> others,
    Optional<String> variant,
    List<String> without,
    SequencedSet<String> unread) {
  static final String INDEX = "model_index.json";

  /// The index, and names that stand for a variant of the folder.
  private static final Pattern INDEX_OF_VARIANT =
      Pattern.compile("model_index(?:\\.([A-Za-z0-9_]+))?\\.json");

  private static final Pattern VARIANT = Pattern.compile("[A-Za-z0-9_]+");

  private static final long LONGEST_INDEX = 1 << 20;

  /// The parts of which checkpoints are made.
  private static final Set<String> PARTS =
      Set.of("unet", "transformer", "vae", "text_encoder", "text_encoder_2", "text_encoder_3");

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

  private static boolean is(Path folder) {
    return Files.isRegularFile(folder.resolve(INDEX));
  }

  /// @throws MokumeException `UNREADABLE_INPUT` for a name that no variant can have
  static Path variant(Path model, String variant) {
    if (!VARIANT.matcher(variant).matches()) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          "a variant cannot be called "
              + Quoted.name(variant)
              + "; names have letters, digits and underscores, as in fp16.");
    }
    return is(model) ? model.resolve("model_index." + variant + ".json") : model;
  }

  /// Nothing if `path` is neither such a folder nor its index.
  ///
  /// @throws MokumeException `MALFORMED_CHECKPOINT` for an index that is none or leads out of the
  ///   folder, `UNREADABLE_INPUT` if there are no weights or it is not clear which are meant
  static Optional<PipelineFolder> of(Path path, List<CheckpointFormat> formats) {
    if (is(path)) {
      return Optional.of(read(path, Optional.empty(), formats));
    }
    Path folder = path.toAbsolutePath().getParent();
    Matcher index = INDEX_OF_VARIANT.matcher(String.valueOf(path.getFileName()));
    if (folder == null || !index.matches() || !is(folder)) {
      return Optional.empty();
    }
    Path given = path.getParent();
    return Optional.of(
        read(given == null ? Path.of("") : given, Optional.ofNullable(index.group(1)), formats));
  }

  private static PipelineFolder read(
      Path folder, Optional<String> variant, List<CheckpointFormat> formats) {
    SequencedMap<String, Path> weights = new LinkedHashMap<>();
    List<String> others = new ArrayList<>();
    List<String> without = new ArrayList<>();
    SequencedSet<String> unread = new LinkedHashSet<>();
    for (String part : parts(folder.resolve(INDEX))) {
      Path inside = folder.resolve(part);
      if (!Files.isDirectory(inside)) {
        continue;
      }
      PartWeights files = PartWeights.of(inside, formats);
      if (files.isEmpty()) {
        continue;
      }
      if (!PARTS.contains(part)) {
        others.add(part);
        continue;
      }
      weights.put(part, files.file(variant));
      variant.filter(name -> !files.variants().containsKey(name)).ifPresent(_ -> without.add(part));
      unread.addAll(files.unread(variant));
    }
    PipelineFolder read = new PipelineFolder(folder, weights, others, variant, without, unread);
    read.check();
    return read;
  }

  private void check() {
    if (weights.isEmpty()) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          folder
              + ": is a folder in the layout of diffusers, but none of the parts that its "
              + INDEX
              + " names has weights in it; fetch the whole folder, or name a checkpoint file.");
    }
    if (variant.isPresent() && without.size() == weights.size()) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          folder
              + ": has no weights of the variant "
              + Quoted.name(variant.get())
              + (unread.isEmpty()
                  ? ", nor of any other; leave the variant out."
                  : "; it has " + Quoted.list(List.copyOf(unread), SHOWN) + "."));
    }
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
          ErrorCode.UNREADABLE_INPUT, index + ": cannot be read: " + Reason.of(e) + ".", e);
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

  private static MokumeException malformed(Path index, String why) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, index + ": " + why);
  }
}
