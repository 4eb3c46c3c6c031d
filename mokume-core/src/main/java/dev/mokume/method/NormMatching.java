package dev.mokume.method;

import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Normalization;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Weights;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Scales a model's layers to the norms of another's. Source: ComfyUI-DareMerge, Normalize Model.
///
/// `s(x)` is `|reference x| / (|x| + 1e-12)`, the other way round with `magnify`. Queries are
/// multiplied by their `s` and keys divided by it, so that attention scores keep their size; output
/// projections and other layers are multiplied by their own, their biases by their weight's.
///
/// Departures, unless a quirk of the profile says otherwise: biases take their layer's ratio (the
/// reference stores the reference model's weight in them); every attention and layer is found by
/// its name, not by a list of SD 1.5's; a bias of a query or key is scaled with it; a tensor whose
/// partner is missing stays as it is.
final class NormMatching {
  private static final double EPSILON = 1e-12;
  private static final double EPSILON_2024_01 = 1e-8;

  /// Looks up a tensor of a model, for norms of tensors other than the one at hand.
  interface Lookup {
    Optional<Elements> of(Weights weights, String tensor);
  }

  private final Lookup lookup;
  private final Compat compat;
  private final Map<Weights.Normalize, Map<String, Optional<Scalar>>> ratios =
      new IdentityHashMap<>();
  private final Set<String> knownToReference = new HashSet<>();

  NormMatching(Lookup lookup, Compat compat) {
    this.lookup = lookup;
    this.compat = compat;
    DareMergeNormGroups.all().values().forEach(knownToReference::addAll);
  }

  /// The tensor after the match; `model` is its value before.
  Elements apply(Weights.Normalize node, String tensor, Elements model) {
    Optional<NormRole> found = NormRole.of(tensor);
    if (found.isEmpty() || !covers(node.method(), found.get()) || !isKnown(tensor)) {
      return model;
    }
    NormRole role = found.get();
    Optional<Scalar> ratio = ratio(node, role.weight());
    if (ratio.isEmpty()) {
      return model;
    }
    return switch (role.kind()) {
      case VALUE -> model;
      case KEY -> new Elements.WithScalar(Operator.DIVIDE, model, ratio.get());
      case QUERY, OUTPUT -> new Elements.WithScalar(Operator.MULTIPLY, model, ratio.get());
      case LAYER ->
          compat.has(Quirk.DAMAGED_BIASES) && tensor.endsWith(".bias")
              ? damagedBias(node, role, model, ratio.get())
              : new Elements.WithScalar(Operator.MULTIPLY, model, ratio.get());
    };
  }

  private static boolean covers(Normalization method, NormRole role) {
    return switch (method) {
      case NONE -> false;
      case ATTN_ONLY -> role.isAttention();
      case ALL -> !role.isAttention();
      case Q_NORM -> true;
    };
  }

  private boolean isKnown(String tensor) {
    String name =
        tensor.startsWith("model.diffusion_model.") ? tensor.substring("model.".length()) : tensor;
    return !compat.has(Quirk.SD15_NAMES) || knownToReference.contains(name);
  }

  /// In the reference a bias becomes the other model's weight divided by the ratio, if that has the
  /// bias's size; else the patch is skipped after the bias was multiplied by 0.
  private Elements damagedBias(Weights.Normalize node, NormRole role, Elements bias, Scalar ratio) {
    Optional<Elements> weight = lookup.of(node.reference(), role.weight());
    return weight
        .filter(other -> other.count() == bias.count())
        .<Elements>map(other -> new Elements.WithScalar(Operator.DIVIDE, other, ratio))
        .orElseGet(() -> new Elements.WithScalar(Operator.MULTIPLY, bias, Scalar.constant(0)));
  }

  /// The ratio of a layer's norms, one object a layer, so that it is measured once for all tensors
  /// that need it.
  private Optional<Scalar> ratio(Weights.Normalize node, String weight) {
    Map<String, Optional<Scalar>> byWeight = ratios.computeIfAbsent(node, _ -> new HashMap<>());
    Optional<Scalar> known = byWeight.get(weight);
    if (known == null) {
      Optional<Elements> own = lookup.of(node.model(), weight);
      Optional<Elements> other = lookup.of(node.reference(), weight);
      known =
          own.isEmpty() || other.isEmpty()
              ? Optional.empty()
              : Optional.of(
                  node.magnify()
                      ? quotient(own.get(), other.get())
                      : quotient(other.get(), own.get()));
      byWeight.put(weight, known);
    }
    return known;
  }

  private Scalar quotient(Elements over, Elements under) {
    double epsilon = compat.has(Quirk.COARSE_EPSILON) ? EPSILON_2024_01 : EPSILON;
    Scalar sum =
        asReference(
            new Scalar.Computed(Function.ADD, List.of(norm(under), Scalar.constant(epsilon))),
            under);
    // In f16 the epsilon is 0: zeros would be scaled by infinity, where any finite number keeps
    // them.
    Scalar divisor =
        compat.has(Quirk.VANISHING_EPSILON)
            ? sum
            : new Scalar.Computed(Function.IF_ZERO, List.of(sum, Scalar.constant(1)));
    return asReference(new Scalar.Computed(Function.DIVIDE, List.of(norm(over), divisor)), under);
  }

  private Scalar norm(Elements of) {
    return asReference(Scalar.norm(of), of);
  }

  /// The reference has numbers about half tensors in their dtype.
  private Scalar asReference(Scalar number, Elements about) {
    return compat.has(Quirk.HALF_ARITHMETIC)
        ? HalfArithmetic.rounded(number, HalfArithmetic.dtype(about))
        : number;
  }
}
