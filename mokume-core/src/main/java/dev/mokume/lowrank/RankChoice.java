package dev.mokume.lowrank;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;

/// How many columns the factors of a layer get. A layer never gets more than its difference needs:
/// at most its shorter side, and fewer where the rest cannot be told from rounding.
public sealed interface RankChoice {
  int MOST = 4096;

  /// The most columns that a layer may get.
  int most();

  /// As many for every layer.
  record Fixed(int rank) implements RankChoice {
    public Fixed {
      check(rank);
    }

    @Override
    public int most() {
      return rank;
    }
  }

  /// For each layer the fewest that hold a share of its difference's energy (the sum of squares).
  ///
  /// @param share in (0, 1]
  record Energy(double share, int most) implements RankChoice {
    public Energy {
      check(most);
      if (!(share > 0 && share <= 1)) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "the share of energy must be above 0 and at most 1 but was "
                + share
                + "; 0.9 keeps nine tenths of the sum of squares.");
      }
    }
  }

  /// For each layer as many as its difference has singular values above a limit. Source: mergekit.
  ///
  /// @param limit not negative
  record Above(double limit, int most) implements RankChoice {
    public Above {
      check(most);
      if (!(limit >= 0 && limit < Double.POSITIVE_INFINITY)) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "the limit of singular values must be a number from 0 on but was "
                + limit
                + "; 0 keeps all that can be told from rounding.");
      }
    }
  }

  private static void check(int rank) {
    if (rank < 1 || rank > MOST) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "a rank must be in 1.." + MOST + " but was " + rank + "; 16 to 128 are usual.");
    }
  }
}
