package dev.mokume.checkpoint;

/// Opens an output once its size is known: for outputs that are not files, such as objects in a
/// store.
@FunctionalInterface
public interface OutputOpener {
  /// @param size the bytes that the output will have
  ByteSink open(long size);
}
