package dev.mokume;

import dev.mokume.error.Quoted;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What lies beside the weights of a folder in the layout of the diffusers library.
///
/// It is copied from another such folder where there is one, else written as the architecture's
/// published folder has it.
final class PipelineFiles {
  private static final String INDEX = "model_index.json";
  private static final String CONFIG = "config.json";
  private static final String QUANTISATION = "quantization_config";

  /// More than any vocabulary of a tokenizer takes.
  private static final long LARGEST_COPIED = 64L << 20;

  private static final long LARGEST_JSON = 1 << 20;
  private static final int MOST_COPIED = 100;
  private static final int SHOWN = 8;

  /// Of which diffusers version the folder is; that library wants one to be there.
  private static final String VERSION = "0.30.0";

  private final Path folder;
  private final PipelineKind kind;
  private final Optional<Path> source;
  private final Set<String> beside = new TreeSet<>();
  private final List<String> notes = new ArrayList<>();

  /// @param source the folder to copy from
  PipelineFiles(Path folder, PipelineKind kind, Optional<Path> source) {
    this.folder = folder;
    this.kind = kind;
    this.source = source;
  }

  /// @param tensors the shapes of the part's tensors
  /// @param isCopy whether all of them are as the first model has them
  void writeConfig(PipelineKind.Part part, Map<String, Shape> tensors, boolean isCopy)
      throws IOException {
    Optional<ObjectNode> known = source.flatMap(from -> json(from.resolve(part.name()), CONFIG));
    if (!isCopy && !isScaled(tensors.keySet())) {
      known.ifPresent(config -> dequantise(part, config));
    }
    write(
        folder.resolve(part.name()).resolve(CONFIG),
        known.orElseGet(() -> PipelineConfig.of(part.config(), tensors)));
  }

  private static boolean isScaled(Set<String> tensors) {
    return tensors.stream()
        .anyMatch(name -> name.endsWith(".weight_scale") || name.endsWith(".weight_scale_inv"));
  }

  /// A loader would take plain weights for quantised ones.
  private void dequantise(PipelineKind.Part part, ObjectNode config) {
    if (config.remove(QUANTISATION) != null) {
      notes.add(
          "%s: %s is left out of the %s of '%s', whose weights are plain now."
              .formatted(folder, QUANTISATION, CONFIG, part.name()));
    }
  }

  /// Copies scheduler, tokenizers and the like, and notes what is nowhere to be had.
  void copyBeside() throws IOException {
    Set<String> missing = new TreeSet<>();
    for (String part : kind.beside().sequencedKeySet()) {
      if (source.isPresent() && Files.isDirectory(source.get().resolve(part))) {
        copy(source.get().resolve(part), folder.resolve(part));
        beside.add(part);
      } else if (!Files.isDirectory(folder.resolve(part))) {
        missing.add(part);
      }
    }
    if (!missing.isEmpty()) {
      notes.add(
          folder
              + ": lacks "
              + Quoted.list(List.copyOf(missing), SHOWN)
              + ", which no checkpoint holds: copy them from a folder of a model of this kind, or"
              + " give them to the diffusers library where the folder is opened.");
    }
  }

  private void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(from)) {
      files = entries.filter(Files::isRegularFile).sorted().limit(MOST_COPIED).toList();
    }
    Files.createDirectories(to);
    for (Path file : files) {
      if (Files.size(file) <= LARGEST_COPIED) {
        Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
      } else {
        notes.add(file + ": is too large for a part that has no weights and is not copied.");
      }
    }
  }

  /// @param written the parts that have weights in the folder
  void writeIndex(Set<String> written) throws IOException {
    write(
        folder.resolve(INDEX),
        source
            .flatMap(from -> json(from, INDEX))
            .map(known -> adapted(known, written))
            .orElseGet(() -> published(written)));
  }

  private ObjectNode published(Set<String> written) {
    TreeMap<String, JsonNode> parts = new TreeMap<>(kind.beside());
    kind.parts().stream()
        .filter(part -> written.contains(part.name()))
        .forEach(part -> parts.put(part.name(), part.type()));
    kind.parts().stream()
        .filter(part -> !written.contains(part.name()))
        .forEach(part -> parts.put(part.name(), nothing()));
    kind.without().forEach(part -> parts.put(part, nothing()));
    kind.settings().properties().forEach(entry -> parts.put(entry.getKey(), entry.getValue()));
    ObjectNode index = JsonNodeFactory.instance.objectNode();
    index.put("_class_name", kind.className());
    index.put("_diffusers_version", VERSION);
    parts.forEach(index::set);
    return index;
  }

  /// Another folder's index, less the parts that are not here.
  private ObjectNode adapted(ObjectNode known, Set<String> written) {
    ObjectNode index = known.deepCopy();
    for (Map.Entry<String, JsonNode> entry : known.properties()) {
      String part = entry.getKey();
      if (entry.getValue().isArray() && !written.contains(part) && !beside.contains(part)) {
        index.set(part, nothing());
      }
    }
    kind.parts().stream()
        .filter(part -> written.contains(part.name()) && !known.path(part.name()).isArray())
        .forEach(part -> index.set(part.name(), part.type()));
    return index;
  }

  private static JsonNode nothing() {
    return JsonNodeFactory.instance.arrayNode().addNull().addNull();
  }

  /// A JSON object of a folder; nothing if there is none, or if it is something else.
  private static Optional<ObjectNode> json(Path folder, String name) {
    Path file = folder.resolve(name);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > LARGEST_JSON) {
        return Optional.empty();
      }
      return JsonMapper.shared().readTree(Files.readAllBytes(file)) instanceof ObjectNode object
          ? Optional.of(object)
          : Optional.empty();
    } catch (IOException | JacksonException e) {
      return Optional.empty();
    }
  }

  private static void write(Path file, ObjectNode json) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".part");
    String text = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json);
    Files.writeString(temporary, text.replace("\r\n", "\n") + "\n");
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }

  List<String> notes() {
    return notes;
  }
}
