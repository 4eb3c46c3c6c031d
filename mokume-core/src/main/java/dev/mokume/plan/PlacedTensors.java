package dev.mokume.plan;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.plan.OutputTensor.Content;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The tensors of an output where its files have room for them.
final class PlacedTensors {
  /// Where a tensor of the output starts.
  private record Spot(int sink, long offset) {}

  private final List<OutputTensor> inOrder = new ArrayList<>();
  private final Map<String, Spot> spots = new HashMap<>();

  /// @param firstSink the number of the first file among those of the run
  PlacedTensors(List<OutputTensor> tensors, Collection<CheckpointLayout> files, int firstSink) {
    Map<String, OutputTensor> byName = new HashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    int sink = firstSink;
    for (CheckpointLayout file : files) {
      for (CheckpointLayout.Placement placement : file.placements().values()) {
        inOrder.add(Objects.requireNonNull(byName.get(placement.name())));
        spots.put(placement.name(), new Spot(sink, placement.offset()));
      }
      sink++;
    }
  }

  /// In the order of the files.
  List<OutputTensor> inOrder() {
    return inOrder;
  }

  /// What is to be done for them, in the same order.
  List<TensorWork> works() {
    return inOrder.stream()
        .filter(tensor -> !(tensor.content() instanceof Content.Scale))
        .map(tensor -> TensorWork.of(task(tensor), tensor.reads(), tensor.planned().passes()))
        .toList();
  }

  private TensorTask task(OutputTensor tensor) {
    DType dtype = tensor.entry().spec().dtype();
    Spot spot = spot(tensor.name());
    List<Write> writes =
        switch (tensor.content()) {
          case Content.Copy(var from) -> List.of(new Write.Copy(spot.sink(), spot.offset(), from));
          case Content.Values(var elements) ->
              List.of(new Write.Values(spot.sink(), spot.offset(), elements, dtype));
          case Content.Scaled(var elements, var scale, var scaleName) -> {
            Spot there = spot(scaleName);
            yield List.of(
                new Write.Values(spot.sink(), spot.offset(), elements, dtype),
                new Write.Number(there.sink(), there.offset(), scale, DType.F32));
          }
          case Content.Scale() -> List.of();
          case Content.Mask(var bits) -> List.of(new Write.Mask(spot.sink(), spot.offset(), bits));
        };
    return new TensorTask(tensor.name(), tensor.count(), writes, List.of());
  }

  private Spot spot(String tensor) {
    return Objects.requireNonNull(spots.get(tensor));
  }
}
