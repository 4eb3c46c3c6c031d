package dev.mokume.internal.methods;

/// The sets of models that may keep an element together, with their probabilities. Set number i has
/// the models whose bits are set in i.
///
/// @param upTo for each set, the probability of it and of all before
record KeptSets(double[] upTo) {
  static final int MOST_MODELS = 16;

  /// Numbers that are held for each set.
  static final int NUMBERS_EACH = 1;

  /// An overlap as near as this to 0 or 1 is that.
  private static final double NEAR = 1.001e-5;

  /// None with the probability `dropRate`; of the others, each by its size.
  static KeptSets of(int models, double dropRate, double overlap, double emphasis) {
    int sets = 1 << models;
    double[] bySize = bySize(models, overlap);
    double[] byChance = byChance(models, dropRate);
    double towardsChance = emphasis * (1 - Math.abs(2 * overlap - 1));
    double[] upTo = new double[sets];
    double sum = dropRate;
    upTo[0] = sum;
    for (int set = 1; set < sets; set++) {
      int size = Integer.bitCount(set);
      double share = bySize[size] + towardsChance * (byChance[size] - bySize[size]);
      sum += share * (1 - dropRate);
      upTo[set] = sum;
    }
    for (int set = 0; set < sets; set++) {
      upTo[set] /= sum;
    }
    return new KeptSets(upTo);
  }

  /// The probability of one set of each size: one model alone at 0, all at 1, and a power of the
  /// size between.
  private static double[] bySize(int models, double overlap) {
    double[] share = new double[models + 1];
    if (overlap < NEAR) {
      share[1] = 1.0 / models;
    } else if (overlap > 1 - NEAR) {
      share[models] = 1;
    } else {
      double slope = StrictMath.tan(Math.PI * (overlap - 0.5));
      for (int size = 1; size <= models; size++) {
        share[size] = StrictMath.exp(slope * (size - models / 2.0));
      }
      normalise(share);
    }
    return share;
  }

  /// As if each model were in a set with the probability `dropRate`, and none in none.
  private static double[] byChance(int models, double dropRate) {
    double[] share = new double[models + 1];
    for (int size = 1; size <= models; size++) {
      share[size] =
          StrictMath.pow(dropRate, size) * StrictMath.pow(1 - dropRate, (double) models - size);
    }
    normalise(share);
    return share;
  }

  /// So that all sets together have 1; left as it is where they have nothing.
  private static void normalise(double[] share) {
    int models = share.length - 1;
    double sum = 0;
    for (int set = 1; set < 1 << models; set++) {
      sum += share[Integer.bitCount(set)];
    }
    for (int size = 1; size <= models && sum > 0; size++) {
      share[size] /= sum;
    }
  }

  /// The set that a uniform number falls into.
  int at(double uniform) {
    int from = 0;
    int to = upTo.length - 1;
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (upTo[middle] <= uniform) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }
}
