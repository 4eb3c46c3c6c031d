package dev.mokume.error;

/// The category of a failure. Core knows only this; the command line maps each to an exit code and
/// the server to an HTTP status, in one exhaustive switch each.
public enum ErrorCode {
  /// A value of a recipe, an option or an API call is wrong.
  INVALID_RECIPE,
  /// A file does not exist, is a directory, or may not be read.
  UNREADABLE_INPUT,
  /// A file exists but breaks the rules of its format.
  MALFORMED_CHECKPOINT,
  /// A file is sound but holds something that Mokume does not blend (yet).
  UNSUPPORTED_CHECKPOINT,
  /// The processor is of a kind on which Mokume does not merge.
  UNSUPPORTED_PROCESSOR,
  /// The inputs do not fit each other: architectures, shapes, prediction types, masks.
  MISMATCHED_INPUTS,
  /// A weight is NaN or infinite where that would spread.
  NON_FINITE_WEIGHTS,
  /// The output exists, is an input, or may not be written.
  UNWRITABLE_OUTPUT,
  /// There is not enough free space for the output.
  NO_SPACE,
  /// The memory budget is too small for what was asked.
  MEMORY_BUDGET,
  /// An input changed while it was being read.
  INPUT_CHANGED,
  /// Reading or writing failed half-way.
  IO_FAILED,
  /// The caller cancelled.
  CANCELLED
}
