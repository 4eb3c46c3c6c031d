package dev.mokume.recipe.comfyui;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One input of a node.
///
/// @param name as workflows call it
/// @param presence whether it has to be there
/// @param standard its default, of the type's kind: a text, a number, a truth value; null for none
/// @param bounds of a number
/// @param choices of a combo that does not name files
/// @param folder where a combo's files lie
/// @param tooltip a sentence for people; may be empty
/// @param traits of its widget
public record InputSpec(
    String name,
    ValueType type,
    Presence presence,
    @Nullable Object standard,
    Optional<Bounds> bounds,
    List<String> choices,
    Optional<ModelFolder> folder,
    String tooltip,
    Set<Trait> traits) {
  /// The seeds that ComfyUI-DareMerge allows.
  private static final long MOST_SEED = 99_999_999_999L;

  /// Whether an input has to be there.
  public enum Presence {
    REQUIRED,
    OPTIONAL,
    /// Read if it is there, and not part of what a node tells about itself.
    HIDDEN
  }

  /// What a widget has besides its value.
  public enum Trait {
    /// A second widget that says how the number goes on after a run.
    CONTROLLED,
    MULTILINE
  }

  /// The numbers that are allowed, and the widget's step.
  public record Bounds(double min, double max, double step) {}

  public InputSpec {
    choices = List.copyOf(choices);
    traits = Set.copyOf(traits);
  }

  static InputSpec link(String name, ValueType type) {
    return plain(name, type, null, List.of());
  }

  static InputSpec real(String name, double standard, double min, double max, double step) {
    return plain(name, ValueType.FLOAT, standard, List.of()).within(new Bounds(min, max, step));
  }

  /// A number from 0 to 1.
  static InputSpec share(String name, double standard) {
    return real(name, standard, 0, 1, 0.01);
  }

  static InputSpec whole(String name, long standard, long min, long max) {
    return plain(name, ValueType.INT, standard, List.of()).within(new Bounds(min, max, 1));
  }

  static InputSpec seed(long standard) {
    return whole("seed", standard, 0, MOST_SEED).with(Trait.CONTROLLED);
  }

  static InputSpec flag(String name, boolean standard) {
    return plain(name, ValueType.BOOLEAN, standard, List.of());
  }

  static InputSpec text(String name, String standard) {
    return plain(name, ValueType.STRING, standard, List.of());
  }

  static InputSpec lines(String name, String standard) {
    return text(name, standard).with(Trait.MULTILINE);
  }

  /// @param standard the choice that the editor shows first
  static InputSpec choice(String name, String standard, String... choices) {
    return plain(name, ValueType.COMBO, standard, List.of(choices));
  }

  static InputSpec choice(String name, String standard, List<String> choices) {
    return plain(name, ValueType.COMBO, standard, choices);
  }

  /// A file below one of the folders of that kind.
  static InputSpec file(String name, ModelFolder folder) {
    InputSpec combo = choice(name, "");
    return new InputSpec(
        combo.name,
        combo.type,
        combo.presence,
        null,
        combo.bounds,
        combo.choices,
        Optional.of(folder),
        combo.tooltip,
        combo.traits);
  }

  private static InputSpec plain(
      String name, ValueType type, @Nullable Object standard, List<String> choices) {
    return new InputSpec(
        name,
        type,
        Presence.REQUIRED,
        standard,
        Optional.empty(),
        choices,
        Optional.empty(),
        "",
        Set.of());
  }

  InputSpec optional() {
    return as(Presence.OPTIONAL);
  }

  InputSpec hidden() {
    return as(Presence.HIDDEN);
  }

  private InputSpec as(Presence other) {
    return new InputSpec(name, type, other, standard, bounds, choices, folder, tooltip, traits);
  }

  private InputSpec within(Bounds other) {
    return new InputSpec(
        name, type, presence, standard, Optional.of(other), choices, folder, tooltip, traits);
  }

  private InputSpec with(Trait trait) {
    return new InputSpec(
        name, type, presence, standard, bounds, choices, folder, tooltip, Set.of(trait));
  }

  /// The same with a sentence for people.
  InputSpec says(String sentence) {
    return new InputSpec(name, type, presence, standard, bounds, choices, folder, sentence, traits);
  }

  boolean isRequired() {
    return presence == Presence.REQUIRED;
  }
}
