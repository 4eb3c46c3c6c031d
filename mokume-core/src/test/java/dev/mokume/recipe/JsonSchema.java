package dev.mokume.recipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/// Checks a tree of JSON values against a JSON Schema, as far as the recipe's schema goes. A
/// keyword that it does not know is an error, so that none is passed over.
record JsonSchema(Map<?, ?> root) {
  /// What does not fit, as paths with reasons; empty if all does.
  List<String> problems(Object value) {
    return problems(root, value, "$");
  }

  private List<String> problems(Map<?, ?> schema, Object value, String path) {
    List<String> problems = new ArrayList<>();
    schema.forEach(
        (keyword, rule) -> problems.addAll(apply((String) keyword, rule, schema, value, path)));
    return problems;
  }

  private List<String> apply(
      String keyword, Object rule, Map<?, ?> schema, Object value, String path) {
    return switch (keyword) {
      case "$schema", "title", "description", "default", "$defs", "properties" -> List.of();
      case "$ref" -> problems(definition((String) rule), value, path);
      case "type" ->
          unless(types(rule).stream().anyMatch(type -> isA(type, value)), path, "is not " + rule);
      case "enum" -> unless(((List<?>) rule).contains(value), path, "is not one of " + rule);
      case "const" -> unless(Objects.equals(rule, value), path, "is not " + rule);
      case "minimum" ->
          unless(!(value instanceof Number n) || compare(n, rule) >= 0, path, "is below " + rule);
      case "exclusiveMinimum" ->
          unless(
              !(value instanceof Number n) || compare(n, rule) > 0, path, "is not above " + rule);
      case "exclusiveMaximum" ->
          unless(
              !(value instanceof Number n) || compare(n, rule) < 0, path, "is not below " + rule);
      case "maximum" ->
          unless(!(value instanceof Number n) || compare(n, rule) <= 0, path, "is above " + rule);
      case "minLength" ->
          unless(!(value instanceof String s) || s.length() >= (int) rule, path, "is too short");
      case "pattern" ->
          unless(value instanceof String s && s.matches(rule + ".*"), path, "does not fit");
      case "minItems" ->
          unless(
              !(value instanceof List<?> l) || l.size() >= (int) rule, path, "has too few items");
      case "maxItems" ->
          unless(
              !(value instanceof List<?> l) || l.size() <= (int) rule, path, "has too many items");
      case "minProperties" ->
          unless(
              !(value instanceof Map<?, ?> m) || m.size() >= (int) rule, path, "has too few keys");
      case "required" ->
          unless(
              !(value instanceof Map<?, ?> m) || m.keySet().containsAll((List<?>) rule),
              path,
              "lacks of " + rule);
      case "items" -> each(value, path, rule);
      case "additionalProperties" -> keys(schema, rule, value, path);
      case "propertyNames" ->
          unless(
              !(value instanceof Map<?, ?> m)
                  || m.keySet().stream().allMatch(key -> fits((Map<?, ?>) rule, key)),
              path,
              "has a key that does not fit");
      case "anyOf" -> unless(count((List<?>) rule, value) >= 1, path, "fits none");
      case "oneOf" ->
          unless(count((List<?>) rule, value) == 1, path, "fits " + count((List<?>) rule, value));
      case "not" -> unless(!fits((Map<?, ?>) rule, value), path, "fits what it must not");
      default -> throw new AssertionError("keyword " + keyword);
    };
  }

  private List<String> each(Object value, String path, Object rule) {
    List<String> problems = new ArrayList<>();
    if (value instanceof List<?> list) {
      list.forEach(item -> problems.addAll(problems((Map<?, ?>) rule, item, path + "[]")));
    }
    return problems;
  }

  private List<String> keys(Map<?, ?> schema, Object rule, Object value, String path) {
    List<String> problems = new ArrayList<>();
    Map<?, ?> known = schema.get("properties") instanceof Map<?, ?> map ? map : Map.of();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, item) -> {
        String place = path + "." + key;
        if (known.get(key) instanceof Map<?, ?> property) {
          problems.addAll(problems(property, item, place));
        } else if (rule instanceof Map<?, ?> other) {
          problems.addAll(problems(other, item, place));
        } else {
          problems.add(place + " is not known");
        }
      });
    }
    return problems;
  }

  private long count(List<?> schemas, Object value) {
    return schemas.stream().filter(schema -> fits((Map<?, ?>) schema, value)).count();
  }

  private boolean fits(Map<?, ?> schema, Object value) {
    return problems(schema, value, "").isEmpty();
  }

  private Map<?, ?> definition(String reference) {
    Map<?, ?> definitions = (Map<?, ?>) Objects.requireNonNull(root.get("$defs"));
    return (Map<?, ?>)
        Objects.requireNonNull(
            definitions.get(reference.substring("#/$defs/".length())), reference);
  }

  private static List<?> types(Object rule) {
    return rule instanceof List<?> list ? list : List.of(rule);
  }

  private static boolean isA(Object type, Object value) {
    Predicate<Object> test =
        switch ((String) type) {
          case "object" -> Map.class::isInstance;
          case "array" -> List.class::isInstance;
          case "string" -> String.class::isInstance;
          case "number" -> Number.class::isInstance;
          case "integer" -> v -> v instanceof Integer || v instanceof Long;
          case "boolean" -> Boolean.class::isInstance;
          default -> throw new AssertionError("type " + type);
        };
    return test.test(value);
  }

  private static int compare(Number value, Object bound) {
    return value instanceof Long || value instanceof Integer
        ? bound instanceof Double d
            ? Double.compare(value.doubleValue(), d)
            : Long.compare(value.longValue(), ((Number) bound).longValue())
        : Double.compare(value.doubleValue(), ((Number) bound).doubleValue());
  }

  private static List<String> unless(boolean fine, String path, String why) {
    return fine ? List.of() : List.of(path + " " + why);
  }
}
