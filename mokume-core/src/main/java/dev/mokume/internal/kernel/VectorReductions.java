package dev.mokume.internal.kernel;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarReductions] with the sixteen lanes in vectors, two at a time: one pass over the block
/// where a vector is 512 bits wide, two where it is 256. The lanes are the definition's, whatever
/// the machine's vector width. The extremes are the plain loops.
final class VectorReductions extends ScalarReductions {
  private static final int LANES = 16;

  /// At most eight lanes, so that two vectors never hold more than the definition has.
  private static final VectorSpecies<Double> DOUBLES =
      DoubleVector.SPECIES_PREFERRED.length() <= 8
          ? DoubleVector.SPECIES_PREFERRED
          : DoubleVector.SPECIES_512;

  private static final int WIDTH = DOUBLES.length();
  private static final VectorSpecies<Float> FLOATS =
      VectorSpecies.of(float.class, VectorShape.forBitSize(DOUBLES.vectorBitSize() / 2));

  @Override
  public double sum(float[] a, int count) {
    double[] lanes = Scratch.ofThread().lanes;
    int bound = count & -LANES;
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      sumLanes(a, bound, lane, lanes);
    }
    return sum(lanes, a, bound, count);
  }

  @Override
  public double sumOfSquares(float[] a, int count) {
    return dot(a, a, count);
  }

  @Override
  public double dot(float[] a, float[] b, int count) {
    double[] lanes = Scratch.ofThread().lanes;
    int bound = count & -LANES;
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      dotLanes(a, b, bound, lane, lanes);
    }
    return dot(lanes, a, b, bound, count);
  }

  @Override
  public double sumOfMagnitudes(float[] a, int count) {
    double[] lanes = Scratch.ofThread().lanes;
    int bound = count & -LANES;
    for (int lane = 0; lane < LANES; lane += 2 * WIDTH) {
      sumMagnitudeLanes(a, bound, lane, lanes);
    }
    return sumOfMagnitudes(lanes, a, bound, count);
  }

  @Override
  public long sumOfSigns(float[] a, int count) {
    VectorSpecies<Float> wide = FloatVector.SPECIES_PREFERRED;
    int bound = wide.loopBound(count);
    long sum = 0;
    for (int i = 0; i < bound; i += wide.length()) {
      FloatVector values = FloatVector.fromArray(wide, a, i);
      sum += values.compare(VectorOperators.GT, 0).trueCount();
      sum -= values.compare(VectorOperators.LT, 0).trueCount();
    }
    return sum + sumOfSigns(a, bound, count);
  }

  @Override
  public int countNonFinite(float[] a, int count) {
    VectorSpecies<Float> wide = FloatVector.SPECIES_PREFERRED;
    int bound = wide.loopBound(count);
    int found = 0;
    for (int i = 0; i < bound; i += wide.length()) {
      // What is infinite or NaN, taken from itself, is NaN.
      FloatVector values = FloatVector.fromArray(wide, a, i);
      found += values.sub(values).compare(VectorOperators.NE, 0).trueCount();
    }
    return found + countNonFinite(a, bound, count);
  }

  private static DoubleVector widen(float[] a, int i) {
    return (DoubleVector)
        FloatVector.fromArray(FLOATS, a, i).convertShape(VectorOperators.F2D, DOUBLES, 0);
  }

  private static void sumLanes(float[] a, int bound, int lane, double[] lanes) {
    DoubleVector lower = DoubleVector.zero(DOUBLES);
    DoubleVector upper = DoubleVector.zero(DOUBLES);
    for (int i = lane; i < bound; i += LANES) {
      lower = lower.add(widen(a, i));
      upper = upper.add(widen(a, i + WIDTH));
    }
    lower.intoArray(lanes, lane);
    upper.intoArray(lanes, lane + WIDTH);
  }

  private static void dotLanes(float[] a, float[] b, int bound, int lane, double[] lanes) {
    DoubleVector lower = DoubleVector.zero(DOUBLES);
    DoubleVector upper = DoubleVector.zero(DOUBLES);
    for (int i = lane; i < bound; i += LANES) {
      lower = lower.add(widen(a, i).mul(widen(b, i)));
      upper = upper.add(widen(a, i + WIDTH).mul(widen(b, i + WIDTH)));
    }
    lower.intoArray(lanes, lane);
    upper.intoArray(lanes, lane + WIDTH);
  }

  private static void sumMagnitudeLanes(float[] a, int bound, int lane, double[] lanes) {
    DoubleVector lower = DoubleVector.zero(DOUBLES);
    DoubleVector upper = DoubleVector.zero(DOUBLES);
    for (int i = lane; i < bound; i += LANES) {
      lower = lower.add(widen(a, i).abs());
      upper = upper.add(widen(a, i + WIDTH).abs());
    }
    lower.intoArray(lanes, lane);
    upper.intoArray(lanes, lane + WIDTH);
  }
}
