package dev.mokume.checkpoint;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A way to store named tensors. Found by `ServiceLoader`: a new format is one class and one line
/// in `module-info.java`.
public interface CheckpointFormat {
  /// How many of a file's first bytes [#recognises] gets, if the file has them.
  int START_LENGTH = 16;

  /// As a person calls it: `safetensors`.
  String name();

  /// With the dot and in lower case, the usual one first: `.safetensors`.
  List<String> extensions();

  /// Ends of the names of files that list the shards of a set: `.safetensors.index.json`. Empty if
  /// the format has no sets.
  List<String> indexExtensions();

  /// Whether a file of that name lists, or is the first of, the shards of a set.
  default boolean opensSet(String file) {
    return Checkpoints.hasExtension(file, indexExtensions());
  }

  /// Whether a file that begins with these bytes can only be of this format. A file that no format
  /// recognises is opened by its extension.
  boolean recognises(byte[] start);

  /// Opens one file. Closing the checkpoint closes the source; a failure closes it too.
  ///
  /// @throws dev.mokume.error.MokumeException `MALFORMED_CHECKPOINT` with every problem found
  Checkpoint open(ByteSource source);

  /// Opens the set of shards that `index` lists. Closing the checkpoint closes them; `index` is
  /// closed before returning.
  ///
  /// @param name what a person calls the set, for messages
  Checkpoint openSet(String name, ByteSource index, Shards shards);

  /// Whether Mokume writes it; only then [#layout] is called.
  default boolean isWritten() {
    return true;
  }

  /// Whether a file of this format can hold tensors of that dtype.
  boolean stores(DType dtype);

  /// The dtype in which a tensor is usually stored in a file that is to hold `wanted`, which the
  /// format can hold: quantised files keep some tensors precise.
  ///
  /// @param tensor as it is now
  /// @param names of all tensors of the file
  default DType storedAs(TensorSpec tensor, DType wanted, Collection<String> names) {
    return wanted;
  }

  /// Settles a new file's bytes: the same for the same tensors and metadata, whatever their order.
  ///
  /// @param carriedOver of the first model that has something of the kind; a format takes what is
  ///   its own, and what the metadata says of it anew
  /// @throws dev.mokume.error.MokumeException `UNWRITABLE_OUTPUT` if the format cannot hold them
  CheckpointLayout layout(
      Collection<TensorEntry> tensors,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver);

  /// The bytes of the index of a new set of shards.
  ///
  /// @param shardOf the file of each tensor: a plain name, without folders
  /// @param bytes of all tensors together
  default byte[] index(Map<String, String> shardOf, long bytes) {
    throw new UnsupportedOperationException(name() + " has no sets of shards");
  }

  /// The files that lie beside an index.
  @FunctionalInterface
  interface Shards {
    /// @param file a plain file name, without folders
    ByteSource open(String file);
  }
}
