package dev.mokume.cli;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Parameter;
import dev.mokume.recipe.Argument;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import picocli.CommandLine.TypeConversionException;

/// Turns `--method` into a recipe where it names a method of [dev.mokume.plugin]: its parameters
/// are given with `--set`, and `--alpha` and `--seed` where it has such; curves as for any method.
final class AppliedRecipes {
  private static final String ALPHA = "alpha";
  private static final Set<MethodOption> ANY =
      Set.of(
          MethodOption.ALPHA,
          MethodOption.MBW,
          MethodOption.PRESETS,
          MethodOption.GRADIENT,
          MethodOption.RATIO_FOR,
          MethodOption.ELEMENTAL,
          MethodOption.BASE,
          MethodOption.SEED);

  private final MethodFlags flags;
  private final MergeMethod method;
  private final MethodInfo info;
  private final Problems problems = new Problems();
  private Ratio scale = new Ratio.Constant(1);

  private AppliedRecipes(MethodFlags flags, MergeMethod method) {
    this.flags = flags;
    this.method = method;
    this.info = method.info();
  }

  /// @param inputs the models in order, `--base` not among them
  /// @param headers what a checkpoint is; only asked for the first model
  /// @throws MokumeException with every problem of the options
  static Recipe of(
      MethodFlags flags, MergeMethod method, List<Path> inputs, Function<Path, Detection> headers) {
    return new AppliedRecipes(flags, method).build(inputs, headers);
  }

  private Recipe build(List<Path> inputs, Function<Path, Detection> headers) {
    flags.given().stream()
        .filter(option -> !ANY.contains(option))
        .forEach(option ->
            problems.add(
                "%s is not an option of %s; its parameters are given with --set NAME=VALUE."
                    .formatted(option.text(), id())));
    if (!info.models().allows(inputs.size())) {
      problems.add(
          "%s takes %s %s, but %s were given."
              .formatted(
                  id(),
                  info.models().least(),
                  info.models().names().isEmpty() ? "models or more" : "models",
                  inputs.size()));
    }
    if (info.models().onDeltas() != flags.base.isPresent()) {
      problems.add(
          info.models().onDeltas()
              ? id() + " works on what models changed: name what they were made of with --base C."
              : "--base is not an option of " + id() + ", which works on the models themselves.");
    }
    SequencedMap<String, Argument> arguments = arguments();
    problems.throwIfAny();
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    List<Weights> sources = new ArrayList<>();
    for (Path input : inputs) {
      String name = ModelNames.letter(models.size());
      models.put(name, input);
      sources.add(new Weights.Source(name));
    }
    Optional<Weights> base =
        flags.base.map(file -> {
          String name = ModelNames.letter(models.size());
          models.put(name, file);
          return new Weights.Source(name);
        });
    Weights weights = new Weights.Applied(method, sources, base, scale, arguments);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    MethodRecipes.weightsOf(headers.apply(inputs.getFirst()))
        .forEach(component -> components.put(component, weights));
    return Recipe.of(models, Result.Checkpoint.of(components));
  }

  private String id() {
    return info.name().replace('_', '-');
  }

  private SequencedMap<String, Argument> arguments() {
    SequencedMap<String, Argument> arguments = new LinkedHashMap<>();
    for (String setting : flags.settings) {
      int equals = setting.indexOf('=');
      String name = equals < 0 ? setting : setting.substring(0, equals);
      Optional<Parameter> parameter = info.parameter(name.strip().replace('-', '_'));
      if (equals < 0) {
        problems.add("--set needs a name and a value, as in --set tilt=0.5, but is " + setting);
      } else if (parameter.isEmpty()) {
        problems.add(
            Problems.unknown(
                "--set: " + id() + " has no parameter",
                name,
                info.parameters().stream().map(Parameter::name).toList()));
      } else {
        parse(parameter.get(), setting.substring(equals + 1).strip())
            .ifPresent(argument -> arguments.put(parameter.get().name(), argument));
      }
    }
    flags.alpha.ifPresent(alpha -> put(arguments, "--alpha", ALPHA, String.valueOf(alpha)));
    flags.seed.ifPresent(seed -> put(arguments, "--seed", Parameter.SEED, String.valueOf(seed)));
    Curves curves =
        new Curves(flags.curves, info.parameter(ALPHA).isPresent() ? ALPHA : "", problems);
    for (Parameter parameter : info.parameters()) {
      number(arguments, parameter)
          .ifPresent(number ->
              put(arguments, parameter, curves.of(id(parameter), number, isGiven(parameter))));
    }
    scale = info.models().onDeltas() ? curves.of("scale", 1, false) : new Ratio.Constant(1);
    curves.tellOthers(id());
    return arguments;
  }

  private static String id(Parameter parameter) {
    return parameter.name().replace('_', '-');
  }

  /// What a number is where no curve says otherwise; nothing if the parameter is none, or a seed.
  private static Optional<Double> number(
      SequencedMap<String, Argument> arguments, Parameter parameter) {
    Argument given =
        Objects.requireNonNullElse(arguments.get(parameter.name()), Argument.otherwise(parameter));
    return switch (given) {
      case Argument.Real(Ratio.Constant(double value)) -> Optional.of(value);
      case Argument.Whole(long value) ->
          parameter.name().equals(Parameter.SEED) ? Optional.empty() : Optional.of((double) value);
      case Argument.Real _, Argument.Flag _, Argument.Choice _ -> Optional.empty();
    };
  }

  private static void put(
      SequencedMap<String, Argument> arguments, Parameter parameter, Ratio ratio) {
    if (!(ratio instanceof Ratio.Constant)) {
      arguments.put(parameter.name(), new Argument.Real(ratio));
    }
  }

  private boolean isGiven(Parameter parameter) {
    return flags.alpha.isPresent() && parameter.name().equals(ALPHA)
        || flags.settings.stream()
            .anyMatch(
                setting -> setting.replace('-', '_').strip().startsWith(parameter.name() + "="));
  }

  private void put(
      SequencedMap<String, Argument> arguments, String option, String name, String value) {
    Optional<Parameter> parameter = info.parameter(name);
    if (parameter.isEmpty()) {
      problems.add(option + " is not an option of " + id() + ", which has no " + name + ".");
    } else {
      parse(parameter.get(), value).ifPresent(argument -> arguments.put(name, argument));
    }
  }

  private Optional<Argument> parse(Parameter parameter, String value) {
    return switch (parameter) {
      case Parameter.Real real -> {
        Optional<Double> number = number(value);
        if (number.filter(x -> x >= real.least() && x <= real.most()).isEmpty()) {
          yield refused(
              parameter, "a number in [%s, %s]".formatted(real.least(), real.most()), value);
        }
        yield number.map(Argument::of);
      }
      case Parameter.Whole whole -> {
        Optional<Long> number = whole(value);
        if (number.filter(x -> x >= whole.least() && x <= whole.most()).isEmpty()) {
          yield refused(
              parameter,
              "a whole number from %s to %s".formatted(whole.least(), whole.most()),
              value);
        }
        yield number.map(Argument.Whole::new);
      }
      case Parameter.Flag _ ->
          value.equals("true") || value.equals("false")
              ? Optional.of(new Argument.Flag(value.equals("true")))
              : refused(parameter, "true or false", value);
      case Parameter.Choice choice ->
          choice.values().contains(value)
              ? Optional.of(new Argument.Choice(value))
              : refused(parameter, "one of " + String.join(", ", choice.values()), value);
    };
  }

  private Optional<Argument> refused(Parameter parameter, String wanted, String value) {
    problems.add(
        "%s of %s must be %s, but is '%s'.".formatted(parameter.name(), id(), wanted, value));
    return Optional.empty();
  }

  private static Optional<Double> number(String text) {
    try {
      return Optional.of(Numbers.real(text));
    } catch (TypeConversionException e) {
      return Optional.empty();
    }
  }

  private static Optional<Long> whole(String text) {
    try {
      return Optional.of(Long.valueOf(text));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }
}
