package dev.mokume.recipe.mergekit;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.recipe.mergekit.Arrangement.Stage;
import dev.mokume.recipe.mergekit.Arrangement.Strand;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// Looks up the parameters of tensors: those of a model in a slice go before those of the slice,
/// these before the module's, and these before the config's. A setting whose filters do not fit a
/// tensor is as if it were not there.
final class MixReading {
  private final MergekitConfig config;
  private final Collection<Problem> problems;

  MixReading(MergekitConfig config, Collection<Problem> problems) {
    this.config = config;
    this.problems = problems;
  }

  /// The values that the method has for a tensor of the output.
  SequencedMap<String, Value> ofAll(Stage stage, String tensor, double t) {
    List<Parameters> places = List.of(stage.parameters(), stage.module(), config.parameters());
    SequencedMap<String, Value> values = new LinkedHashMap<>();
    for (MergeMethod.Parameter parameter : config.method().ofAll()) {
      Optional<Value> value = first(places, parameter.name(), tensor, t);
      value.ifPresent(known -> values.put(parameter.name(), known));
      if (value.isEmpty() && parameter.required()) {
        problem(
            "%s needs %s, but there is none for tensor %s. Give it under parameters."
                .formatted(config.method().id(), parameter.name(), tensor));
      }
    }
    return values;
  }

  /// The values that a model has for a tensor, by the tensor's name in that model.
  SequencedMap<String, Value> ofModel(Strand strand, Stage stage, String tensor, double t) {
    List<Parameters> places =
        List.of(strand.parameters(), stage.parameters(), stage.module(), config.parameters());
    SequencedMap<String, Value> values = new LinkedHashMap<>();
    for (MergeMethod.Parameter parameter : config.method().ofModels()) {
      Optional<Value> value = first(places, parameter.name(), tensor, t);
      value.ifPresent(known -> values.put(parameter.name(), known));
      if (value.isEmpty() && parameter.required() && !strand.isBase()) {
        problem(
            "%s needs a %s of %s, but there is none for tensor %s. Give it under the model's parameters."
                .formatted(
                    config.method().id(), parameter.name(), strand.model().reference(), tensor));
      }
    }
    return values;
  }

  private Optional<Value> first(List<Parameters> places, String name, String tensor, double t) {
    for (Parameters place : places) {
      Optional<Value> value = place.at(name, tensor, t);
      if (value.isPresent()) {
        return Optional.of(checked(value.get(), name, place.places().getOrDefault(name, "")));
      }
    }
    return Optional.empty();
  }

  private Value checked(Value value, String name, String place) {
    return switch (value) {
      case Value.Real(double number) when MergeMethod.isFlag(name) -> new Value.Flag(number != 0);
      case Value.Real real -> real;
      case Value.Flag flag when MergeMethod.isFlag(name) -> flag;
      case Value.Flag _, Value.Text _ -> {
        Problem problem =
            new Problem(
                ErrorCode.INVALID_RECIPE,
                "%s: %s must be %s but is %s."
                    .formatted(
                        place,
                        name,
                        MergeMethod.isFlag(name) ? "true or false" : "a number",
                        value));
        if (!problems.contains(problem)) {
          problems.add(problem);
        }
        yield new Value.Real(0);
      }
    };
  }

  /// One tensor is enough for each parameter: the rest lack it for the same reason.
  private void problem(String message) {
    String start = message.substring(0, message.indexOf(" for tensor"));
    boolean told = problems.stream().anyMatch(problem -> problem.message().contains(start));
    if (!told) {
      problems.add(new Problem(ErrorCode.INVALID_RECIPE, config.source() + ": " + message));
    }
  }

  /// Parameters that the method does not have, with their places: mergekit ignores them too.
  static List<String> idle(MergekitConfig config, Stream<Parameters> all) {
    List<String> known = config.method().parameters();
    return all.flatMap(parameters ->
            parameters.places().entrySet().stream()
                .filter(entry -> !known.contains(entry.getKey()))
                .map(entry ->
                    "%s: %s has no parameter '%s', which is ignored%s"
                        .formatted(
                            entry.getValue(),
                            config.method().id(),
                            entry.getKey(),
                            known.isEmpty()
                                ? "; it has none."
                                : "; it has " + String.join(", ", known) + ".")))
        .distinct()
        .toList();
  }
}
