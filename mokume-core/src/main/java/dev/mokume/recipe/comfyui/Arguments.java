package dev.mokume.recipe.comfyui;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.workflow.Node;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/// What one node is given: values that fit its definition, by the names of its inputs.
///
/// @param values in the order of the workflow; what is optional and not given is missing
/// @param files the files behind the values that name one
record Arguments(
    Node node,
    SequencedMap<String, Value> values,
    Map<String, Path> files,
    RecipeParts parts,
    Surroundings surroundings) {

  /// What a node's meaning depends on besides its arguments.
  ///
  /// @param compat whose behaviour to reproduce
  /// @param rng which random numbers to draw
  /// @param headers what the files hold
  /// @param notes told to the user once each
  record Surroundings(Compat compat, Rng rng, FileHeaders headers, Set<String> notes) {}

  boolean has(String input) {
    return values.containsKey(input);
  }

  private Value value(String input) {
    return Objects.requireNonNull(values.get(input), "the inputs of a node are checked before");
  }

  /// What the value is called.
  String words(String input) {
    return Words.of(value(input));
  }

  Value.Model model(String input) {
    return (Value.Model) value(input);
  }

  /// What a node of DareMerge takes from a model: if that comes from earlier merges, rounded as if
  /// it had been stored.
  Weights operand(Weights weights) {
    return surroundings.compat().has(Quirk.ROUNDED_OPERANDS) && !(weights instanceof Weights.Source)
        ? new Weights.Rounded(weights)
        : weights;
  }

  Value.Clip clip(String input) {
    return (Value.Clip) value(input);
  }

  Value.Vae vae(String input) {
    return (Value.Vae) value(input);
  }

  Mask mask(String input) {
    return ((Value.ModelMask) value(input)).mask();
  }

  Optional<Mask> optionalMask(String input) {
    return has(input) ? Optional.of(mask(input)) : Optional.empty();
  }

  Value.Gradient gradient(String input) {
    return (Value.Gradient) value(input);
  }

  String text(String input) {
    return ((Value.Text) value(input)).text();
  }

  boolean flag(String input) {
    return ((Value.Flag) value(input)).isOn();
  }

  long whole(String input) {
    return ((Value.Whole) value(input)).number();
  }

  double real(String input) {
    return ((Value.Real) value(input)).number();
  }

  /// The names of the inputs that are numbers, in the order of the workflow.
  List<String> numbers() {
    return values.entrySet().stream()
        .filter(entry -> entry.getValue() instanceof Value.Real)
        .map(Map.Entry::getKey)
        .toList();
  }

  Path file(String input) {
    return Objects.requireNonNull(files.get(input));
  }

  /// A model of the recipe: the file that an input names.
  Value.Origin load(String input, boolean isCheckpoint) {
    return new Value.Origin(parts.model(file(input)), isCheckpoint);
  }

  /// The expression under the node's name.
  Weights name(Weights weights) {
    return parts.name(wish(), weights);
  }

  Mask name(Mask mask) {
    return parts.name(wish(), mask);
  }

  Ratio name(Ratio ratio) {
    return parts.name(wish(), ratio);
  }

  /// Names in a recipe say which node they come from; ids do not change while a workflow grows.
  private String wish() {
    return node.title() + " " + node.id();
  }

  /// The recipe that makes a mask and nothing else.
  Recipe recipe(Mask mask) {
    return parts.recipe(
        Optional.empty(), Products.maskFile(mask), surroundings.compat(), surroundings.rng());
  }

  /// The recipe that makes a model and nothing else, with the names of a checkpoint.
  Recipe recipe(Value.Model model) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, model.weights());
    return parts.recipe(
        Optional.of(model.origin().model()),
        Result.Checkpoint.of(components)
            .withOnly(components.keySet())
            .withNames(Result.Names.CHECKPOINT),
        surroundings.compat(),
        surroundings.rng());
  }

  /// A gradient's ratio with all that it depends on.
  Product.Ratios ratios(Value.Gradient gradient) {
    return new Product.Ratios(
        gradient.ratio(),
        parts.ratiosOf(gradient.ratio()),
        gradient.model().flatMap(parts::file),
        surroundings.compat());
  }

  void note(String sentence) {
    surroundings.notes().add(sentence);
  }

  Compat compat() {
    return surroundings.compat();
  }
}
