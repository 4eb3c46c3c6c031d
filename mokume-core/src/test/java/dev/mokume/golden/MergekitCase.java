package dev.mokume.golden;

import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.List;
import java.util.Optional;

/// What a case of the suite mergekit asks: a method, models in order, and parameters for all or for
/// one.
record MergekitCase(Fields params) {
  String method() {
    return params.text("method");
  }

  /// The names of all models, the base among them if there is one.
  List<String> models() {
    return params.texts("models");
  }

  Optional<String> base() {
    return params.optionalText("base");
  }

  /// The models but for the base.
  List<String> others() {
    return models().stream().filter(model -> !base().equals(Optional.of(model))).toList();
  }

  Weights model(String name) {
    return new Weights.Source(name);
  }

  /// A parameter of the method.
  Ratio ratio(String parameter) {
    return new Ratio.Constant(params.object("parameters").number(parameter));
  }

  boolean flag(String parameter) {
    return params.object("parameters").flag(parameter);
  }

  /// A parameter of one model, if it has it.
  Optional<Ratio> ratio(String model, String parameter) {
    Fields own = params.object("tensor_parameters").objectOrEmpty(model);
    return own.has(parameter)
        ? Optional.of(new Ratio.Constant(own.number(parameter)))
        : Optional.empty();
  }

  /// What seeded the generator before the merge; 0 where nothing is drawn.
  long seed() {
    return params.has("seed") ? params.integer("seed") : 0;
  }
}
