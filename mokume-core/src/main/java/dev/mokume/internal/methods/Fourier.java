package dev.mokume.internal.methods;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The discrete Fourier transform of complex numbers, of any length: by its prime factors if they
/// are small, else as a convolution of a power of two (Bluestein). f64; angles by [StrictMath], so
/// that the result is the same everywhere.
///
/// Holds room for one transform, so it belongs to one thread.
final class Fourier {
  /// A stage of a factor costs its square.
  private static final int LARGEST_FACTOR = 13;

  private final int length;
  private final int[] factors;
  private final double[] cosines;
  private final double[] sines;
  private final double[] otherReal;
  private final double[] otherImaginary;
  private final @Nullable Bluestein bluestein;

  Fourier(int length) {
    this.length = length;
    this.factors = factors(length);
    boolean direct = factors.length == 0 || factors[factors.length - 1] <= LARGEST_FACTOR;
    this.bluestein = direct ? null : new Bluestein(length);
    int room = direct ? length : 0;
    this.cosines = new double[room];
    this.sines = new double[room];
    this.otherReal = new double[room];
    this.otherImaginary = new double[room];
    for (int i = 0; i < room; i++) {
      double angle = 2 * Math.PI * i / length;
      cosines[i] = StrictMath.cos(angle);
      sines[i] = -StrictMath.sin(angle);
    }
  }

  /// The bytes of arrays that a transform of that length takes, the numbers themselves included.
  static long heapBytes(long length) {
    // Bluestein's inner length is less than four times as much.
    return 4L * 8 * Double.BYTES * Math.max(1, length);
  }

  /// Ascending.
  private static int[] factors(int length) {
    int[] found = new int[Integer.SIZE];
    int count = 0;
    int rest = length;
    for (int factor = 2; factor <= rest / factor; factor++) {
      while (rest % factor == 0 && rest > factor) {
        found[count++] = factor;
        rest /= factor;
      }
    }
    if (rest > 1) {
      found[count++] = rest;
    }
    return Arrays.copyOf(found, count);
  }

  /// Replaces x by its transform, the sum over j of `x[j] e^(-2 pi i j k / n)`.
  void transform(double[] real, double[] imaginary) {
    Bluestein other = bluestein;
    if (other != null) {
      other.transform(real, imaginary);
      return;
    }
    double[] fromReal = real;
    double[] fromImaginary = imaginary;
    double[] toReal = otherReal;
    double[] toImaginary = otherImaginary;
    int done = 1;
    for (int factor : factors) {
      stage(factor, done, fromReal, fromImaginary, toReal, toImaginary);
      done *= factor;
      double[] swapped = fromReal;
      fromReal = toReal;
      toReal = swapped;
      swapped = fromImaginary;
      fromImaginary = toImaginary;
      toImaginary = swapped;
    }
    if (fromReal != real) {
      System.arraycopy(fromReal, 0, real, 0, length);
      System.arraycopy(fromImaginary, 0, imaginary, 0, length);
    }
  }

  /// Row j of `done` rows holds number j of the transforms of every `length / done`-th number.
  /// Afterwards there are `factor` times as many rows, shorter by that.
  private void stage(
      int factor,
      int done,
      double[] fromReal,
      double[] fromImaginary,
      double[] toReal,
      double[] toImaginary) {
    int width = length / done / factor;
    for (int row = 0; row < done * factor; row++) {
      int to = row * width;
      int from = row % done * width * factor;
      for (int k = 0; k < width; k++) {
        toReal[to + k] = fromReal[from + k];
        toImaginary[to + k] = fromImaginary[from + k];
      }
      for (int part = 1; part < factor; part++) {
        int angle = (int) ((long) row * part * width % length);
        double c = cosines[angle];
        double s = sines[angle];
        int other = from + part * width;
        for (int k = 0; k < width; k++) {
          double x = fromReal[other + k];
          double y = fromImaginary[other + k];
          toReal[to + k] += c * x - s * y;
          toImaginary[to + k] += c * y + s * x;
        }
      }
    }
  }

  /// A transform as a convolution with a chirp: `j k = (j^2 + k^2 - (k - j)^2) / 2`.
  private static final class Bluestein {
    private final int length;
    private final Fourier inner;
    private final double[] chirpReal;
    private final double[] chirpImaginary;
    private final double[] filterReal;
    private final double[] filterImaginary;
    private final double[] real;
    private final double[] imaginary;

    Bluestein(int length) {
      this.length = length;
      int size = Integer.highestOneBit(2 * length - 1) * 2;
      this.inner = new Fourier(size);
      this.chirpReal = new double[length];
      this.chirpImaginary = new double[length];
      this.filterReal = new double[size];
      this.filterImaginary = new double[size];
      this.real = new double[size];
      this.imaginary = new double[size];
      for (int i = 0; i < length; i++) {
        // The square would lose the digits that matter in a large angle.
        double angle = Math.PI * ((long) i * i % (2L * length)) / length;
        chirpReal[i] = StrictMath.cos(angle);
        chirpImaginary[i] = -StrictMath.sin(angle);
        filterReal[i] = chirpReal[i];
        filterImaginary[i] = -chirpImaginary[i];
        if (i > 0) {
          filterReal[size - i] = filterReal[i];
          filterImaginary[size - i] = filterImaginary[i];
        }
      }
      inner.transform(filterReal, filterImaginary);
    }

    void transform(double[] x, double[] y) {
      Arrays.fill(real, 0);
      Arrays.fill(imaginary, 0);
      for (int i = 0; i < length; i++) {
        real[i] = x[i] * chirpReal[i] - y[i] * chirpImaginary[i];
        imaginary[i] = x[i] * chirpImaginary[i] + y[i] * chirpReal[i];
      }
      inner.transform(real, imaginary);
      for (int i = 0; i < real.length; i++) {
        double product = real[i] * filterReal[i] - imaginary[i] * filterImaginary[i];
        // Conjugated, so that the transform goes back.
        imaginary[i] = -(real[i] * filterImaginary[i] + imaginary[i] * filterReal[i]);
        real[i] = product;
      }
      inner.transform(real, imaginary);
      for (int i = 0; i < length; i++) {
        double u = real[i] / real.length;
        double v = -imaginary[i] / real.length;
        x[i] = u * chirpReal[i] - v * chirpImaginary[i];
        y[i] = u * chirpImaginary[i] + v * chirpReal[i];
      }
    }
  }
}
