package dev.mokume.internal.kernel;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// [ScalarDraws] with a random word in every long lane; read as ints, a vector of words is its
/// draws in element order.
final class VectorDraws extends ScalarDraws {
  private static final VectorSpecies<Long> LONGS = LongVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = LONGS.withLanes(int.class);
  private static final VectorSpecies<Float> FLOATS = LONGS.withLanes(float.class);
  private static final VectorSpecies<Double> DOUBLES = LONGS.withLanes(double.class);
  private static final VectorSpecies<Float> FLOATS_OF_DOUBLES =
      VectorSpecies.of(float.class, VectorShape.forBitSize(LONGS.vectorBitSize() / 2));

  /// How far each lane's state is ahead of the first lane's.
  private static final LongVector LANE_STEPS =
      LongVector.zero(LONGS).addIndex(1).mul(RandomWord.STEP);

  private static final long VECTOR_STEP = LONGS.length() * RandomWord.STEP;

  @Override
  public void keep(long key, long first, long limit, long[] out, int count) {
    int bound = count & -Long.SIZE;
    if (limit > 0xFFFF_FFFFL) {
      Arrays.fill(out, 0, bound >> 6, -1L);
    } else {
      keepWords(key + (first >> 1) * RandomWord.STEP, (int) limit, out, bound >> 6);
    }
    keep(key, first, limit, out, bound, count);
  }

  @Override
  public void uniform(long key, long first, float[] out, int count) {
    int bound = FLOATS.loopBound(count);
    LongVector state = LANE_STEPS.add(key + (first >> 1) * RandomWord.STEP);
    for (int i = 0; i < bound; i += FLOATS.length()) {
      IntVector draws = finalise(state).reinterpretAsInts();
      FloatVector values =
          (FloatVector) draws.lanewise(VectorOperators.LSHR, 8).convert(VectorOperators.I2F, 0);
      values.mul(0x1p-24f).intoArray(out, i);
      state = state.add(VECTOR_STEP);
    }
    uniform(key, first, out, bound, count);
  }

  @Override
  public void normal(long key, long first, double mean, double deviation, float[] out, int count) {
    double[] radii = Scratch.ofThread().doubles;
    int bound = DOUBLES.loopBound(count);
    for (int start = 0; start < bound; start += Block.ELEMENTS) {
      int length = Math.min(Block.ELEMENTS, bound - start);
      long state = key + (first + start) * RandomWord.STEP;
      // Two loops of moderate size: one that does it all would box its vectors.
      radii(state, radii, length);
      deviates(state, radii, mean, deviation, out, start, length);
    }
    normal(key, first, mean, deviation, out, bound, count);
  }

  @Override
  public void quarter(long key, long first, int quarter, long[] out, int count) {
    int bound = count & -Long.SIZE;
    quarterWords(key + (first >> 1) * RandomWord.STEP, quarter, out, bound >> 6);
    quarter(key, first, quarter, out, bound, count);
  }

  private static void keepWords(long firstState, int limit, long[] out, int words) {
    LongVector state = LANE_STEPS.add(firstState);
    IntVector limits = IntVector.broadcast(INTS, limit);
    for (int w = 0; w < words; w++) {
      long word = 0;
      for (int i = 0; i < Long.SIZE; i += INTS.length()) {
        word |=
            finalise(state).reinterpretAsInts().compare(VectorOperators.ULT, limits).toLong() << i;
        state = state.add(VECTOR_STEP);
      }
      out[w] = word;
    }
  }

  private static void quarterWords(long firstState, int quarter, long[] out, int words) {
    LongVector state = LANE_STEPS.add(firstState);
    for (int w = 0; w < words; w++) {
      long word = 0;
      for (int i = 0; i < Long.SIZE; i += INTS.length()) {
        IntVector upper = finalise(state).reinterpretAsInts().lanewise(VectorOperators.LSHR, 30);
        word |= upper.compare(VectorOperators.EQ, quarter).toLong() << i;
        state = state.add(VECTOR_STEP);
      }
      out[w] = word;
    }
  }

  private static void radii(long firstState, double[] radii, int count) {
    LongVector state = LANE_STEPS.add(firstState);
    for (int i = 0; i < count; i += DOUBLES.length()) {
      DoubleVector draw = unsigned(finalise(state).and(0xFFFF_FFFFL));
      log(draw.add(0.5).mul(0x1p-32)).mul(-2).sqrt().intoArray(radii, i);
      state = state.add(VECTOR_STEP);
    }
  }

  private static void deviates(
      long firstState,
      double[] radii,
      double mean,
      double deviation,
      float[] out,
      int start,
      int count) {
    LongVector state = LANE_STEPS.add(firstState);
    for (int i = 0; i < count; i += DOUBLES.length()) {
      DoubleVector cosine = cos(finalise(state).lanewise(VectorOperators.LSHR, 32));
      DoubleVector value =
          DoubleVector.fromArray(DOUBLES, radii, i).mul(cosine).mul(deviation).add(mean);
      ((FloatVector) value.convertShape(VectorOperators.D2F, FLOATS_OF_DOUBLES, 0))
          .intoArray(out, start + i);
      state = state.add(VECTOR_STEP);
    }
  }

  private static LongVector finalise(LongVector state) {
    LongVector mixed = xorShift(state, 30).mul(RandomWord.MULTIPLIER_1);
    mixed = xorShift(mixed, 27).mul(RandomWord.MULTIPLIER_2);
    return xorShift(mixed, 31);
  }

  private static LongVector xorShift(LongVector word, int distance) {
    return word.lanewise(VectorOperators.XOR, word.lanewise(VectorOperators.LSHR, distance));
  }

  /// [BoxMuller#log].
  private static DoubleVector log(DoubleVector x) {
    LongVector bits = x.reinterpretAsLongs();
    // The exponent of a number in (0, 1] is not positive here; its magnitude is exact as a double.
    LongVector exponent = bits.sub(BoxMuller.SPLIT).lanewise(VectorOperators.ASHR, 52);
    DoubleVector mantissa =
        bits.sub(exponent.lanewise(VectorOperators.LSHL, 52)).reinterpretAsDoubles();
    DoubleVector e = signed(exponent);
    DoubleVector s = mantissa.sub(1).div(mantissa.add(1));
    DoubleVector square = s.mul(s);
    DoubleVector tail = series(BoxMuller.LOG, square).mul(square).mul(s);
    return e.mul(BoxMuller.LN2_UPPER).add(s.mul(2).add(tail.add(e.mul(BoxMuller.LN2_LOWER))));
  }

  /// [BoxMuller#cos]: both series, one chosen by lane.
  private static DoubleVector cos(LongVector draw) {
    LongVector quarter = draw.add(1L << 29).lanewise(VectorOperators.LSHR, 30);
    DoubleVector angle =
        signed(draw.sub(quarter.lanewise(VectorOperators.LSHL, 30))).mul(BoxMuller.TURN);
    DoubleVector square = angle.mul(angle);
    DoubleVector cosine = series(BoxMuller.COS, square).mul(square).add(1);
    DoubleVector sine = angle.add(series(BoxMuller.SIN, square).mul(square).mul(angle));
    DoubleVector value =
        cosine.blend(sine, quarter.and(1).compare(VectorOperators.NE, 0).cast(DOUBLES));
    LongVector sign = quarter.add(1).and(2).lanewise(VectorOperators.LSHL, 62);
    return value.reinterpretAsLongs().lanewise(VectorOperators.XOR, sign).reinterpretAsDoubles();
  }

  private static DoubleVector series(double[] coefficients, DoubleVector square) {
    DoubleVector series = DoubleVector.broadcast(DOUBLES, coefficients[0]);
    for (int i = 1; i < coefficients.length; i++) {
      series = series.mul(square).add(coefficients[i]);
    }
    return series;
  }

  /// Lanes below 2^52 as doubles, exactly: they are the mantissa of 2^52 + lane.
  private static DoubleVector unsigned(LongVector lanes) {
    return lanes.or(0x4330_0000_0000_0000L).reinterpretAsDoubles().sub(0x1p52);
  }

  /// Lanes within 2^51 of zero as doubles, exactly.
  private static DoubleVector signed(LongVector lanes) {
    return lanes.add(0x4338_0000_0000_0000L).reinterpretAsDoubles().sub(0x1.8p52);
  }
}
