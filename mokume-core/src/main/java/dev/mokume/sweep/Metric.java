package dev.mokume.sweep;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// One number about a variant, by which variants can be compared: how far it is from a model.
///
/// @param model its name in the recipe
public record Metric(Kind kind, String model) {
  /// What is compared.
  public enum Kind {
    /// `|x - model| / |model|`.
    DISTANCE,
    /// The share of the elements that differ.
    CHANGED,
    /// The share of the elements with a sign in both where the signs are opposite.
    OPPOSED;

    /// As people type it.
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// `distance:b`; without a model it is the first.
  ///
  /// @param models the names of the recipe's models, in order
  /// @throws MokumeException `INVALID_RECIPE` if there is no such metric or model
  public static Metric parse(String text, Set<String> models) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String model = colon < 0 ? models.iterator().next() : text.substring(colon + 1);
    List<String> kinds = Arrays.stream(Kind.values()).map(Kind::id).toList();
    int index = kinds.indexOf(kind.toLowerCase(Locale.ROOT));
    if (index < 0) {
      throw unknown("metric", kind, kinds);
    }
    if (!models.contains(model)) {
      throw unknown("model", model, List.copyOf(models));
    }
    return new Metric(Kind.values()[index], model);
  }

  private static MokumeException unknown(String what, String name, List<String> known) {
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "there is no "
            + what
            + " "
            + Quoted.name(name)
            + Nearest.ending(name, known)
            + " Choose from "
            + String.join(", ", known)
            + (what.equals("metric") ? "; :MODEL after it says of which model." : "."));
  }

  /// As people type it.
  public String id() {
    return kind.id() + ":" + model;
  }

  /// Its value for a variant; NaN if the variant has nothing in common with the model.
  public double of(List<Distance> distances) {
    for (Distance distance : distances) {
      if (distance.model().equals(model)) {
        return of(distance.whole());
      }
    }
    return Double.NaN;
  }

  private double of(Distance.Part part) {
    return switch (kind) {
      case DISTANCE -> part.relative();
      case CHANGED -> part.changedShare();
      case OPPOSED -> part.opposedShare();
    };
  }
}
