package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import java.util.List;
import java.util.Optional;

/// The program of the most common task, the blend of two stored tensors by constant weights: the
/// one that [ProgramCompiler] would find, written down.
///
/// A linear merge has hundreds of these tasks and nothing else. Looking for passes, registers and
/// equal expressions in each took it a tenth of its time, since a process that is over within a
/// second interprets all of that.
final class StoredBlend {
  private StoredBlend() {}

  /// The program, if that is all that the task is.
  static Optional<Program> of(TensorTask task, Kernels kernels) {
    if (task.measures().isEmpty()
        && task.writes().size() == 1
        && task.writes().getFirst() instanceof Write.Values write
        && write.value()
            instanceof
            Elements.Blend(
                Elements.Stored(var a),
                Scalar.Constant weightA,
                Elements.Stored(var b),
                Scalar.Constant weightB)
        && isOf(a, write.dtype())
        && isOf(b, write.dtype())
        && !a.range().equals(b.range())) {
      return kernels
          .fusedBlend(write.dtype())
          .map(kernel -> program(task, write, kernel, a, weightA, b, weightB));
    }
    return Optional.empty();
  }

  private static boolean isOf(StoredTensor tensor, DType dtype) {
    return tensor.spec().dtype().equals(dtype);
  }

  private static Program program(
      TensorTask task,
      Write.Values write,
      FusedBlend kernel,
      StoredTensor a,
      Scalar.Constant weightA,
      StoredTensor b,
      Scalar.Constant weightB) {
    Program.Pass pass =
        new Program.Pass(
            List.of(),
            0,
            0,
            List.of(0, 1),
            List.of(0),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            false,
            new Program.Fused.Blend(kernel, 0, 0, 1, 1));
    return new Program(
        task.tensor(),
        task.count(),
        List.of(pass),
        List.of(new Node(0, weightA, List.of(), 0), new Node(1, weightB, List.of(), 0)),
        List.of(
            new Program.Input(a, write.dtype().packing()),
            new Program.Input(b, write.dtype().packing())),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(new Program.Output(write, write.dtype().packing())),
        List.of(),
        List.of(),
        List.of());
  }
}
