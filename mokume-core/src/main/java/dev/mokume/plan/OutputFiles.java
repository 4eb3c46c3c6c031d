package dev.mokume.plan;

import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Result;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The files that an output becomes: one, or shards and their index.
final class OutputFiles {
  /// The name of an output whose name does not matter.
  static final Path USUAL = Path.of("output.safetensors");

  private OutputFiles() {}

  /// The format that an output's name chooses; masks are always safetensors.
  ///
  /// @throws MokumeException if there is no such format
  static CheckpointFormat format(MergeOutput output) {
    boolean isMask = output.recipe().result() instanceof Result.MaskFile;
    CheckpointFormat named = Checkpoints.formatOf(output.file());
    return isMask ? usualFormat() : named;
  }

  static CheckpointFormat usualFormat() {
    return Checkpoints.formatOf(USUAL);
  }

  /// Where everything lies in each of them.
  ///
  /// @throws MokumeException if it cannot be written so
  static SequencedMap<Path, CheckpointLayout> of(
      MergeOutput output,
      List<TensorEntry> entries,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver) {
    if (!Checkpoints.isIndex(output.file())) {
      return one(output.file(), format(output).layout(entries, metadata, carriedOver));
    }
    if (output.recipe().result() instanceof Result.MaskFile) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          output.file()
              + ": a mask is one file and not in shards; give it a name that ends in"
              + " .safetensors.");
    }
    return Checkpoints.layouts(output.file(), entries, metadata, output.largestShard());
  }

  /// A file with nothing in it, in the place of those that cannot be written.
  static SequencedMap<Path, CheckpointLayout> none(MergeOutput output) {
    return one(output.file(), new CheckpointLayout(new byte[0], List.of()));
  }

  private static SequencedMap<Path, CheckpointLayout> one(Path path, CheckpointLayout layout) {
    SequencedMap<Path, CheckpointLayout> file = new LinkedHashMap<>();
    file.put(path, layout);
    return file;
  }
}
