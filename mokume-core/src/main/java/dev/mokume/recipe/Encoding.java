package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.tensor.DType;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// What the dtypes of an output leave open.
///
/// @param scaled components whose matrices are divided by a scale each, so that the greatest
///   magnitude becomes the greatest number of an 8-bit float; the scales lie beside them
/// @param scales what the scales are called
/// @param rounding how 8-bit floats are rounded
public record Encoding(Set<Component> scaled, Scales scales, Rounding rounding) {
  /// No scales but those that the first model has, and rounding to nearest.
  public static final Encoding DEFAULT =
      new Encoding(Set.of(), Scales.AS_STORED, Rounding.nearest());

  public Encoding {
    scaled = Set.copyOf(scaled);
  }

  /// Without the components whose dtype is not an 8-bit float.
  Encoding fitting(Map<Component, DType> dtypes) {
    Set<Component> fitting = new HashSet<>(scaled);
    fitting.removeIf(component -> {
      DType dtype = dtypes.get(component);
      return dtype == null || !isScalable(dtype);
    });
    return new Encoding(fitting, scales, rounding);
  }

  /// Whether weights of that dtype may have scales.
  public static boolean isScalable(DType dtype) {
    return dtype.equals(DType.F8_E4M3) || dtype.equals(DType.F8_E5M2);
  }

  /// What the scale of `LAYER.weight` is called.
  public enum Scales {
    /// As in the first model, `weight_scale` if that has none.
    AS_STORED,
    /// `LAYER.weight_scale`, told of in the metadata, as ComfyUI writes them now.
    WEIGHT_SCALE,
    /// `LAYER.scale_weight`, told of by a tensor `scaled_fp8`, as ComfyUI wrote them at first.
    SCALE_WEIGHT
  }
}
