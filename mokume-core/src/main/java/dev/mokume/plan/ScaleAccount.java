package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.internal.quantised.BytesSource;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.plan.OutputTensor.Content;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rounding;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Accounts for the scales of weights: the tensors that tell ComfyUI of them are in the output if
/// they are still true, and of each scale that is not there the plan says what became of its
/// weight.
final class ScaleAccount {
  private final Result.Checkpoint result;
  private final OpenInputs inputs;
  private final Alignment alignment;
  private final OutputTensors output;
  private final Remarks remarks;
  private int toldByConfig;

  ScaleAccount(
      Result.Checkpoint result,
      OpenInputs inputs,
      Alignment alignment,
      OutputTensors output,
      Remarks remarks) {
    this.result = result;
    this.inputs = inputs;
    this.alignment = alignment;
    this.output = output;
    this.remarks = remarks;
  }

  /// Adds the tensors by which ComfyUI knows weights with a `scale_weight`.
  void addMarkers() {
    Map<Component, ScaledMarks.Mark> marks = output.marks().marks();
    marks.forEach((component, mark) -> {
      String name = alignment.output(component, ScaledCheckpoint.MARKER);
      StoredTensor marker =
          markersOf(component).stream()
              .findFirst()
              .orElseGet(() -> BytesSource.marker(name, mark.dtype(), mark.hasInputScales()));
      TensorPlace place = new TensorPlace(component, mark.block(), ScaledCheckpoint.MARKER);
      output.copy(marker, name, place, "it says that there are scales");
    });
    for (Component component : Component.values()) {
      if (!marks.containsKey(component)) {
        for (StoredTensor marker : markersOf(component)) {
          remarks.leave(
              marker.name(),
              result.writes(component)
                  ? "no weight of " + component.words() + " has a scale_weight in the output"
                  : Alignment.onlyOthers(result));
        }
      }
    }
  }

  private List<StoredTensor> markersOf(Component component) {
    return alignment
        .anchor(component)
        .flatMap(model ->
            inputs
                .scaled(model)
                .map(scaled ->
                    scaled.markers().stream()
                        .filter(marker -> inputs.component(model, marker) == component)
                        .toList()))
        .orElse(List.of());
  }

  /// Says of each scale that the output does not have what became of its weight.
  void leaveScales() {
    Map<String, TensorSpec> written = new LinkedHashMap<>();
    output.all().forEach(tensor -> written.put(tensor.name(), tensor.entry().spec()));
    for (StoredTensor tensor : alignment.anchored()) {
      TensorSpec weight = written.get(alignment.output(tensor.name()));
      if (weight != null) {
        ScaledTensor.behind(tensor).ifPresent(scaled -> leaveScales(scaled, weight, written));
      }
    }
  }

  private void leaveScales(
      ScaledTensor scaled, TensorSpec weight, Map<String, TensorSpec> written) {
    String layer = ScaledTensor.layer(weight.name());
    List<StoredTensor> beside = new ArrayList<>(scaled.others());
    beside.add(scaled.scale());
    boolean isScaled = written.containsKey(scaled.names().scale(layer));
    toldByConfig += scaled.isToldByConfig() && !isScaled ? 1 : 0;
    for (StoredTensor other : beside) {
      if (!written.containsKey(layer + other.name().substring(scaled.layer().length()))) {
        remarks.leave(
            other.name(),
            "its weight is stored as "
                + weight.dtype()
                + (Encoding.isScalable(weight.dtype()) ? " in another way" : ""));
      }
    }
  }

  /// What of the weights' encoding a person should know.
  void note() {
    noteIdle(result.encoding());
    int unscaled = output.unscaled();
    if (unscaled > 0) {
      remarks.note(
          Amount.count(unscaled, "weight", "weights")
              + " with a scale for each row or block "
              + (unscaled == 1 ? "is" : "are")
              + " written as "
              + Storage.UNSCALED
              + ", without scales. f8_e4m3_scaled gives a weight one scale.");
    }
    if (toldByConfig > 0) {
      remarks.note(
          "Correct quantization_config in the config.json that goes with the output (Mokume does so"
              + " where it writes one): "
              + Amount.count(toldByConfig, "weight has", "weights have")
              + " no scale there.");
    }
  }

  /// What was asked for 8-bit floats, where there are none.
  private void noteIdle(Encoding encoding) {
    boolean any =
        output.all().stream()
            .filter(tensor -> !(tensor.content() instanceof Content.Copy))
            .anyMatch(tensor -> Encoding.isScalable(tensor.entry().spec().dtype()));
    if (!any && encoding.rounding() instanceof Rounding.Stochastic) {
      remarks.note(
          "Stochastic rounding is for 8-bit floats, and no tensor is computed or converted to"
              + " one.");
    }
    if (encoding.scales() != Encoding.Scales.AS_STORED && encoding.scaled().isEmpty()) {
      remarks.note(
          "What scales are called matters with a dtype that has scales, as f8_e4m3_scaled.");
    }
  }
}
