package dev.mokume.plugin;

/// A stream of random numbers, drawn one after the other. It follows from the recipe's seed, the
/// method's place in the recipe and the tensor's name; or it is that of torch's generator, if the
/// recipe says so.
///
/// A stream gives either uniform or normal numbers.
public interface RandomNumbers {
  /// The next so many, uniform in [0, 1), multiples of 2^-24.
  ///
  /// @param out filled from index 0 on
  void uniform(float[] out, int count);

  /// The next so many, normal, of mean 0 and deviation 1.
  ///
  /// @param out filled from index 0 on
  void normal(float[] out, int count);
}
