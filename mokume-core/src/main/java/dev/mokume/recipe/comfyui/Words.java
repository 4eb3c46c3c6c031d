package dev.mokume.recipe.comfyui;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Collection;

/// How nodes speak of what they are given.
final class Words {
  private Words() {}

  /// `35 %`, `12.5 %`
  static String percent(double share) {
    return number(share * 100) + " %";
  }

  /// At most four decimals, and no zeros behind them.
  static String number(double value) {
    if (!Double.isFinite(value)) {
      return String.valueOf(value);
    }
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(4, RoundingMode.HALF_EVEN);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  /// `0.2 to 0.7`, or one number if all are alike.
  static String span(Collection<Double> numbers) {
    double least = numbers.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double most = numbers.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    return least == most ? number(least) : number(least) + " to " + number(most);
  }

  /// The name that a recipe has for it.
  static String of(Weights weights) {
    return switch (weights) {
      case Weights.Source(String model) -> model;
      case Weights.Named(String name) -> name;
      case Weights.Interpolate _,
          Weights.Sum _,
          Weights.AddDelta _,
          Weights.Sparse _,
          Weights.Fisher _,
          Weights.Dare _,
          Weights.ByLikeness _,
          Weights.Normalize _,
          Weights.InjectNoise _,
          Weights.Rounded _,
          Weights.Federated _,
          Weights.Adapted _,
          Weights.Applied _,
          Weights.ByAngle _,
          Weights.ByElement _,
          Weights.Choice _,
          Weights.Except _ ->
          "weights without a name";
    };
  }

  static String of(Value.Model model) {
    return of(model.weights());
  }

  static String of(Value.Clip clip) {
    return of(clip.encoders().firstEntry().getValue());
  }

  static String of(Mask mask) {
    return mask instanceof Mask.Named(String name) ? name : "a mask without a name";
  }

  static String of(Ratio ratio) {
    return ratio instanceof Ratio.Named(String name) ? name : "a ratio without a name";
  }

  static String of(Value value) {
    return switch (value) {
      case Value.Model model -> of(model);
      case Value.Clip clip -> of(clip);
      case Value.Vae(Value.Origin origin) -> origin.model();
      case Value.ModelMask(Mask mask) -> of(mask);
      case Value.Gradient gradient -> of(gradient.ratio());
      case Value.Report _ -> "a text";
      case Value.Picture _ -> "a picture";
      case Value.Text(String text) -> text;
      case Value.Whole(long whole) -> String.valueOf(whole);
      case Value.Real(double real) -> number(real);
      case Value.Flag(boolean isOn) -> String.valueOf(isOn);
    };
  }

  /// Whether other nodes speak of it by a name.
  static boolean isNamed(Value value) {
    return switch (value.type()) {
      case MODEL, CLIP, VAE, MODEL_MASK, LAYER_GRADIENT -> true;
      case INT, FLOAT, STRING, BOOLEAN, COMBO, IMAGE -> false;
    };
  }
}
