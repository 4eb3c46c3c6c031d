package dev.mokume.plan;

import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.PlannedTensor.Treatment;
import java.util.OptionalDouble;
import java.util.Set;

/// A tensor of an output, before it has a place in a file.
///
/// @param reads the stored tensors that it is made of
/// @param planned what the plan says of it
record OutputTensor(
    TensorEntry entry, Content content, Set<StoredTensor> reads, PlannedTensor planned) {
  /// What it will be.
  sealed interface Content {
    record Copy(StoredTensor from) implements Content {}

    record Values(Elements elements) implements Content {}

    /// Elements, and the number by which they were divided, which is another tensor.
    record Scaled(Elements elements, Scalar scale, String scaleName) implements Content {}

    /// A number that is written with the elements that it scales.
    record Scale() implements Content {}

    record Mask(Bits bits) implements Content {}
  }

  /// What was decided for a tensor, in the terms of the user.
  ///
  /// @param reason see [PlannedTensor#reason()]
  /// @param alpha see [PlannedTensor#alpha()]
  record Decision(Treatment treatment, String reason, OptionalDouble alpha) {
    Decision withoutAlpha() {
      return new Decision(treatment, reason, OptionalDouble.empty());
    }
  }

  static OutputTensor of(
      TensorEntry entry,
      TensorPlace place,
      Content content,
      Decision decision,
      Set<StoredTensor> reads,
      int passes) {
    return new OutputTensor(
        entry,
        content,
        reads,
        new PlannedTensor(
            entry.spec(),
            place.component(),
            place.block().name(),
            decision.treatment(),
            decision.reason(),
            decision.alpha(),
            passes,
            reads.stream().mapToLong(tensor -> tensor.range().fetched()).sum(),
            entry.length()));
  }

  String name() {
    return entry.name();
  }

  /// The same, copied from an older output.
  OutputTensor kept(StoredTensor from) {
    return new OutputTensor(
        entry,
        new Content.Copy(from),
        Set.of(from),
        new PlannedTensor(
            planned.spec(),
            planned.component(),
            planned.block(),
            Treatment.KEPT,
            "",
            planned.alpha(),
            1,
            from.length(),
            planned.outputBytes()));
  }

  /// Elements of the expression that it is made by.
  long count() {
    return content instanceof Content.Mask(var bits) ? bits.count() : entry.spec().elementCount();
  }
}
