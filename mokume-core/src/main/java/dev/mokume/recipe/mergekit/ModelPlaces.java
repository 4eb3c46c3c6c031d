package dev.mokume.recipe.mergekit;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where the models of a config lie: results of earlier configs, paths, the Hugging Face cache.
///
/// @param folders that relative paths are relative to, the first that has the path counts
/// @param results folders of what other configs of the same file make, by their names
public record ModelPlaces(List<Path> folders, HuggingFaceCache cache, Map<String, Path> results) {
  public ModelPlaces {
    folders = List.copyOf(folders);
    results = Map.copyOf(results);
  }

  /// The same, where what other configs make lies there.
  public ModelPlaces withResults(Map<String, Path> results) {
    return new ModelPlaces(folders, cache, results);
  }

  /// The folder or file of a model, as configs name one: `path`, `ORG/NAME@REVISION`.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it is nowhere; `INVALID_RECIPE` if the text
  ///   names none, or an adapter too
  public Path of(String model) {
    return of(
        ModelReference.parse(model, text -> isHere(text, folders))
            .filter(reference -> reference.adapter().isEmpty())
            .orElseThrow(() ->
                new MokumeException(
                    ErrorCode.INVALID_RECIPE,
                    "'" + model + "' is not the name of one model; write PATH or ORG/NAME.")));
  }

  /// The folder or file of a model, whatever its adapter.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it is nowhere
  Path of(ModelReference model) {
    Path result = results.get(model.path());
    if (result != null) {
      return result;
    }
    Optional<Path> local = local(model.path());
    if (local.isPresent() && model.revision().isEmpty()) {
      return local.get();
    }
    if (HuggingFaceCache.isRepository(model.path())) {
      return cache.snapshot(model.path(), model.revision());
    }
    throw new MokumeException(
        ErrorCode.UNREADABLE_INPUT,
        local.isPresent()
            ? "model '%s' is a folder here, and has no revisions; leave @%s out."
                .formatted(model.path(), model.revision().orElse(""))
            : "model '"
                + model.path()
                + "' does not exist; name a folder, a file or a repository"
                + " of the Hugging Face hub as ORG/NAME.");
  }

  /// Whether a text is the path of a folder or a file that is there.
  ///
  /// @param folders that it may be relative to
  static boolean isHere(String text, List<Path> folders) {
    return local(text, folders)
        .filter(place -> place.getFileSystem() == FileSystems.getDefault())
        .isPresent();
  }

  /// Whether a model is named by a repository of the hub, and not by a path.
  boolean isRepository(ModelReference model) {
    return !results.containsKey(model.path())
        && local(model.path()).isEmpty()
        && HuggingFaceCache.isRepository(model.path());
  }

  private Optional<Path> local(String text) {
    return local(text, folders);
  }

  private static Optional<Path> local(String text, List<Path> folders) {
    try {
      if (text.startsWith("~/")) {
        text = System.getProperty("user.home") + text.substring(1);
      }
      Path place = Checkpoints.place(text);
      if (place.getFileSystem() != FileSystems.getDefault()) {
        return Optional.of(place);
      }
      return folders.stream()
          .map(folder -> folder.resolve(place))
          .filter(Files::exists)
          .findFirst();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }
}
