package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.FileSource;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Version;
import dev.mokume.recipe.Result;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// An output of Mokume's that is there, and what its metadata say of how it was made.
///
/// @param file as a person named it
/// @param checkpoint the same, opened
record OlderOutput(Path file, Checkpoint checkpoint) implements AutoCloseable {
  /// Opens it.
  ///
  /// @param result what the new recipe makes
  /// @throws MokumeException if it is not there, if it is damaged, or if it is no output of
  ///   Mokume's or one of another kind, which is then not to be replaced
  static OlderOutput open(Path file, Result result) {
    if (!Files.exists(file)) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          file + ": there is no such file, so there is nothing to bring up to date; merge anew.");
    }
    OlderOutput older = new OlderOutput(file, Checkpoints.open(file));
    if (!older.checkpoint.metadata().containsKey(Provenance.RECIPE)) {
      throw older.leftAlone("carries no recipe, so Mokume did not write it,");
    }
    boolean isMask = older.checkpoint.metadata().containsKey(MaskFile.SHAPES);
    if (isMask != result instanceof Result.MaskFile) {
      throw older.leftAlone(
          isMask
              ? "is a mask, but the recipe makes a checkpoint,"
              : "is a checkpoint, but the recipe makes a mask,");
    }
    return older;
  }

  /// Why it is not to be replaced. Closes it.
  private MokumeException leftAlone(String why) {
    close();
    return new MokumeException(
        ErrorCode.UNWRITABLE_OUTPUT,
        file + ": " + why + " and it is left alone; choose another name for the output.");
  }

  /// The text of the recipe that it was made by, with names in the place of paths.
  String recipe() {
    return metadata(Provenance.RECIPE);
  }

  RecordedInputs inputs() {
    return RecordedInputs.of(metadata(Provenance.INPUTS), file.toString());
  }

  private String metadata(String key) {
    return checkpoint.metadata().getOrDefault(key, "");
  }

  /// Makes sure that it is of this version: others may round otherwise.
  void requireThisVersion() {
    String then = metadata(Provenance.VERSION);
    if (!then.equals(Version.current())) {
      throw unknown("was written by Mokume " + then + ", and this is " + Version.current() + ".");
    }
  }

  /// Makes sure that everything but the tensors' values is as Mokume writes it: the sizes of the
  /// files, which tensors they have in which order, the metadata. What another program has written
  /// since, it has hardly written so.
  ///
  /// @param again how it was made, planned anew
  void requireWrittenBy(PreparedMerge again) {
    Map<String, String> metadata = new TreeMap<>(again.metadata());
    for (String key : List.of(Provenance.RECIPE, Provenance.INPUTS)) {
      metadata.put(key, metadata(key));
    }
    boolean isWrittenSo =
        again.plan().problems().isEmpty()
            && again.filesWith(metadata).entrySet().stream()
                .allMatch(planned -> isWrittenAs(planned.getKey(), planned.getValue()));
    if (!isWrittenSo) {
      throw unknown(
          "is not as Mokume writes what its recipe makes: "
              + (Checkpoints.isIndex(file)
                  ? "its shards had another greatest size (--max-shard), or something has changed"
                      + " it since."
                  : "something has changed it since."));
    }
  }

  /// Whether a file has that size, and that header from the first byte to the last.
  static boolean isWrittenAs(Path path, CheckpointLayout layout) {
    if (!Files.isRegularFile(path)) {
      return false;
    }
    byte[] header = layout.header();
    try (ByteSource source = FileSource.open(path);
        Arena arena = Arena.ofConfined()) {
      if (source.size() != layout.size()) {
        return false;
      }
      MemorySegment start = arena.allocate(header.length);
      source.read(0, start);
      return start.mismatch(MemorySegment.ofArray(header)) == -1;
    }
  }

  /// The bytes of one of its tensors.
  ///
  /// @throws MokumeException if it does not have that tensor
  StoredTensor tensor(TensorEntry entry) {
    StoredTensor tensor = checkpoint.tensors().get(entry.name());
    if (tensor == null
        || !tensor.spec().equals(entry.spec())
        || tensor.length() != entry.length()) {
      throw unknown("does not have its tensors under the names that it was written with.");
    }
    return tensor;
  }

  /// Why it cannot be told how its tensors were made.
  MokumeException unknown(String clause) {
    return new MokumeException(ErrorCode.MISMATCHED_INPUTS, file + " " + clause);
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
