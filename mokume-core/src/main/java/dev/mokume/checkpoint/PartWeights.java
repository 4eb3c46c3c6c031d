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
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The files of weights that a part of a folder in the layout of the diffusers library has.
///
/// Of several formats and names the usual one counts, as [CheckpointFormat]s are ordered.
///
/// @param plain the files that are of no variant; the first counts
/// @param variants the file of each variant: `fp16` of `model.fp16.safetensors`
record PartWeights(Path part, List<String> plain, SequencedMap<String, String> variants) {
  /// What the plain weights are called among variants, for people.
  static final String PLAIN = "(plain)";

  /// What weights are called, the usual name first; a variant stands between it and the extension.
  private static final List<String> STEMS =
      List.of("diffusion_pytorch_model", "model", "pytorch_model");

  private static final int SHOWN = 5;

  static PartWeights of(Path part, List<CheckpointFormat> formats) {
    List<String> names = names(part);
    List<String> plain = new ArrayList<>();
    SequencedMap<String, String> variants = new LinkedHashMap<>();
    for (CheckpointFormat format : formats) {
      for (String stem : STEMS) {
        Stream.concat(format.extensions().stream(), format.indexExtensions().stream())
            .map(extension -> stem + extension)
            .filter(names::contains)
            .forEach(plain::add);
        names.forEach(
            name -> variant(name, stem, format).ifPresent(v -> variants.putIfAbsent(v, name)));
      }
    }
    return new PartWeights(part, plain, variants);
  }

  boolean isEmpty() {
    return plain.isEmpty() && variants.isEmpty();
  }

  /// The file of the variant if there is one, else the plain one, else that of the only variant.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it is not clear which is meant
  Path file(Optional<String> variant) {
    Optional<String> wanted = variant.map(variants::get).or(() -> plain.stream().findFirst());
    if (wanted.isEmpty() && variants.size() > 1) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          part
              + ": holds several variants of its weights and no plain one, "
              + Quoted.list(List.copyOf(variants.values()), SHOWN)
              + "; say which one is meant, as with --variant "
              + variants.firstEntry().getKey()
              + ".");
    }
    return part.resolve(wanted.orElseGet(() -> variants.firstEntry().getValue()));
  }

  /// The variants besides the one that is read.
  SequencedSet<String> unread(Optional<String> variant) {
    String read = String.valueOf(file(variant).getFileName());
    SequencedSet<String> unread = new TreeSet<>(variants.keySet());
    unread.removeIf(name -> read.equals(variants.get(name)));
    if (!plain.isEmpty() && !plain.contains(read)) {
      unread.add(PLAIN);
    }
    return unread;
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
          part + ": the folder cannot be listed: " + Reason.of(e) + ".",
          e);
    }
  }
}
