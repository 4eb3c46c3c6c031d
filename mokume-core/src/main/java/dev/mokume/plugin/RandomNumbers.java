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

  /// The same numbers where more digits are wanted, if the generator has more: multiples of 2^-53
  /// from numpy's, of 2^-24 from the others.
  ///
  /// @param out filled from index 0 on
  default void uniform(double[] out, int count) {
    float[] drawn = new float[count];
    uniform(drawn, count);
    for (int i = 0; i < count; i++) {
      out[i] = drawn[i];
    }
  }

  /// The next so many, normal, of mean 0 and deviation 1.
  ///
  /// @param out filled from index 0 on
  void normal(float[] out, int count);
}
