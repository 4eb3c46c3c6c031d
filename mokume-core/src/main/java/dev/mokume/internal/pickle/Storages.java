package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import java.util.Optional;

/// Where a file keeps the elements of its tensors.
interface Storages {
  /// A range of a source.
  ///
  /// @param place where in the file it begins, to put ranges in order
  record Place(ByteSource source, long offset, long length, long place) {}

  Optional<Place> find(String key);

  /// Whether numbers of more than a byte begin with the highest.
  boolean isBigEndian();

  /// Those of a pickle alone.
  Storages NONE =
      new Storages() {
        @Override
        public Optional<Place> find(String key) {
          return Optional.empty();
        }

        @Override
        public boolean isBigEndian() {
          return false;
        }
      };
}
