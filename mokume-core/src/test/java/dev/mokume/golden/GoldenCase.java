package dev.mokume.golden;

import java.util.List;
import java.util.Optional;

/// One case, as its suite describes it.
record GoldenCase(Fields fields) {
  String id() {
    return fields.text("id");
  }

  String call() {
    return fields.text("call");
  }

  /// Whether the expected value shows a defect, a rounding or a generator stream of the reference.
  boolean isCompat() {
    return switch (fields.text("mode")) {
      case "default" -> false;
      case "compat" -> true;
      default -> throw new IllegalArgumentException("unknown mode " + fields.text("mode"));
    };
  }

  /// The ids of the reference's defects that the case shows.
  List<String> defects() {
    return fields.optionalText("defect").map(List::of).orElseGet(() -> fields.texts("defect"));
  }

  boolean drawsFromTorch() {
    return fields.has("rng");
  }

  Fields params() {
    return fields.objectOrEmpty("params");
  }

  Fields inputs() {
    return fields.objectOrEmpty("inputs");
  }

  boolean expectsError() {
    return switch (fields.text("expect")) {
      case "error" -> true;
      case "value" -> false;
      default -> throw new IllegalArgumentException("unknown expectation " + fields.text("expect"));
    };
  }

  /// Whether Mokume must refuse the input, whatever the profile; else the reference fails where
  /// nothing is wrong.
  boolean mustBeRefused() {
    return expectsError() && fields.text("error_is").equals("invalid input");
  }

  Tolerance tolerance() {
    return Tolerance.of(fields.object("tol"));
  }

  Optional<Object> expectedValue() {
    return Optional.ofNullable(fields.values().get("expected_value"));
  }

  Fields expected() {
    return fields.object("expected");
  }

  @Override
  public String toString() {
    return id();
  }
}
