package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Draw;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.plan.TensorTask;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tensor's task as passes over its elements.
///
/// @param count elements of the tensor
/// @param passes in order; values that need whole-tensor numbers come in later passes
/// @param nodes every node; scalars are numbered by their node's id
/// @param inputs the stored tensors that any pass reads
/// @param slots what one pass keeps for later ones
/// @param draws the random sequences
/// @param accumulators the statistics
/// @param outputs what is written, but for copies
/// @param measures node ids of the statistics to report
record Program(
    String tensor,
    long count,
    List<Pass> passes,
    List<Node> nodes,
    List<Input> inputs,
    List<Slot> slots,
    List<Draw> draws,
    List<Statistic> accumulators,
    List<Output> outputs,
    List<Integer> measures) {

  /// One pass.
  ///
  /// @param body what is done to each block
  /// @param inputs that it reads, by number
  /// @param outputs that it fills, by number
  /// @param loads slots that it reads
  /// @param stores slots that it fills
  /// @param accumulators statistics that it adds to
  /// @param ordered whether tiles must follow one another in index order
  /// @param fused the one kernel that does all of it, if there is one
  record Pass(
      List<Instruction> body,
      int valueRegisters,
      int maskRegisters,
      List<Integer> inputs,
      List<Integer> outputs,
      List<Integer> loads,
      List<Integer> stores,
      List<Integer> accumulators,
      boolean ordered,
      @Nullable Fused fused) {}

  /// A stored tensor and the bits that an element of it takes.
  record Input(StoredTensor tensor, int bitsPerElement, int passes) {}

  /// Values of 32 bits an element, or mask bits of one.
  record Slot(int bitsPerElement) {}

  /// A statistic: the node it is of, and what is added up.
  record Statistic(Node node, Kind kind) {
    enum Kind {
      /// One number a block.
      BLOCKS,
      /// The first of a quantile's two passes.
      UPPER,
      /// The second of a quantile's two passes.
      LOWER,
      /// Sums over channels.
      CHANNELS
    }
  }

  /// Something written: where, and the bits that an element takes.
  record Output(TensorTask.Write write, int bitsPerElement) {}

  /// A pass that blends two inputs into an output of the same dtype.
  record Fused(FusedBlend kernel, int a, int weightA, int b, int weightB) {}
}
