package dev.mokume.cli;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.error.Amount;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.AngleRule;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Pooling;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What each block gets from which model, in words: `IN04: 65 % A + 35 % B`.
final class Shares {
  private Shares() {}

  /// Blocks that follow each other and get the same.
  ///
  /// @param blocks `IN04`, `IN00 to IN03`, or `all`
  /// @param least the smallest alpha of its tensors, if they have any
  /// @param most the largest
  record Run(
      Component component,
      String blocks,
      String words,
      OptionalDouble least,
      OptionalDouble most) {}

  /// The runs of every component that something is done to, in the order of the data's way through
  /// the model.
  static List<Run> of(MergePlan plan) {
    if (!(plan.recipe().result() instanceof Result.Checkpoint result)) {
      return List.of();
    }
    SequencedMap<Block, List<PlannedTensor>> blocks = new TreeMap<>();
    for (PlannedTensor tensor : plan.tensors()) {
      if (result.components().containsKey(tensor.component())) {
        blocks.computeIfAbsent(block(tensor), _ -> new ArrayList<>()).add(tensor);
      }
    }
    List<Run> runs = new ArrayList<>();
    for (Component component : result.components().keySet()) {
      runs.addAll(collapse(component, blocks, plan.recipe(), result.components().get(component)));
    }
    return runs;
  }

  private static List<Run> collapse(
      Component component,
      SequencedMap<Block, List<PlannedTensor>> blocks,
      Recipe recipe,
      Weights expression) {
    List<Run> runs = new ArrayList<>();
    List<Block> current = new ArrayList<>();
    for (Map.Entry<Block, List<PlannedTensor>> entry : blocks.entrySet()) {
      if (entry.getKey().component() != component) {
        continue;
      }
      Run run = run(entry.getKey(), entry.getValue(), recipe, expression);
      boolean same = !runs.isEmpty() && runs.getLast().words().equals(run.words());
      if (same) {
        runs.removeLast();
      } else {
        current.clear();
      }
      current.add(entry.getKey());
      runs.add(new Run(component, span(current), run.words(), run.least(), run.most()));
    }
    if (runs.size() == 1) {
      Run only = runs.getFirst();
      return List.of(new Run(component, "all", only.words(), only.least(), only.most()));
    }
    return runs;
  }

  private static Run run(
      Block block, List<PlannedTensor> tensors, Recipe recipe, Weights expression) {
    List<PlannedTensor> merged =
        tensors.stream().filter(tensor -> tensor.treatment() == Treatment.MERGED).toList();
    DoubleSummaryStatistics alphas =
        tensors.stream()
            .filter(tensor -> tensor.reason().isEmpty())
            .map(PlannedTensor::alpha)
            .filter(OptionalDouble::isPresent)
            .mapToDouble(OptionalDouble::getAsDouble)
            .summaryStatistics();
    if (merged.isEmpty() && alphas.getCount() == 0) {
      String source =
          expression instanceof Weights.Source(String model) ? model : recipe.firstModel();
      return new Run(
          block.component(),
          block.name(),
          "100 % " + source,
          OptionalDouble.empty(),
          OptionalDouble.empty());
    }
    if (alphas.getCount() == 0) {
      String words = words(expression, OptionalDouble.empty());
      return new Run(
          block.component(), block.name(), words, OptionalDouble.empty(), OptionalDouble.empty());
    }
    OptionalDouble least = OptionalDouble.of(alphas.getMin());
    OptionalDouble most = OptionalDouble.of(alphas.getMax());
    String words = words(expression, least);
    if (alphas.getMin() != alphas.getMax()) {
      words = "by tensor, from " + words + " to " + words(expression, most);
    }
    return new Run(block.component(), block.name(), words, least, most);
  }

  private static Block block(PlannedTensor tensor) {
    String prefix = tensor.component().id() + ".";
    String name = tensor.block();
    return new Block(
        tensor.component(), name.startsWith(prefix) ? name.substring(prefix.length()) : name);
  }

  private static String span(List<Block> blocks) {
    String first = blocks.getFirst().name();
    return blocks.size() == 1 ? first : first + " to " + blocks.getLast().name();
  }

  private static String words(Weights expression, OptionalDouble alpha) {
    return switch (expression) {
      case Weights.Source _, Weights.Named _ -> name(expression);
      case Weights.Interpolate(Interpolation method, Weights a, Weights b, _, var mask) ->
          blend(name(a), name(b), alpha)
              + (method == Interpolation.LINEAR ? "" : ", by " + method.id())
              + (mask.isPresent() ? ", where the mask is set" : "");
      case Weights.Sum(List<Weights.Term> terms, boolean normalise) ->
          terms.stream()
              .map(term -> factor(term.coefficient(), "weight") + " " + name(term.weights()))
              .collect(
                  Collectors.joining(" + ", normalise ? "(" : "", normalise ? ") / weights" : ""));
      case Weights.AddDelta(Weights base, Delta delta, _) ->
          name(base)
              + " + "
              + (alpha.isPresent() ? number(alpha.getAsDouble()) : "alpha")
              + " "
              + words(delta);
      case Weights.Dare dare ->
          blend(name(dare.a()), "dare(" + name(dare.a()) + ", " + name(dare.b()) + ")", alpha)
              + (dare.method() == Interpolation.LINEAR ? "" : ", by " + dare.method().id())
              + (dare.mask().isPresent() ? ", where the mask is set" : "");
      case Weights.ByAngle node ->
          node.rule() instanceof AngleRule.Arc
              ? blend(name(node.models().getFirst()), name(node.models().getLast()), alpha)
                  + ", by nuslerp"
              : combined(node.rule().method(), node.base().stream().toList(), node.models());
      case Weights.ByElement(var rule, var base, var models) ->
          combined(rule.method(), List.of(base), models);
      case Weights.Fisher(List<Weights.Informed> models, _, _) ->
          "the mean of "
              + models.stream().map(model -> name(model.model())).collect(Collectors.joining(", "))
              + " by their Fisher information";
      case Weights.Sparse(Weights model, Sparsify sparsify, _) ->
          name(model) + " " + words(sparsify);
      case Weights.Except except -> words(except.merged(), alpha);
      case Weights.Choice _ -> "for each tensor one of several";
      case Weights.Rounded(var inner) -> words(inner, alpha);
      case Weights.Applied applied ->
          applied.operands().stream()
              .map(Shares::name)
              .collect(Collectors.joining(", ", applied.method().info().name() + "(", ")"));
      case Weights.Adapted(var model, var file, _, _, _) ->
          name(model)
              + " + "
              + (alpha.isPresent() ? number(alpha.getAsDouble()) + " " : "")
              + file.getFileName();
      case Weights.Federated federated -> words(federated);
      case Weights.ByLikeness(Weights a, Weights b, _, var likeness) ->
          combined(likeness.method(), List.of(), List.of(a, b));
      case Weights.Normalize normalize ->
          name(normalize.model()) + " scaled to the norms of " + name(normalize.reference());
      case Weights.InjectNoise noise ->
          blend(name(noise.model()), "(" + name(noise.model()) + " + noise)", alpha);
    };
  }

  private static String words(Weights.Federated federated) {
    String method =
        switch (federated.pooling()) {
          case Pooling.Mean() -> "the mean";
          case Pooling.Median() -> "the median";
          case Pooling.TrimmedMean(Ratio.Constant(double share)) ->
              "the mean without " + number(100 * share) + " % at each end";
          case Pooling.TrimmedMean _ -> "the mean without a share at each end";
        };
    return method
        + (federated.isOfChanges() ? " of what was changed, by " : " of ")
        + Amount.count(federated.clients().size(), "client", "clients");
  }

  /// `sce(A, B) upon C`
  private static String combined(String method, List<Weights> base, List<Weights> models) {
    String list = models.stream().map(Shares::name).collect(Collectors.joining(", "));
    return method + "(" + list + ")" + (base.isEmpty() ? "" : " upon " + name(base.getFirst()));
  }

  private static String words(Delta delta) {
    return switch (delta) {
      case Delta.Difference(Weights fine, Weights base) ->
          "(" + name(fine) + " - " + name(base) + ")";
      case Delta.Sparse(Delta inner, Sparsify sparsify, _) -> words(inner) + " " + words(sparsify);
      case Delta.Combined(List<Delta.Term> terms, Delta.Election election, boolean normalise) ->
          terms.stream()
              .map(term -> factor(term.coefficient(), "weight") + " " + words(term.delta()))
              .collect(
                  Collectors.joining(
                      " + ",
                      election == Delta.Election.NONE ? "(" : "elected(",
                      normalise ? ") / weights" : ")"));
    };
  }

  private static String words(Sparsify sparsify) {
    String density = factor(sparsify.density(), "density");
    return switch (sparsify) {
      case Sparsify.Above _ -> "[greatest " + density + "]";
      case Sparsify.OfModel _ -> "[greatest " + density + " of the model]";
      case Sparsify.Magnitude _ -> "[greatest " + density + "]";
      case Sparsify.Outliers(_, Ratio gamma) ->
          "[greatest " + density + " after " + factor(gamma, "gamma") + "]";
      case Sparsify.Random _ -> "[random " + density + "]";
      case Sparsify.Ranked(_, Ratio epsilon, _) ->
          "[random " + density + " by rank, +- " + factor(epsilon, "epsilon") + "]";
    };
  }

  /// One number for all tensors, or what it is called.
  private static String factor(Ratio ratio, String otherwise) {
    return ratio instanceof Ratio.Constant(double value) ? number(value) : otherwise;
  }

  private static String name(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> model;
      case Weights.Named(String name) -> name;
      case Weights.Rounded(var inner) -> name(inner);
      case Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.Except _,
          Weights.Choice _,
          Weights.Adapted _,
          Weights.Federated _,
          Weights.Applied _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.InjectNoise _ ->
          "(" + words(weights, OptionalDouble.empty()) + ")";
    };
  }

  private static String blend(String first, String later, OptionalDouble alpha) {
    if (alpha.isEmpty()) {
      return first + " with " + later;
    }
    double share = alpha.getAsDouble();
    if (share == 0) {
      return "100 % " + first;
    }
    if (share == 1) {
      return "100 % " + later;
    }
    return number(100 - 100 * share) + " % " + first + " + " + number(100 * share) + " % " + later;
  }

  /// At most two decimals, none that say nothing.
  private static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
  }
}
