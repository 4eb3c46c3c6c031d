package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/// Where the files lie that workflows name: ComfyUI's `models` folder, and what
/// `extra_model_paths.yaml` adds to it.
///
/// A name is a path below one of the folders, with either kind of slash; one that would lead out of
/// them is refused.
public final class ModelFolders {
  /// ComfyUI's file for further folders.
  static final String EXTRA_PATHS = "extra_model_paths.yaml";

  private static final int DEEPEST = 8;
  private static final int MOST_FILES = 100_000;
  private static final int LONGEST_YAML = 1 << 20;

  private static final List<String> EXTENSIONS =
      List.of(
          ".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".pkl", ".gguf", ".json");

  private final Path root;
  private final Map<ModelFolder, List<Path>> folders;

  private ModelFolders(Path root, Map<ModelFolder, List<Path>> folders) {
    this.root = root;
    this.folders = folders;
  }

  /// The folders at and below `root`: a folder like ComfyUI's `models`, the folder that ComfyUI is
  /// installed in, or one with all files in it.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if there is no such folder; `INVALID_RECIPE` if its
  ///   `extra_model_paths.yaml` is not as ComfyUI reads it
  public static ModelFolders of(Path root) {
    if (!Files.isDirectory(root)) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          "the models folder %s does not exist; name ComfyUI's models folder, or one like it, with"
                  .formatted(root)
              + " --models DIR.");
    }
    Map<ModelFolder, List<Path>> folders = new EnumMap<>(ModelFolder.class);
    Path inside = root.resolve("models");
    for (ModelFolder folder : ModelFolder.values()) {
      List<Path> places = new ArrayList<>();
      for (Path base : List.of(root, inside)) {
        folder.names().forEach(name -> places.add(base.resolve(name)));
      }
      folders.put(folder, places);
    }
    for (Path file : List.of(root.resolve(EXTRA_PATHS), parent(root).resolve(EXTRA_PATHS))) {
      if (Files.isRegularFile(file)) {
        addExtra(file, folders);
        break;
      }
    }
    folders.values().forEach(places -> places.add(root));
    return new ModelFolders(root, folders);
  }

  private static Path parent(Path folder) {
    Path parent = folder.toAbsolutePath().normalize().getParent();
    return parent == null ? folder : parent;
  }

  private static void addExtra(Path file, Map<ModelFolder, List<Path>> folders) {
    Object document = parse(file);
    if (!(document instanceof Map<?, ?> sections)) {
      return;
    }
    sections.forEach((_, section) -> {
      if (section instanceof Map<?, ?> entries) {
        addSection(file, entries, folders);
      }
    });
  }

  /// One installation's folders. Those of a section that is the default come before all others.
  private static void addSection(
      Path file, Map<?, ?> entries, Map<ModelFolder, List<Path>> folders) {
    Path base = parent(file).resolve(EXTRA_PATHS).resolveSibling("");
    if (entries.get("base_path") instanceof String text) {
      base = resolve(file, base, expanded(text));
    }
    boolean first = Boolean.TRUE.equals(entries.get("is_default"));
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      Optional<ModelFolder> folder = ModelFolder.of(String.valueOf(entry.getKey()));
      if (folder.isEmpty() || !(entry.getValue() instanceof String lines)) {
        continue;
      }
      List<Path> places = new ArrayList<>();
      for (String line : lines.lines().map(String::strip).toList()) {
        if (!line.isEmpty()) {
          places.add(resolve(file, base, line));
        }
      }
      List<Path> known = Objects.requireNonNull(folders.get(folder.get()));
      known.addAll(first ? 0 : known.size(), places);
    }
  }

  private static String expanded(String path) {
    return path.startsWith("~") ? System.getProperty("user.home") + path.substring(1) : path;
  }

  private static Path resolve(Path file, Path base, String text) {
    try {
      return base.resolve(text.replace('\\', '/')).normalize();
    } catch (InvalidPathException e) {
      throw malformed(file, "names a folder that cannot be one: " + e.getReason(), e);
    }
  }

  private static Object parse(Path file) {
    try {
      if (Files.size(file) > LONGEST_YAML) {
        throw malformed(file, "is larger than any such file", null);
      }
      LoadSettings settings =
          LoadSettings.builder()
              .setLabel(file.toString())
              .setCodePointLimit(LONGEST_YAML)
              .setMaxAliasesForCollections(50)
              .build();
      Object document = new Load(settings).loadFromString(Files.readString(file));
      return document == null ? Map.of() : document;
    } catch (YamlEngineException e) {
      throw malformed(file, "is not YAML that ComfyUI reads (" + firstLine(e) + ")", e);
    } catch (IOException e) {
      throw malformed(file, "cannot be read (" + Reason.of(e) + ")", e);
    }
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static MokumeException malformed(Path file, String why, @Nullable Throwable cause) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, file + " " + why + ".", cause);
  }

  /// The folder that all of it was made from.
  public Path root() {
    return root;
  }

  /// The file that a workflow calls `name`, if it is there.
  Optional<Path> find(ModelFolder folder, String name) {
    if (!staysInside(name)) {
      return Optional.empty();
    }
    String relative = name.replace('\\', '/');
    return places(folder)
        .map(place -> place.resolve(relative))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /// Whether a name leads to a file below the folders, wherever that is.
  static boolean staysInside(String name) {
    String relative = name.replace('\\', '/');
    if (relative.isBlank() || relative.startsWith("/") || relative.matches("[A-Za-z]:.*")) {
      return false;
    }
    try {
      Path path = Path.of(relative).normalize();
      return !path.isAbsolute() && !path.startsWith("..") && !path.toString().isEmpty();
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /// Where the file of that name would be.
  Path wouldBe(ModelFolder folder, String name) {
    Path first =
        places(folder)
            .filter(Files::isDirectory)
            .findFirst()
            .orElse(root.resolve(folder.names().getFirst()));
    return staysInside(name) ? first.resolve(name.replace('\\', '/')) : first;
  }

  private Stream<Path> places(ModelFolder folder) {
    return Objects.requireNonNull(folders.get(folder)).stream();
  }

  /// The names of all files of a kind, sorted; with forward slashes.
  public List<String> list(ModelFolder folder) {
    TreeSet<String> names = new TreeSet<>();
    places(folder)
        .filter(place -> !place.equals(root) && Files.isDirectory(place))
        .forEach(place -> {
          try (Stream<Path> files = Files.walk(place, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
            files
                .limit(MOST_FILES)
                .filter(file -> isModel(file) && Files.isRegularFile(file))
                .forEach(file -> names.add(place.relativize(file).toString().replace('\\', '/')));
          } catch (IOException | UncheckedIOException e) {
            // A folder that cannot be listed has no names to offer; opening a file in it will tell.
            names.addAll(List.of());
          }
        });
    if (names.isEmpty()) {
      names.addAll(loose());
    }
    return List.copyOf(names);
  }

  /// The files that lie in the root itself.
  private List<String> loose() {
    try (Stream<Path> files = Files.list(root)) {
      return files
          .limit(MOST_FILES)
          .filter(file -> isModel(file) && Files.isRegularFile(file))
          .map(file -> String.valueOf(file.getFileName()))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static boolean isModel(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return EXTENSIONS.stream().anyMatch(name::endsWith);
  }
}
