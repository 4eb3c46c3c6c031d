package dev.mokume.recipe;

import java.util.List;
import java.util.Locale;

/// The methods of task vectors that have names: each is a composition of [Delta]s, `base + lambda *
/// combined(weight * sparse(model - base) ...)`.
public enum TaskVectorMethod {
  /// Everything is kept and added up. Source: task arithmetic, arXiv:2212.04089.
  TASK_ARITHMETIC(Keep.ALL, Delta.Election.NONE, false, Rescale.NONE),
  /// The greatest magnitudes of each, a sign elected for each element. Source: arXiv:2306.01708.
  TIES(Keep.MAGNITUDE, Delta.Election.MASS, true, Rescale.NONE),
  /// Elements drawn at random, a sign elected for each. Source: DARE, arXiv:2311.03099, and TIES.
  DARE_TIES(Keep.RANDOM, Delta.Election.MASS, false, Rescale.INVERSE_DENSITY),
  /// Elements drawn at random and added up. Source: DARE, arXiv:2311.03099.
  DARE_LINEAR(Keep.RANDOM, Delta.Election.NONE, false, Rescale.INVERSE_DENSITY),
  /// Great magnitudes without the outliers, added up. Source: arXiv:2312.06795.
  BREADCRUMBS(Keep.OUTLIERS, Delta.Election.NONE, false, Rescale.NONE),
  /// Great magnitudes without the outliers, a sign elected for each element.
  BREADCRUMBS_TIES(Keep.OUTLIERS, Delta.Election.MASS, false, Rescale.NONE),
  /// Elements drawn by the rank of their magnitude, a sign elected for each. Source:
  /// arXiv:2406.11617.
  DELLA(Keep.RANKED, Delta.Election.MASS, true, Rescale.MATCH_L1),
  /// Elements drawn by the rank of their magnitude, added up.
  DELLA_LINEAR(Keep.RANKED, Delta.Election.NONE, false, Rescale.MATCH_L1);

  /// What is kept of each task vector.
  public enum Keep {
    ALL,
    MAGNITUDE,
    RANDOM,
    OUTLIERS,
    RANKED
  }

  /// The share of outliers that Breadcrumbs drops, where it is not given.
  public static final double GAMMA = 0.01;

  /// Half of the range of DELLA's probabilities, where it is not given.
  public static final double EPSILON = 0.15;

  private final Keep keep;
  private final Delta.Election election;
  private final boolean normalise;
  private final Rescale rescale;

  TaskVectorMethod(Keep keep, Delta.Election election, boolean normalise, Rescale rescale) {
    this.keep = keep;
    this.election = election;
    this.normalise = normalise;
    this.rescale = rescale;
  }

  /// One model's part in a merge.
  ///
  /// @param weight the factor of its task vector
  /// @param density the share of its elements that is kept
  /// @param spread gamma of [Keep#OUTLIERS], epsilon of [Keep#RANKED]; of no meaning otherwise
  public record Part(Weights model, Ratio weight, Ratio density, Ratio spread) {}

  /// As mergekit and recipes spell it: `dare_ties`.
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public Keep keep() {
    return keep;
  }

  public Delta.Election election() {
    return election;
  }

  /// Whether the sum is divided by the weights that count, where the user does not say.
  public boolean normalises() {
    return normalise;
  }

  /// How what is kept is scaled, where the user does not say.
  public Rescale rescale() {
    return rescale;
  }

  /// `gamma` or `epsilon` where it is not given; 0 for methods that have neither.
  public double defaultSpread() {
    return switch (keep) {
      case OUTLIERS -> GAMMA;
      case RANKED -> EPSILON;
      case ALL, MAGNITUDE, RANDOM -> 0;
    };
  }

  /// The composition that the name stands for.
  ///
  /// @param parts in the order in which they are added up and draw random numbers
  /// @param seed of those that draw
  /// @param lambda the factor of the merged task vector
  public Weights of(
      Weights base, List<Part> parts, boolean normalise, Rescale rescale, long seed, Ratio lambda) {
    List<Delta.Term> terms =
        parts.stream()
            .map(part -> new Delta.Term(sparse(part, base, rescale, seed), part.weight()))
            .toList();
    return new Weights.AddDelta(base, new Delta.Combined(terms, election, normalise), lambda);
  }

  private Delta sparse(Part part, Weights base, Rescale rescale, long seed) {
    Delta delta = new Delta.Difference(part.model(), base);
    return switch (keep) {
      case ALL -> delta;
      case MAGNITUDE -> new Delta.Sparse(delta, new Sparsify.Magnitude(part.density()), rescale);
      case RANDOM -> new Delta.Sparse(delta, new Sparsify.Random(part.density(), seed), rescale);
      case OUTLIERS ->
          new Delta.Sparse(delta, new Sparsify.Outliers(part.density(), part.spread()), rescale);
      case RANKED ->
          new Delta.Sparse(
              delta, new Sparsify.Ranked(part.density(), part.spread(), seed), rescale);
    };
  }
}
