package dev.mokume.plan;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.plan.OutputTensor.Content;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The tensors that an output is to have and an older one has already, byte for byte.
final class OlderTensors {
  private final OlderOutput older;
  private final Map<String, OutputTensor> made;
  private final Map<String, OutputTensor> wanted;
  private final Map<String, StoredTensor> same = new HashMap<>();
  private final Meanings elsewhere = Meanings.elsewhere();

  private OlderTensors(
      OlderOutput older, Map<String, OutputTensor> made, Map<String, OutputTensor> wanted) {
    this.older = older;
    this.made = made;
    this.wanted = wanted;
  }

  /// @param made the older output's tensors, planned anew over the same open files as the wanted
  /// @throws dev.mokume.error.MokumeException if the output does not have them so
  static OlderTensors of(
      OlderOutput older, Collection<OutputTensor> made, Collection<OutputTensor> wanted) {
    OlderTensors tensors = new OlderTensors(older, byName(made), byName(wanted));
    wanted.forEach(tensors::compare);
    return tensors;
  }

  private static Map<String, OutputTensor> byName(Collection<OutputTensor> tensors) {
    Map<String, OutputTensor> byName = new HashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    return byName;
  }

  /// The bytes of a wanted tensor, if they are there.
  Optional<StoredTensor> same(OutputTensor tensor) {
    return Optional.ofNullable(same.get(tensor.name()));
  }

  private void compare(OutputTensor tensor) {
    switch (tensor.content()) {
      // Decided with the weight that it is of, which it is written with.
      case Content.Scale() -> {}
      case Content.Scaled(_, _, var scale) -> {
        if (isMadeSo(tensor) && entry(made, scale).equals(entry(wanted, scale))) {
          take(tensor.entry());
          entry(wanted, scale).ifPresent(this::take);
        }
      }
      case Content.Copy _, Content.Values _, Content.Mask _ -> {
        if (isMadeSo(tensor)) {
          take(tensor.entry());
        }
      }
    }
  }

  private boolean isMadeSo(OutputTensor tensor) {
    OutputTensor then = made.get(tensor.name());
    Meanings meanings = Meanings.ofTensor(elsewhere);
    return then != null && meanings.of(then).equals(meanings.of(tensor));
  }

  private static Optional<TensorEntry> entry(Map<String, OutputTensor> tensors, String name) {
    return Optional.ofNullable(tensors.get(name)).map(OutputTensor::entry);
  }

  private void take(TensorEntry entry) {
    same.put(entry.name(), older.tensor(entry));
  }
}
