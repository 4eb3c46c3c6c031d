package dev.mokume.plugin;

/// A merge method, written for tensors and blocks of numbers: it knows neither files nor dtypes,
/// tiles or threads.
///
/// It is either an [ElementMethod], which computes each element from those at the same place and
/// never needs a tensor in memory, or a [TensorMethod], which is given tensors whole. A jar names
/// its methods through a [MethodProvider].
///
/// **What a method promises**: the result is a function of the inputs and the [Setting] alone. It
/// is the same for every size of tile and number of threads, on every machine: so no
/// `java.util.Random`, no clock, no `Math.sin` or `Math.pow` (which differ between machines;
/// `StrictMath` does not), and no sum whose order depends on threads. A method is used by many
/// threads at once and keeps nothing from one tensor to the next.
public sealed interface MergeMethod permits ElementMethod, TensorMethod {
  /// Its name and what it takes; the same object or an equal one at every call.
  MethodInfo info();
}
