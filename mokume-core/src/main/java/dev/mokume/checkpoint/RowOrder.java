package dev.mokume.checkpoint;

/// Where a file has the rows of a tensor, if not in their order: which row of the file is the one
/// that is called `row`. Every row has a place of its own.
@FunctionalInterface
public interface RowOrder {
  long place(long row);
}
