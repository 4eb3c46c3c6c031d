package dev.mokume.golden;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A JSON object, read by name; a field that is not there or of another type is an error of the
/// data.
record Fields(Map<String, Object> values) {
  boolean has(String name) {
    return values.get(name) != null;
  }

  Set<String> names() {
    return values.keySet();
  }

  Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "there is no field '" + name + "' among " + values.keySet());
    }
    return value;
  }

  String text(String name) {
    return (String) value(name);
  }

  Optional<String> optionalText(String name) {
    return values.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  double number(String name) {
    return ((Number) value(name)).doubleValue();
  }

  /// A whole number; one that is written as `3.0` counts.
  long integer(String name) {
    Number number = (Number) value(name);
    if (number.doubleValue() != Math.rint(number.doubleValue())) {
      throw new IllegalArgumentException("'" + name + "' is not a whole number: " + number);
    }
    return number.longValue();
  }

  boolean flag(String name) {
    return Boolean.TRUE.equals(values.get(name));
  }

  Fields object(String name) {
    return new Fields(Json.asObject(value(name)));
  }

  /// The object of that name; an empty one if there is none.
  Fields objectOrEmpty(String name) {
    return has(name) ? object(name) : new Fields(Map.of());
  }

  List<?> list(String name) {
    return (List<?>) value(name);
  }

  List<?> listOrEmpty(String name) {
    return has(name) ? list(name) : List.of();
  }

  List<Fields> objects(String name) {
    return listOrEmpty(name).stream().map(entry -> new Fields(Json.asObject(entry))).toList();
  }

  List<String> texts(String name) {
    return listOrEmpty(name).stream().map(String.class::cast).toList();
  }
}
