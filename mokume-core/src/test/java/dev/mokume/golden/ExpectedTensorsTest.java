package dev.mokume.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExpectedTensorsTest {
  private static final SequencedMap<String, GoldenTensor> MODEL = tensors("a", "b", "c");

  @Test
  void theWholeResultAgrees() {
    assertThat(
            expected(tensors("a"), Set.of("b", "c"), OptionalInt.empty())
                .differences(MODEL, _ -> List.of()))
        .isEmpty();
  }

  @Test
  void aMissingAndAnUnexpectedTensorAreDifferences() {
    assertThat(
            expected(tensors("a"), Set.of("b"), OptionalInt.empty())
                .differences(tensors("a", "c"), _ -> List.of()))
        .containsExactly("b: missing", "c: not expected");
  }

  @Test
  void ofASubsetOnlyTheNumberOfTensorsIsKnown() {
    assertThat(
            expected(tensors("a"), Set.of(), OptionalInt.of(3)).differences(MODEL, _ -> List.of()))
        .isEmpty();
    assertThat(
            expected(tensors("a"), Set.of(), OptionalInt.of(4)).differences(MODEL, _ -> List.of()))
        .containsExactly("expected 4 tensors, got 3");
  }

  @Test
  void anUnchangedTensorIsBitIdentical() {
    SequencedMap<String, GoldenTensor> actual = new LinkedHashMap<>(MODEL);
    actual.put("b", ToleranceTest.f32(-0f));
    assertThat(
            expected(tensors(), Set.of("a", "b", "c"), OptionalInt.empty())
                .differences(actual, _ -> List.of()))
        .containsExactly("b: expected as in the first model; other bits");
  }

  @Test
  void aStoredTensorIsComparedWithinTheTolerance() {
    SequencedMap<String, GoldenTensor> actual = tensors("a");
    actual.put("a", ToleranceTest.f32(1f));
    assertThat(
            expected(tensors("a"), Set.of(), OptionalInt.empty())
                .differences(actual, _ -> List.of()))
        .containsExactly("a: element 0 of 1: expected 0.0, got 1.0 (allowed 0.00)");
  }

  @Test
  void masksAreComparedByTruth() {
    ExpectedTensors expected =
        new ExpectedTensors(
            new LinkedHashMap<>(java.util.Map.of("a", ToleranceTest.f32(0f, 1f, 2f))),
            Set.of(),
            tensors(),
            OptionalInt.empty(),
            new Tolerance.Exact(),
            true);
    GoldenTensor bits =
        GoldenTensor.ofBooleans(dev.mokume.tensor.Shape.of(3), new boolean[] {false, true, true});
    SequencedMap<String, GoldenTensor> actual = new LinkedHashMap<>(java.util.Map.of("a", bits));
    assertThat(expected.differences(actual, _ -> List.of())).isEmpty();
  }

  private static ExpectedTensors expected(
      SequencedMap<String, GoldenTensor> stored, Set<String> unchanged, OptionalInt size) {
    return new ExpectedTensors(stored, unchanged, MODEL, size, new Tolerance.Exact(), false);
  }

  private static SequencedMap<String, GoldenTensor> tensors(String... names) {
    SequencedMap<String, GoldenTensor> tensors = new LinkedHashMap<>();
    for (String name : names) {
      tensors.put(name, ToleranceTest.f32(0f));
    }
    return tensors;
  }
}
