package dev.mokume.method;

import dev.mokume.architecture.Component;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// Works out one ratio over the tensors of the first model. Problems are gathered; a part that has
/// one has no numbers.
final class RatioEvaluation {
  private static final String SD15_MARK = "output_blocks.11.0.in_layers.0.weight";

  private final RatioContext context;
  private final List<Problem> problems = new ArrayList<>();
  private final SequencedSet<String> notes = new LinkedHashSet<>();
  private final Map<String, SequencedMap<String, Double>> evaluated = new HashMap<>();
  private final SequencedSet<String> open = new LinkedHashSet<>();

  RatioEvaluation(RatioContext context) {
    this.context = context;
  }

  List<Problem> problems() {
    return problems;
  }

  List<String> notes() {
    return List.copyOf(notes);
  }

  /// The ratio's number for each tensor that has one, in the model's order.
  SequencedMap<String, Double> evaluate(Ratio ratio) {
    return switch (ratio) {
      case Ratio.Constant(double value) -> each(_ -> Optional.of(value));
      case Ratio.Named(String name) -> named(name);
      case Ratio.Complement(Ratio inner) -> mapped(evaluate(inner), value -> 1 - value);
      case Ratio.ByBlock(String weights, double otherwise) -> byBlock(weights, otherwise);
      case Ratio.ByDepth depth -> byDepth(depth);
      case Ratio.ByComponent(SequencedMap<Component, Ratio> ratios) -> byComponent(ratios);
      case Ratio.ByPattern(SequencedMap<String, Ratio> ratios) -> byPattern(ratios);
      case Ratio.ByGroup groups -> unet("groups", local -> UnetNames.group(groups, local));
      case Ratio.ByUnetBlock(SequencedMap<String, Double> values) -> byUnetBlock(values);
      case Ratio.ByShell shells -> byShell(shells);
      case Ratio.ByAttention parts -> each(tensor -> part(parts, tensor));
      case Ratio.ByPrefix(SequencedMap<String, Double> prefixes, double otherwise) ->
          byPrefix(prefixes, otherwise);
      case Ratio.ByName(SequencedMap<String, Double> values) -> byName(values);
      case Ratio.Combined(Ratio.Operation operation, Ratio.Join join, Ratio a, Ratio b) ->
          combined(operation, join, evaluate(a), evaluate(b));
      case Ratio.Elemental(String rules, Optional<Ratio> otherwise) ->
          elemental(rules, otherwise.map(this::evaluate).orElseGet(LinkedHashMap::new));
      case Ratio.Edited(Ratio inner, Ratio.Edit edit, double value, String layers) ->
          edited(evaluate(inner), edit, value, layers);
    };
  }

  void refuseNonFinite(Map<String, Double> numbers) {
    List<Map.Entry<String, Double>> wrong =
        numbers.entrySet().stream().filter(entry -> !Double.isFinite(entry.getValue())).toList();
    if (!wrong.isEmpty()) {
      Map.Entry<String, Double> first = wrong.getFirst();
      problem(
          "the ratio of tensor '%s'%s is %s; ratios have to be finite numbers"
              .formatted(first.getKey(), andOthers(wrong.size()), first.getValue()));
    }
  }

  private SequencedMap<String, Double> named(String name) {
    SequencedMap<String, Double> known = evaluated.get(name);
    if (known != null) {
      return known;
    }
    Ratio ratio = context.named().get(name);
    if (ratio == null) {
      problem(
          "the recipe has no ratio '%s'%s"
              .formatted(name, didYouMean(name, context.named().keySet())));
      return new LinkedHashMap<>();
    }
    if (!open.add(name)) {
      problem(
          "the ratio '%s' refers to itself: %s -> %s"
              .formatted(name, String.join(" -> ", open), name));
      return new LinkedHashMap<>();
    }
    SequencedMap<String, Double> numbers = evaluate(ratio);
    open.remove(name);
    evaluated.put(name, numbers);
    return numbers;
  }

  private SequencedMap<String, Double> byBlock(String weights, double otherwise) {
    try {
      ToDoubleFunction<String> number = context.blocks().read(weights, otherwise);
      return each(tensor -> Optional.of(number.applyAsDouble(tensor)));
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return new LinkedHashMap<>();
    }
  }

  private SequencedMap<String, Double> elemental(String text, Map<String, Double> otherwise) {
    ElementalRules rules;
    try {
      rules =
          ElementalRules.parse(
              text, context.inBlocks(), tensor -> context.local().apply(tensor).orElse(tensor));
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return new LinkedHashMap<>();
    }
    Map<String, Double> ruled = new HashMap<>();
    for (ElementalRules.Rule rule : rules.rules()) {
      boolean any = false;
      for (String tensor : context.tensors()) {
        if (rule.selects().test(tensor)) {
          ruled.put(tensor, rule.number());
          any = true;
        }
      }
      if (!any) {
        notes.add(
            "The elemental rule '%s' selects no tensor of the first model.".formatted(rule.text()));
      }
    }
    return each(tensor -> Optional.ofNullable(ruled.getOrDefault(tensor, otherwise.get(tensor))));
  }

  private SequencedMap<String, Double> byDepth(Ratio.ByDepth ratio) {
    if (context.depths().isEmpty() && ratio.numbers().size() > 1) {
      notes.add(
          "The first model has no numbered layers, so that a ratio by depth is its first number"
              + " everywhere.");
    }
    return each(tensor ->
        Optional.of(ratio.at(context.depths().at(context.place().apply(tensor).block()))));
  }

  private SequencedMap<String, Double> byComponent(SequencedMap<Component, Ratio> ratios) {
    Map<Component, Map<String, Double>> numbers = new EnumMap<>(Component.class);
    ratios.forEach((component, ratio) -> numbers.put(component, evaluate(ratio)));
    return each(tensor ->
        Optional.ofNullable(numbers.get(context.place().apply(tensor).component()))
            .flatMap(ofPart -> Optional.ofNullable(ofPart.get(tensor))));
  }

  /// Each tensor from the first pattern that selects it.
  private SequencedMap<String, Double> byPattern(SequencedMap<String, Ratio> ratios) {
    Map<String, Map<String, Double>> source = new HashMap<>();
    ratios.forEach((pattern, ratio) -> {
      Map<String, Double> numbers = evaluate(ratio);
      selected(pattern).forEach(tensor -> source.putIfAbsent(tensor, numbers));
    });
    return each(tensor ->
        Optional.ofNullable(source.get(tensor))
            .flatMap(numbers -> Optional.ofNullable(numbers.get(tensor))));
  }

  private List<String> selected(String pattern) {
    try {
      LayerSelection selection = LayerSelection.parse(pattern, Compat.NONE);
      for (LayerSelection.Match match : selection.matches(context.tensors())) {
        if (match.names().isEmpty()) {
          notes.add(
              "A ratio has the pattern '%s', which selects no tensor of the first model%s"
                  .formatted(
                      match.pattern(),
                      new NearNames(context.tensors()).suggestion(match.pattern())));
        }
      }
      return selection.matches(context.tensors()).stream()
          .flatMap(match -> match.names().stream())
          .toList();
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return List.of();
    }
  }

  private SequencedMap<String, Double> byUnetBlock(SequencedMap<String, Double> values) {
    for (String name : values.keySet()) {
      if (!UnetNames.BLOCKS.contains(name)) {
        problem(
            "a U-Net has no block '%s'%s Blocks are time, label, input_blocks.0 to 11, middle_block.0 to 2, output_blocks.0 to 11, out"
                .formatted(name, didYouMean(name, UnetNames.BLOCKS)));
      }
    }
    if (values.isEmpty()) {
      return new LinkedHashMap<>();
    }
    return byBlocks(
        "blocks",
        (local, bare) ->
            UnetNames.block(UnetNames.BLOCKS, local, bare)
                .flatMap(block -> Optional.ofNullable(values.get(block))));
  }

  private SequencedMap<String, Double> byShell(Ratio.ByShell shells) {
    boolean deep = context.tensors().stream().anyMatch(tensor -> isLocally(tensor, SD15_MARK));
    return byBlocks("shell", (local, bare) -> UnetNames.shell(shells, local, deep, bare));
  }

  /// Numbers by the names of blocks, whole or as bare prefixes. Tells where that makes a
  /// difference.
  ///
  /// @param number of a tensor's name within the diffusion model, by bare prefixes or not
  private SequencedMap<String, Double> byBlocks(
      String what, BiFunction<String, Boolean, Optional<Double>> number) {
    if (!context.compat().has(Quirk.BARE_PREFIXES)) {
      return unet(what, local -> number.apply(local, false));
    }
    SequencedSet<String> others = new LinkedHashSet<>();
    SequencedMap<String, Double> numbers =
        unet(
            what,
            local -> {
              Optional<Double> bare = number.apply(local, true);
              if (!bare.equals(number.apply(local, false))) {
                others.add(UnetNames.blockOf(local));
              }
              return bare;
            });
    if (!others.isEmpty()) {
      notes.add(
          "Under --compat %s the name of a block is a bare prefix: %s %s the number of a block whose name %s begins with, and not %s own."
              .formatted(
                  context.compat().id(),
                  String.join(", ", others),
                  others.size() == 1 ? "takes" : "take",
                  others.size() == 1 ? "its own" : "theirs",
                  others.size() == 1 ? "its" : "their"));
    }
    return numbers;
  }

  private boolean isLocally(String tensor, String local) {
    return tensor.endsWith(local)
        && context.local().apply(tensor).filter(local::equals).isPresent();
  }

  /// The parts are told by what their names hold, in this order (quirk G9).
  private static Optional<Double> part(Ratio.ByAttention parts, String tensor) {
    return tensor.contains("norm") && parts.norm().isPresent()
        ? boxed(parts.norm())
        : tensor.contains("attn") && parts.attention().isPresent()
            ? boxed(parts.attention())
            : tensor.contains("ff.net") ? boxed(parts.feedForward()) : Optional.empty();
  }

  private SequencedMap<String, Double> byPrefix(
      SequencedMap<String, Double> prefixes, double otherwise) {
    List<String> longestFirst =
        prefixes.keySet().stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .toList();
    return unet(
        "prefix",
        local ->
            Optional.of(
                longestFirst.stream()
                    .filter(local::startsWith)
                    .findFirst()
                    .map(prefixes::get)
                    .orElse(otherwise)));
  }

  /// By the name in the file, or the one that ComfyUI has in memory.
  private SequencedMap<String, Double> byName(SequencedMap<String, Double> values) {
    Set<String> found = new HashSet<>();
    SequencedMap<String, Double> numbers =
        each(tensor -> {
          String name =
              values.containsKey(tensor)
                  ? tensor
                  : context.local().apply(tensor).map(DiffusionName::held).orElse(tensor);
          found.add(name);
          return Optional.ofNullable(values.get(name));
        });
    for (String name : values.keySet()) {
      if (!found.contains(name)) {
        notes.add(
            "A ratio names the tensor '%s', which the first model does not have%s"
                .formatted(name, new NearNames(context.tensors()).suggestion(name)));
      }
    }
    return numbers;
  }

  private SequencedMap<String, Double> combined(
      Ratio.Operation operation, Ratio.Join join, Map<String, Double> a, Map<String, Double> b) {
    List<String> divided = new ArrayList<>();
    SequencedMap<String, Double> numbers =
        each(tensor -> {
          Double left = a.get(tensor);
          Double right = b.get(tensor);
          if (left == null || right == null) {
            return join == Ratio.Join.OUTER
                ? Optional.ofNullable(left != null ? left : right)
                : Optional.empty();
          }
          if (operation == Ratio.Operation.DIVIDE && right == 0) {
            divided.add(tensor);
            return Optional.empty();
          }
          return Optional.of(apply(operation, left, right));
        });
    if (!divided.isEmpty()) {
      problem(
          "a ratio is divided by zero for tensor '%s'%s; give the divisor a value other than 0 there, or leave the tensor out of it"
              .formatted(divided.getFirst(), andOthers(divided.size())));
    }
    return numbers;
  }

  private static double apply(Ratio.Operation operation, double a, double b) {
    return switch (operation) {
      case MEAN -> (a + b) / 2;
      case MIN -> Math.min(a, b);
      case MAX -> Math.max(a, b);
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> a / b;
    };
  }

  /// With [Quirk#REPEATED_EDITS] the numbers are changed where they are, so that whoever else uses
  /// the same named ratio sees them changed.
  private SequencedMap<String, Double> edited(
      SequencedMap<String, Double> numbers, Ratio.Edit edit, double value, String layers) {
    if (edit == Ratio.Edit.DIVIDE && value == 0) {
      problem("the edit of the layers '%s' divides their ratios by zero".formatted(layers.strip()));
      return numbers;
    }
    SequencedMap<String, Double> result =
        context.compat().has(Quirk.REPEATED_EDITS) ? numbers : new LinkedHashMap<>(numbers);
    try {
      for (String tensor :
          LayerSelection.parse(layers, context.compat()).select(numbers.keySet())) {
        result.computeIfPresent(tensor, (_, old) -> apply(edit, old, value));
      }
    } catch (MokumeException e) {
      problems.addAll(e.problems());
    }
    return result;
  }

  private static double apply(Ratio.Edit edit, double old, double value) {
    return switch (edit) {
      case SET -> value;
      case ADD -> old + value;
      case SUBTRACT -> old - value;
      case MULTIPLY -> old * value;
      case DIVIDE -> old / value;
    };
  }

  /// Numbers for tensors of the diffusion model only.
  private SequencedMap<String, Double> unet(
      String what, Function<String, Optional<Double>> number) {
    SequencedMap<String, Double> numbers =
        each(tensor -> context.local().apply(tensor).flatMap(number));
    if (numbers.isEmpty()) {
      notes.add(
          "The ratio by %s has a number for none of the first model's %s tensors: none is of a block that it knows."
              .formatted(what, context.tensors().size()));
    }
    return numbers;
  }

  private SequencedMap<String, Double> each(Function<String, Optional<Double>> number) {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    for (String tensor : context.tensors()) {
      number.apply(tensor).ifPresent(value -> numbers.put(tensor, value));
    }
    return numbers;
  }

  private static SequencedMap<String, Double> mapped(
      Map<String, Double> numbers, Function<Double, Double> change) {
    SequencedMap<String, Double> result = new LinkedHashMap<>();
    numbers.forEach((tensor, value) -> result.put(tensor, change.apply(value)));
    return result;
  }

  private static Optional<Double> boxed(OptionalDouble value) {
    return value.isPresent() ? Optional.of(value.getAsDouble()) : Optional.empty();
  }

  private static String didYouMean(String name, Collection<String> known) {
    return Nearest.ending(name, known);
  }

  private static String andOthers(int count) {
    return count == 1 ? "" : " and %s more".formatted(count - 1);
  }

  private void problem(String message) {
    problems.add(new Problem(ErrorCode.INVALID_RECIPE, message));
  }
}
