package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Scalar.Reduction;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.Statistic;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.recipe.Argument;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// Lowers what methods of [dev.mokume.plugin] make of models: settles their parameters for a tensor
/// and puts the method itself into the expression.
final class AppliedMethods {
  private static final String ALPHA = "alpha";

  private final Lowering lowering;

  AppliedMethods(Lowering lowering) {
    this.lowering = lowering;
  }

  /// The share of the later of two models, if the method has it as `alpha`.
  OptionalDouble alpha(Weights.Applied node, String tensor) {
    boolean hasShare =
        node.models().size() == 2
            && node.method().info().parameter(ALPHA).orElse(null)
                instanceof Parameter.Real(_, _, var least, var most, _)
            && least == 0
            && most == 1;
    return hasShare && node.arguments().get(ALPHA) instanceof Argument.Real(var ratio)
        ? lowering.share(ratio, tensor)
        : OptionalDouble.empty();
  }

  /// @param first what the tensor stays where the method cannot be applied
  Elements apply(Weights.Applied node, Elements first, TensorSpec target) {
    List<Elements> models = new ArrayList<>();
    for (Weights model : node.models()) {
      Optional<Elements> elements = lowering.here(model);
      if (elements.isEmpty()) {
        return first;
      }
      models.add(elements.get());
    }
    OptionalDouble scale = lowering.share(node.scale(), target.name());
    Optional<Map<String, Object>> values = values(node, target.name());
    if (scale.isEmpty() || values.isEmpty()) {
      lowering.reason("the ratio has no number for it");
      return first;
    }
    Setting setting = new Setting(target.name(), target.shape(), models.size(), values.get());
    if (node.base().isEmpty()) {
      return result(node, setting, models);
    }
    if (scale.getAsDouble() == 0) {
      return first;
    }
    List<Elements> deltas = new ArrayList<>();
    models.forEach(
        model -> deltas.add(new Elements.Binary(Elements.Operator.SUBTRACT, model, first)));
    return new Elements.Blend(
        first,
        Scalar.constant(1),
        result(node, setting, deltas),
        Scalar.constant(scale.getAsDouble()));
  }

  private Optional<Map<String, Object>> values(Weights.Applied node, String tensor) {
    Map<String, Object> values = new HashMap<>();
    for (Parameter parameter : node.method().info().parameters()) {
      switch (node.arguments().get(parameter.name())) {
        case Argument.Real(var ratio) -> {
          OptionalDouble number = lowering.share(ratio, tensor);
          if (number.isEmpty()) {
            return Optional.empty();
          }
          values.put(parameter.name(), inRange(node, parameter, number.getAsDouble(), tensor));
        }
        case Argument.Whole(var value) -> values.put(parameter.name(), value);
        case Argument.Flag(var value) -> values.put(parameter.name(), value);
        case Argument.Choice(var value) -> values.put(parameter.name(), value);
        case null -> throw new IllegalStateException("no value of " + parameter);
      }
    }
    return Optional.of(values);
  }

  /// A ratio's number as the parameter has it.
  private static Object inRange(
      Weights.Applied node, Parameter parameter, double value, String tensor) {
    return switch (parameter) {
      case Parameter.Real(_, _, var least, var most, _) -> {
        if (!(value >= least && value <= most)) {
          throw refused(node, parameter, "in [%s, %s]".formatted(least, most), value, tensor);
        }
        yield value;
      }
      case Parameter.Whole(_, _, var least, var most, _) -> {
        if (value != Math.rint(value) || !(value >= least && value <= most)) {
          throw refused(
              node, parameter, "a whole number in [%s, %s]".formatted(least, most), value, tensor);
        }
        yield (long) value;
      }
      case Parameter.Flag _, Parameter.Choice _ ->
          throw new IllegalArgumentException(parameter + " is not a number");
    };
  }

  private static MokumeException refused(
      Weights.Applied node, Parameter parameter, String wanted, double value, String tensor) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "%s: %s must be %s, but is %s for %s."
            .formatted(
                node.method().info().name(), parameter.name(), wanted, value, Quoted.name(tensor)));
  }

  private Elements result(Weights.Applied node, Setting setting, List<Elements> inputs) {
    return switch (node.method()) {
      case ElementMethod method -> {
        List<Scalar> statistics =
            method.statistics(setting).stream()
                .map(statistic -> scalar(statistic, inputs))
                .toList();
        yield new Elements.Mapped(method, setting, inputs, statistics);
      }
      case TensorMethod method ->
          new Elements.Whole(
              lowering.compat().has(Quirk.LEFT_OVER_DIRECTIONS) ? method.asItsSource() : method,
              setting,
              inputs,
              draws(node, method, setting));
    };
  }

  private static Scalar scalar(Statistic statistic, List<Elements> inputs) {
    return switch (statistic) {
      case Statistic.Sum(var input) -> new Scalar.Statistic(Reduction.SUM, inputs.get(input));
      case Statistic.SumOfSquares(var input) ->
          new Scalar.Statistic(Reduction.SUM_OF_SQUARES, inputs.get(input));
      case Statistic.SumOfMagnitudes(var input) ->
          new Scalar.Statistic(Reduction.SUM_OF_MAGNITUDES, inputs.get(input));
      case Statistic.Least(var input) -> new Scalar.Statistic(Reduction.MIN, inputs.get(input));
      case Statistic.Greatest(var input) -> new Scalar.Statistic(Reduction.MAX, inputs.get(input));
      case Statistic.Dot(var a, var b) -> new Scalar.Dot(inputs.get(a), inputs.get(b));
    };
  }

  /// numpy's streams follow one another on one generator, a number for each element.
  private static List<Draw> numpyDraws(long seed, int streams, long elements) {
    if (seed < 0) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "numpy's generator, from which the profile mecha draws, has no seed below 0, but the seed is %s."
              .formatted(seed));
    }
    return IntStream.range(0, streams)
        .<Draw>mapToObj(i -> new Draw.Numpy(seed, Math.multiplyExact(i, elements)))
        .toList();
  }

  /// torch's streams follow one another on one generator, as many words each as there are elements.
  private List<Draw> draws(Weights.Applied node, TensorMethod method, Setting setting) {
    int streams = method.streams(setting);
    if (streams == 0) {
      return List.of();
    }
    long seed = setting.whole(Parameter.SEED);
    if (method.drawsAsNumpy() && lowering.compat().has(Quirk.NUMPY_DRAWS)) {
      return numpyDraws(seed, streams, setting.shape().elementCount());
    }
    String stream = method.info().name() + "/" + lowering.place(node) + "/";
    Draw.Prior prior = new Draw.Prior(Draw.Kind.WORDS, setting.shape().elementCount());
    return IntStream.range(0, streams)
        .<Draw>mapToObj(i ->
            lowering.recipe().rng() == Rng.TORCH_CPU
                ? new Draw.Torch(seed, IntStream.range(0, i).mapToObj(_ -> prior).toList())
                : new Draw.Stateless(seed, stream + i, setting.tensor()))
        .toList();
  }
}
