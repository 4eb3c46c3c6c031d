package dev.mokume.internal.engine;

import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Counters;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.kernel.OrderStatistics;
import dev.mokume.internal.kernel.OrderStatistics.Bracket;
import dev.mokume.internal.kernel.OrderStatistics.Magnitudes;
import dev.mokume.internal.kernel.QuantileRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// A magnitude of a tensor by its rank, or a quantile between two of them, exactly, in two passes
/// that count and hold nothing: the upper 16 bits of each magnitude first, then, within the buckets
/// that the wanted ranks fall into, the lower 15.
///
/// The first pass may see a sample only. The second then counts a few buckets around where the
/// ranks ought to be, and what is below these; if they turn out to be elsewhere ([#isMissed]), both
/// passes have to be made over everything. Of a small tensor the first pass holds all magnitudes,
/// which are then sorted, and the second finds nothing out.
///
/// Rules of quantiles: `EXACT` takes the rank `q (n - 1)` of the whole tensor in f64 and
/// interpolates linearly in f64. The others treat each chunk as torch.quantile does (ranks and
/// interpolation in f32, fused) and then pick one chunk's quantile.
final class MagnitudeSelection {
  /// Elements of a tensor that is sorted: most tensors of a model have fewer, a bias or a norm, and
  /// counters of 16 bits have ten times as many buckets.
  private static final int SMALL = 2 * Block.ELEMENTS;

  /// Of a pass that finds nothing out any more.
  private static final Accumulator NOTHING =
      new Accumulator() {
        @Override
        public void add(Workspace w, int a, int b) {
          // Known.
        }

        @Override
        public void finish() {
          // Known.
        }
      };

  private final Scalar asked;
  private final long elements;
  private final int workers;
  private final long chunk;

  /// How what lies between two ranks is found.
  private final QuantileRule between;

  /// Of each chunk; for the least of the greatest, once the first pass is over.
  private List<QuantileRule.Ranks> ranks;

  /// Elements that are 0, where that matters.
  private final LongAdder zeros = new LongAdder();

  /// Of each chunk, once the first pass is over.
  private List<OrderStatistics> places = List.of();

  private double value;
  private long below;

  /// How many buckets may be counted around a guess.
  private final int buckets;

  /// The buckets that are; null if the places are known.
  private @Nullable Bracket bracket;

  private boolean missed;

  /// Whether there is nothing left to find out.
  private boolean known;

  private MagnitudeSelection(
      Scalar asked,
      long elements,
      int workers,
      int buckets,
      QuantileRule between,
      LongFunction<QuantileRule.Ranks> ranksOf) {
    this.buckets = buckets;
    this.asked = asked;
    this.elements = elements;
    this.workers = workers;
    this.chunk = chunk(asked, elements);
    this.between = between;
    this.ranks = new ArrayList<>();
    for (long first = 0; first < elements; first += chunk) {
      ranks.add(ranksOf.apply(Math.min(chunk, elements - first)));
    }
  }

  /// @param asked a [Scalar.Quantile], [Scalar.Ranked] or [Scalar.Greatest]
  /// @param buckets to count where a sample was seen
  static MagnitudeSelection of(Scalar asked, long elements, int workers, int buckets) {
    return switch (asked) {
      case Scalar.Quantile(_, var q, var rule, _) -> {
        QuantileRule between =
            rule == dev.mokume.expression.QuantileRule.EXACT
                ? QuantileRule.EXACT
                : QuantileRule.TORCH;
        yield new MagnitudeSelection(
            asked, elements, workers, buckets, between, count -> between.ranks(q, count));
      }
      case Scalar.Ranked(_, var rank) ->
          new MagnitudeSelection(
              asked,
              elements,
              workers,
              buckets,
              QuantileRule.EXACT,
              _ -> new QuantileRule.Ranks(rank, rank, 0));
      case Scalar.Greatest _ ->
          new MagnitudeSelection(
              asked,
              elements,
              workers,
              buckets,
              QuantileRule.EXACT,
              _ -> new QuantileRule.Ranks(0, 0, 0));
      case Scalar.Constant _,
          Scalar.Statistic _,
          Scalar.Dot _,
          Scalar.Count _,
          Scalar.Sampled _,
          Scalar.RankedAmong _,
          Scalar.Share _,
          Scalar.Measured _,
          Scalar.Computed _ ->
          throw new IllegalArgumentException("not selected by rank: " + asked);
    };
  }

  /// Elements of a chunk; a rank, and the exact rule, have a single one.
  static long chunk(Scalar asked, long elements) {
    return asked instanceof Scalar.Quantile(_, _, var rule, var chunk)
            && rule != dev.mokume.expression.QuantileRule.EXACT
        ? chunk
        : Math.max(1, elements);
  }

  /// Known once both passes are over; 0 for a tensor without elements.
  double value() {
    return value;
  }

  /// How many magnitudes are less than [#value], by the exact rule.
  long below() {
    return below;
  }

  /// Whether the second pass has not found what it looked for.
  boolean isMissed() {
    return missed;
  }

  /// The first pass.
  ///
  /// @param ofSample whether it sees some of the elements only
  Accumulator upper(boolean ofSample) {
    return isSmall() && !ofSample ? held() : counted(ofSample);
  }

  /// Whether holding all magnitudes takes less than clearing and reading the counters.
  private boolean isSmall() {
    return elements > 0 && elements <= SMALL && elements <= chunk;
  }

  /// All is known after the first pass.
  private Accumulator held() {
    int[] magnitudes = new int[(int) elements];
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        int first = (int) w.first;
        for (int i = 0; i < w.count; i++) {
          magnitudes[first + i] = Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE;
        }
        if (asked instanceof Scalar.Greatest) {
          countZeros(values, w.count);
        }
      }

      @Override
      public void finish() {
        Arrays.sort(magnitudes);
        settleRank();
        QuantileRule.Ranks wanted = ranks.getFirst();
        int lower = (int) wanted.lower();
        float least = Float.intBitsToFloat(magnitudes[lower]);
        float most = Float.intBitsToFloat(magnitudes[(int) wanted.upper()]);
        value = isNone() ? Double.POSITIVE_INFINITY : between.interpolate(wanted, least, most);
        int first = lower;
        while (first > 0 && magnitudes[first - 1] == magnitudes[lower]) {
          first--;
        }
        noteBelow(lower, new Magnitudes(least, most, lower - first));
        known = true;
      }
    };
  }

  /// The rank of the least of the greatest, once it is known how many are 0.
  private void settleRank() {
    if (asked instanceof Scalar.Greatest && elements > 0) {
      long rank = Math.min(elements - wanted(), elements - 1);
      ranks = List.of(new QuantileRule.Ranks(rank, rank, 0));
    }
  }

  private boolean isNone() {
    return asked instanceof Scalar.Greatest && wanted() == 0;
  }

  private Accumulator counted(boolean ofSample) {
    ChunkHistogram histogram =
        new ChunkHistogram(Histogram.UPPER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        histogram.add(
            w.worker,
            w.first,
            w.count,
            _ -> (from, to, into) -> kernel.countUpper(values, from, to, into));
        if (asked instanceof Scalar.Greatest) {
          countZeros(values, w.count);
        }
      }

      @Override
      public void finish() {
        int[][][] counts = histogram.finish();
        missed = false;
        bracket = null;
        if (ofSample) {
          bracket =
              OrderStatistics.bracket(
                  Counters.of(counts[0]),
                  ranks.getFirst().lower(),
                  ranks.getFirst().upper(),
                  elements,
                  buckets);
          return;
        }
        settleRank();
        places = new ArrayList<>();
        for (int i = 0; i < counts.length; i++) {
          QuantileRule.Ranks wanted = ranks.get(i);
          places.add(
              OrderStatistics.locate(Counters.of(counts[i]), wanted.lower(), wanted.upper()));
        }
      }
    };
  }

  private void countZeros(float[] values, int count) {
    int found = 0;
    for (int i = 0; i < count; i++) {
      found += values[i] == 0 ? 1 : 0;
    }
    zeros.add(found);
  }

  /// How many of the greatest are asked for.
  private long wanted() {
    return (long) (((Scalar.Greatest) asked).share() * (elements - zeros.sum()));
  }

  /// The second pass, once the first is finished. A chunk's two buckets are counted side by side.
  Accumulator lower() {
    if (known) {
      return NOTHING;
    }
    Bracket guessed = bracket;
    return guessed == null ? located() : within(guessed);
  }

  private Accumulator within(Bracket guessed) {
    int first = guessed.first();
    int counted = guessed.buckets();
    ChunkHistogram histogram =
        new ChunkHistogram(counted * Histogram.LOWER_BUCKETS, elements, elements, workers);
    LongAdder below = new LongAdder();
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        histogram.add(
            w.worker,
            w.first,
            w.count,
            _ ->
                (from, to, into) ->
                    below.add(kernel.countWithin(values, from, to, first, counted, into)));
      }

      @Override
      public void finish() {
        Counters counts = Counters.of(histogram.finish()[0]);
        QuantileRule.Ranks wanted = ranks.getFirst();
        long lower = wanted.lower() - below.sum();
        long upper = wanted.upper() - below.sum();
        Optional<Magnitudes> found =
            lower < 0 ? Optional.empty() : OrderStatistics.within(first, counts, lower, upper);
        missed = found.isEmpty();
        if (!missed) {
          value = between.interpolate(wanted, found.get().lower(), found.get().upper());
          noteBelow(wanted.lower(), found.get());
        }
      }
    };
  }

  private boolean isOneBucketEach() {
    for (OrderStatistics place : places) {
      if (!place.isOneBucket()) {
        return false;
      }
    }
    return true;
  }

  private Accumulator located() {
    boolean oneBucket = isOneBucketEach();
    ChunkHistogram lows = new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    ChunkHistogram highs =
        oneBucket ? lows : new ChunkHistogram(Histogram.LOWER_BUCKETS, elements, chunk, workers);
    return new Accumulator() {
      @Override
      public void add(Workspace w, int a, int b) {
        float[] values = w.values[a];
        Histogram kernel = w.kernels.histogram();
        lows.add(
            w.worker,
            w.first,
            w.count,
            i ->
                (from, to, into) ->
                    kernel.countWithin(
                        values, from, to, places.get(i).lowerPlace().bucket(), 1, into));
        if (!oneBucket) {
          highs.add(
              w.worker,
              w.first,
              w.count,
              i ->
                  (from, to, into) ->
                      kernel.countWithin(
                          values, from, to, places.get(i).upperPlace().bucket(), 1, into));
        }
      }

      @Override
      public void finish() {
        int[][][] lowCounts = lows.finish();
        int[][][] highCounts = oneBucket ? lowCounts : highs.finish();
        Magnitudes[] found = new Magnitudes[places.size()];
        float[] quantiles = new float[found.length];
        for (int i = 0; i < found.length; i++) {
          found[i] =
              places.get(i).magnitudes(Counters.of(lowCounts[i]), Counters.of(highCounts[i]));
          quantiles[i] = between.interpolate(ranks.get(i), found[i].lower(), found[i].upper());
        }
        value = found.length == 0 ? 0 : isNone() ? Double.POSITIVE_INFINITY : pick(quantiles);
        if (found.length == 1) {
          noteBelow(ranks.getFirst().lower(), found[0]);
        }
      }
    };
  }

  /// The value lies between two neighbours in rank: at the lower one or above it, but not above the
  /// other. Nothing is less than NaN.
  ///
  /// @param lower the rank of the lower one of these
  private void noteBelow(long lower, Magnitudes found) {
    below = Double.isNaN(value) ? 0 : value > found.lower() ? lower + 1 : lower - found.equal();
  }

  private float pick(float[] quantiles) {
    if (!(asked instanceof Scalar.Quantile(_, var q, var rule, _))) {
      return quantiles[0];
    }
    Arrays.sort(quantiles);
    return switch (rule) {
      case EXACT -> quantiles[0];
      case MEDIAN -> quantiles[(quantiles.length - 1) / 2];
      case QUANTILE ->
          quantiles[Math.clamp((long) (q * quantiles.length), 0, quantiles.length - 1)];
    };
  }
}
