package dev.mokume.golden;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/// What a case expects of a set of tensors.
///
/// @param stored the tensors to compare with, by the name in the result
/// @param unchanged names that must be bit-identical to `unchangedModel`'s
/// @param resultSize how many tensors the result has, if only part of them was recorded
record ExpectedTensors(
    SequencedMap<String, GoldenTensor> stored,
    Set<String> unchanged,
    SequencedMap<String, GoldenTensor> unchangedModel,
    OptionalInt resultSize,
    Tolerance tolerance,
    boolean asBooleans) {
  /// @param input the tensors of a named input, after `alter` and without its patches
  static ExpectedTensors of(
      GoldenSuite suite,
      GoldenCase goldenCase,
      Function<String, SequencedMap<String, GoldenTensor>> input) {
    Fields expected = goldenCase.expected();
    SequencedMap<String, GoldenTensor> model =
        expected.optionalText("unchanged_model").map(input).orElseGet(LinkedHashMap::new);
    Set<String> unchanged = new LinkedHashSet<>();
    if (expected.optionalText("unchanged_from_model_a").isPresent()) {
      unchanged.addAll(model.keySet()); // "ALL"
    } else {
      unchanged.addAll(expected.texts("unchanged_from_model_a"));
    }
    OptionalInt size =
        expected.has("recorded_subset_of")
            ? OptionalInt.of((int) expected.integer("recorded_subset_of"))
            : OptionalInt.empty();
    return new ExpectedTensors(
        stored(suite, expected),
        unchanged,
        model,
        size,
        goldenCase.tolerance(),
        goldenCase.fields().optionalText("compare_as").equals(Optional.of("bool")));
  }

  /// The expected tensors that are stored, `stored_as` resolved.
  static SequencedMap<String, GoldenTensor> stored(GoldenSuite suite, Fields expected) {
    SequencedMap<String, String> fullNames = new LinkedHashMap<>();
    expected.texts("keys").forEach(key -> fullNames.put(key, expected.text("key_prefix") + key));
    expected
        .objectOrEmpty("stored_as")
        .values()
        .forEach((key, full) -> fullNames.put(key, (String) full));
    SequencedMap<String, GoldenTensor> stored = new LinkedHashMap<>();
    Map<String, GoldenTensor> file = suite.tensors(expected.text("file")).tensors();
    fullNames.forEach((key, full) -> {
      GoldenTensor tensor = file.get(full);
      if (tensor == null) {
        throw new AssertionError("the expected tensor " + full + " is not stored");
      }
      stored.put(key, tensor);
    });
    return stored;
  }

  /// Everything that differs, a line each.
  ///
  /// @param operands the input tensors that belong to a name of the result
  List<String> differences(
      Map<String, GoldenTensor> actual, Function<String, List<GoldenTensor>> operands) {
    List<String> differences = new ArrayList<>(namesThatDiffer(actual.keySet()));
    stored.forEach((name, expected) -> {
      GoldenTensor got = actual.get(name);
      if (got != null) {
        difference(expected, got, operands.apply(name))
            .ifPresent(text -> differences.add(name + ": " + text));
      }
    });
    for (String name : unchanged) {
      GoldenTensor got = actual.get(name);
      GoldenTensor own = unchangedModel.get(name);
      if (own == null) {
        differences.add(name + ": expected as in the first model, which lacks it");
      } else if (got != null && !got.isBitIdenticalTo(own)) {
        differences.add(
            name
                + ": expected as in the first model; "
                + new Tolerance.Exact().difference(own, got, List.of()).orElse("other bits"));
      }
    }
    return differences;
  }

  private List<String> namesThatDiffer(Set<String> actual) {
    List<String> differences = new ArrayList<>();
    Set<String> known = new LinkedHashSet<>(stored.keySet());
    known.addAll(unchanged);
    known.stream()
        .filter(name -> !actual.contains(name))
        .forEach(name -> differences.add(name + ": missing"));
    if (resultSize.isPresent()) {
      if (actual.size() != resultSize.getAsInt()) {
        differences.add("expected " + resultSize.getAsInt() + " tensors, got " + actual.size());
      }
    } else {
      actual.stream()
          .filter(name -> !known.contains(name))
          .forEach(name -> differences.add(name + ": not expected"));
    }
    return differences;
  }

  private Optional<String> difference(
      GoldenTensor expected, GoldenTensor got, List<GoldenTensor> operands) {
    return asBooleans
        ? new Tolerance.Exact().difference(expected.truth(), got.truth(), List.of())
        : tolerance.difference(expected, got, operands);
  }

  /// The tensors of that name in each of the models that has it.
  static List<GoldenTensor> operands(
      Stream<? extends Map<String, GoldenTensor>> models, String name) {
    return models.map(model -> model.get(name)).filter(tensor -> tensor != null).toList();
  }
}
