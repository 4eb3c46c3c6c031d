package dev.mokume.analysis;

import dev.mokume.plan.TensorTask;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Numbers that the engine has to measure, and what follows from them.
///
/// The checkpoints that it was prepared from must stay open until it is concluded.
///
/// @param <R> what follows
public interface Measurement<R> {
  /// One task for each tensor; together they read every byte once.
  List<TensorTask> tasks();

  /// What the numbers say.
  ///
  /// @param measured a task's measures, in their order
  /// @param cancelled asked while more is read
  /// @throws dev.mokume.error.MokumeException `CANCELLED`, or what reading throws
  R conclude(Function<TensorTask, double[]> measured, BooleanSupplier cancelled);
}
