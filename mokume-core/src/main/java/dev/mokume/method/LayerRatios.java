package dev.mokume.method;

import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Ratio;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedCollection;
import java.util.SequencedMap;
import java.util.Set;

/// A ratio's number for each tensor of the first model, or none.
///
/// Both models' shares are kept as they were given: where a recipe speaks of the later model's
/// share (alpha), the first's is `1 - alpha`; where a foreign recipe speaks of the first's
/// ([Ratio.Complement]), the later's is `1 - ratio`. Formed in double, each is rounded only once
/// when it meets a tensor.
public final class LayerRatios {
  private final SequencedMap<String, Double> given;

  /// The number of every tensor, if it is the same for all: a recipe may have hundreds of constants
  /// for tens of thousands of tensors, and no table for each.
  private final OptionalDouble constant;

  private final SequencedCollection<String> tensors;
  private final boolean ofFirst;
  private final List<String> notes;

  private LayerRatios(
      SequencedMap<String, Double> given,
      OptionalDouble constant,
      SequencedCollection<String> tensors,
      boolean ofFirst,
      List<String> notes) {
    this.given = Collections.unmodifiableSequencedMap(given);
    this.constant = constant;
    this.tensors = tensors;
    this.ofFirst = ofFirst;
    this.notes = List.copyOf(notes);
  }

  /// Settles every number of `ratio`.
  ///
  /// @throws MokumeException `INVALID_RECIPE` with every problem found: names that the recipe does
  ///   not have, ratios that refer to themselves, layer selections that select nothing, divisions
  ///   by zero, numbers that are not finite
  public static LayerRatios resolve(Ratio ratio, RatioContext context) {
    boolean ofFirst = false;
    Ratio core = ratio;
    Set<String> seen = new HashSet<>();
    for (Optional<Ratio> inner = peel(core, context, seen);
        inner.isPresent();
        inner = peel(core, context, seen)) {
      ofFirst ^= core instanceof Ratio.Complement;
      core = inner.get();
    }
    if (core instanceof Ratio.Constant(double value) && Double.isFinite(value)) {
      return new LayerRatios(
          new LinkedHashMap<>(), OptionalDouble.of(value), context.tensors(), ofFirst, List.of());
    }
    RatioEvaluation evaluation = new RatioEvaluation(context);
    SequencedMap<String, Double> numbers = new LinkedHashMap<>(evaluation.evaluate(core));
    evaluation.refuseNonFinite(numbers);
    if (!evaluation.problems().isEmpty()) {
      throw new MokumeException(evaluation.problems());
    }
    return new LayerRatios(
        numbers, OptionalDouble.empty(), context.tensors(), ofFirst, evaluation.notes());
  }

  /// The share of the later model; none for a tensor that stays as in the first.
  public OptionalDouble laterShare(String tensor) {
    return share(tensor, ofFirst);
  }

  /// The share of the first model; none for a tensor that stays as in the first.
  public OptionalDouble firstShare(String tensor) {
    return share(tensor, !ofFirst);
  }

  /// The later model's share for every tensor that has one, in the order of the first model.
  public SequencedMap<String, Double> values() {
    if (!ofFirst && constant.isEmpty()) {
      return given;
    }
    SequencedMap<String, Double> shares = new LinkedHashMap<>();
    for (String tensor : constant.isPresent() ? tensors : given.keySet()) {
      shares.put(tensor, laterShare(tensor).orElseThrow());
    }
    return shares;
  }

  /// What the user should know, as sentences: parts of the ratio that fit no tensor.
  public List<String> notes() {
    return notes;
  }

  private OptionalDouble share(String tensor, boolean other) {
    OptionalDouble value = number(tensor);
    return other && value.isPresent() ? OptionalDouble.of(1 - value.getAsDouble()) : value;
  }

  private OptionalDouble number(String tensor) {
    if (constant.isPresent()) {
      return tensors.contains(tensor) ? constant : OptionalDouble.empty();
    }
    Double value = given.get(tensor);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /// The ratio behind an outermost complement, or behind the name of one.
  private static Optional<Ratio> peel(Ratio ratio, RatioContext context, Set<String> seen) {
    return switch (ratio) {
      case Ratio.Complement(Ratio inner) -> Optional.of(inner);
      case Ratio.Named(String name) -> {
        Ratio target = context.named().get(name);
        yield target instanceof Ratio.Complement && seen.add(name)
            ? Optional.of(target)
            : Optional.empty();
      }
      case Ratio.Constant _,
          Ratio.ByBlock _,
          Ratio.ByDepth _,
          Ratio.ByComponent _,
          Ratio.ByPattern _ ->
          Optional.empty();
      case Ratio.ByGroup _, Ratio.ByUnetBlock _, Ratio.ByShell _ -> Optional.empty();
      case Ratio.ByAttention _,
          Ratio.ByPrefix _,
          Ratio.ByName _,
          Ratio.Combined _,
          Ratio.Elemental _,
          Ratio.Edited _ ->
          Optional.empty();
    };
  }
}
