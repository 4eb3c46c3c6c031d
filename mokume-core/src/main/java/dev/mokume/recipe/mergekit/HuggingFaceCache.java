package dev.mokume.recipe.mergekit;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The folder in which the Hugging Face libraries keep what they downloaded. It is read as it lies
/// there; nothing is downloaded.
///
/// `models--ORG--NAME/refs/main` holds a commit, and `snapshots/COMMIT` the files of it, as
/// symbolic links into `blobs`. Source: huggingface_hub's documentation of its cache.
public final class HuggingFaceCache {
  private static final Pattern REPOSITORY =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?");
  private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
  private static final String USUAL_REVISION = "main";
  private static final int MOST_REF_BYTES = 200;

  private final Path folder;

  /// @param folder with folders like `models--ORG--NAME`
  public HuggingFaceCache(Path folder) {
    this.folder = folder;
  }

  /// Where the libraries look: `HF_HUB_CACHE`, `HF_HOME/hub`, `~/.cache/huggingface/hub`.
  ///
  /// @param environment the process's variables
  public static HuggingFaceCache usual(Map<String, String> environment, Path home) {
    return new HuggingFaceCache(
        variable(environment, "HF_HUB_CACHE")
            .map(Path::of)
            .or(() -> variable(environment, "HF_HOME").map(base -> Path.of(base, "hub")))
            .or(() ->
                variable(environment, "XDG_CACHE_HOME")
                    .map(base -> Path.of(base, "huggingface", "hub")))
            .orElse(home.resolve(".cache").resolve("huggingface").resolve("hub")));
  }

  private static Optional<String> variable(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }

  /// Whether a text can be the name of a repository: `ORG/NAME`, or `NAME`.
  static boolean isRepository(String text) {
    return REPOSITORY.matcher(text).matches() && !text.contains("..");
  }

  /// The folder with a repository's files.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it is not there; the message has the command
  ///   that downloads it
  Path snapshot(String repository, Optional<String> revision) {
    Path own = folder.resolve("models--" + repository.replace("/", "--"));
    String wanted = revision.orElse(USUAL_REVISION);
    Path snapshots = own.resolve("snapshots");
    Optional<Path> found =
        commit(own, wanted)
            .map(snapshots::resolve)
            .filter(Files::isDirectory)
            .or(() -> abbreviated(snapshots, wanted));
    return found.orElseThrow(() ->
        new MokumeException(
            ErrorCode.UNREADABLE_INPUT,
            "model '"
                + repository
                + revision.map(name -> "@" + name).orElse("")
                + "' is neither a folder here nor in the Hugging Face cache "
                + folder
                + ". Mokume downloads nothing by itself; get it with: hf download "
                + repository
                + revision.map(name -> " --revision " + name).orElse("")));
  }

  private static Optional<Path> abbreviated(Path snapshots, String wanted) {
    if (!wanted.matches("[0-9a-f]{7,39}") || !Files.isDirectory(snapshots)) {
      return Optional.empty();
    }
    try (Stream<Path> all = Files.list(snapshots)) {
      List<Path> fitting =
          all.filter(path -> String.valueOf(path.getFileName()).startsWith(wanted)).toList();
      return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> commit(Path own, String revision) {
    if (COMMIT.matcher(revision).matches()) {
      return Optional.of(revision);
    }
    Path ref = own.resolve("refs").resolve(revision).normalize();
    try {
      if (!ref.startsWith(own.resolve("refs").normalize())
          || !Files.isRegularFile(ref)
          || Files.size(ref) > MOST_REF_BYTES) {
        return Optional.empty();
      }
      return Optional.of(Files.readString(ref).strip())
          .filter(text -> COMMIT.matcher(text).matches());
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
