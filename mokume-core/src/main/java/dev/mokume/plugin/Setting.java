package dev.mokume.plugin;

import dev.mokume.tensor.Shape;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// What a method is told about the tensor at hand.
///
/// @param tensor its name in the output
/// @param shape of it and of every input
/// @param inputs how many there are
/// @param values of all parameters, by name: a [Double], a [Long], a [Boolean] or a [String]
public record Setting(String tensor, Shape shape, int inputs, Map<String, Object> values) {
  public Setting {
    values = Collections.unmodifiableMap(new TreeMap<>(values));
  }

  /// The value of a [Parameter.Real] for this tensor.
  public double real(String parameter) {
    return value(parameter, Double.class);
  }

  /// The value of a [Parameter.Whole].
  public long whole(String parameter) {
    return value(parameter, Long.class);
  }

  /// The value of a [Parameter.Flag].
  public boolean flag(String parameter) {
    return value(parameter, Boolean.class);
  }

  /// The value of a [Parameter.Choice].
  public String choice(String parameter) {
    return value(parameter, String.class);
  }

  private <T> T value(String parameter, Class<T> type) {
    Object value = values.get(parameter);
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          "there is no parameter '%s' with a %s; the parameters are %s"
              .formatted(parameter, type.getSimpleName(), values.keySet()));
    }
    return type.cast(value);
  }
}
