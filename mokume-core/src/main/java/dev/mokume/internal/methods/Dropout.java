package dev.mokume.internal.methods;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Task vectors of which each element is kept at random, and the mean of those that are. Source:
/// sd-mecha, dropout, which draws from numpy's generator: `binomial` for models that are drawn for
/// independently, `choice` among the sets of models otherwise.
final class Dropout implements TensorMethod {
  private static final int BLOCK = 4096;

  @Override
  public MethodInfo info() {
    return new MethodInfo(
        "dropout",
        "base + scale x; x the mean of those deltas of an element that are kept, divided by"
            + " (1 - drop_rate)^rescale",
        Models.atLeast(1).asDeltas(),
        List.of(
            Parameter.share("drop_rate", 0.9, "the share of each delta that is dropped"),
            new Parameter.Real(
                "rescale", 1, -100, 100, "how strictly what is kept makes up for what is dropped"),
            Parameter.share(
                "overlap",
                1,
                "how often models keep the same elements: 1 as chance has it, below from never (0)"
                    + " over all sets of models alike (0.5) to nearly always together"),
            Parameter.share(
                "overlap_emphasis",
                0,
                "how far that gives way to sets as chance has them, where overlap is near 0.5"),
            Parameter.seed(1)),
        "sd-mecha, dropout");
  }

  private static boolean isIndependent(Setting setting) {
    return setting.real("overlap") == 1;
  }

  @Override
  public long heapBytes(Setting setting) {
    long sets = 0;
    if (!isIndependent(setting)) {
      requireFewModels(setting);
      sets = (long) Double.BYTES * KeptSets.NUMBERS_EACH << setting.inputs();
    }
    return sets + (long) BLOCK * (Float.BYTES * 2 + Double.BYTES + Integer.BYTES);
  }

  private static void requireFewModels(Setting setting) {
    if (setting.inputs() > KeptSets.MOST_MODELS) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "dropout knows the sets of at most %s models, but there are %s; leave overlap at 1."
              .formatted(KeptSets.MOST_MODELS, setting.inputs()));
    }
  }

  @Override
  public int streams(Setting setting) {
    return isIndependent(setting) ? setting.inputs() : 1;
  }

  @Override
  public boolean drawsAsNumpy() {
    return true;
  }

  @Override
  public void apply(TensorCall call) {
    Setting setting = call.setting();
    double dropRate = setting.real("drop_rate");
    Kept kept = isIndependent(setting) ? new Independent(call) : new OfSets(call);
    double divisor = dropRate == 1 ? 1 : StrictMath.pow(1 - dropRate, setting.real("rescale"));
    float divides = (float) (Double.isFinite(divisor) ? divisor : 1);
    float[] sum = new float[BLOCK];
    float[] delta = new float[BLOCK];
    int[] count = new int[BLOCK];
    long elements = call.output().count();
    for (long first = 0; first < elements; first += BLOCK) {
      int length = (int) Math.min(BLOCK, elements - first);
      Arrays.fill(sum, 0);
      Arrays.fill(count, 0);
      kept.draw(length);
      for (int model = 0; model < setting.inputs(); model++) {
        call.input(model).read(first, delta, 0, length);
        for (int i = 0; i < length; i++) {
          if (kept.has(model, i)) {
            sum[i] += delta[i];
            count[i]++;
          }
        }
      }
      for (int i = 0; i < length; i++) {
        sum[i] = sum[i] / Math.max(count[i], 1) / divides;
      }
      call.output().write(first, sum, 0, length);
    }
  }

  /// Which elements of a block are kept.
  private interface Kept {
    /// Draws for the next block.
    void draw(int length);

    /// Asked model by model, and element by element.
    boolean has(int model, int element);
  }

  /// Each model for itself. numpy's `binomial` of one trial compares a uniform number with the
  /// probability of nothing, of the rarer of the two outcomes. (It draws again where rounding
  /// leaves a gap above both, which takes a number within 2^-53 of 1.)
  private static final class Independent implements Kept {
    private final RandomNumbers[] random;
    private final boolean rarelyKept;
    private final boolean never;
    private final double limit;
    private final double[] drawn = new double[BLOCK];
    private int drawnFor = -1;
    private int length;

    Independent(TensorCall call) {
      long count = call.output().count();
      this.random =
          IntStream.range(0, call.setting().inputs())
              .mapToObj(model -> call.random(model, count))
              .toArray(RandomNumbers[]::new);
      double keep = 1 - call.setting().real("drop_rate");
      this.never = keep == 0;
      this.rarelyKept = keep <= 0.5;
      this.limit = StrictMath.exp(StrictMath.log1p(-(rarelyKept ? keep : 1 - keep)));
    }

    @Override
    public void draw(int elements) {
      length = elements;
      drawnFor = -1;
    }

    @Override
    public boolean has(int model, int element) {
      if (never) {
        return false;
      }
      if (model != drawnFor) {
        random[model].uniform(drawn, length);
        drawnFor = model;
      }
      return drawn[element] > limit == rarelyKept;
    }
  }

  /// One of the sets of models for each element, by `choice` among them.
  private static final class OfSets implements Kept {
    private final RandomNumbers random;
    private final KeptSets sets;
    private final double[] drawn = new double[BLOCK];
    private final int[] chosen = new int[BLOCK];

    OfSets(TensorCall call) {
      Setting setting = call.setting();
      this.random = call.random(0, call.output().count());
      this.sets =
          KeptSets.of(
              setting.inputs(),
              setting.real("drop_rate"),
              setting.real("overlap"),
              setting.real("overlap_emphasis"));
    }

    @Override
    public void draw(int length) {
      random.uniform(drawn, length);
      for (int i = 0; i < length; i++) {
        chosen[i] = sets.at(drawn[i]);
      }
    }

    @Override
    public boolean has(int model, int element) {
      return (chosen[element] >>> model & 1) != 0;
    }
  }
}
