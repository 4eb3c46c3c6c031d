package dev.mokume.plugin;

/// What a [TensorMethod] works on: one tensor's inputs, and room for the result.
public interface TensorCall {
  /// The tensor and the parameters.
  Setting setting();

  /// An input, in memory as a whole.
  ///
  /// @param number from 0
  WholeTensor input(int number);

  /// Where the result goes; its content is undefined until it is set.
  WholeTensor output();

  /// A stream of random numbers; the same numbers each time that it is asked for.
  ///
  /// @param stream from 0 to the method's number of streams
  /// @param count how many numbers will be drawn at most: torch's normal deviates depend on it
  RandomNumbers random(int stream, long count);
}
