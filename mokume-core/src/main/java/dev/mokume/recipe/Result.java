package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.tensor.DType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// What a recipe writes.
public sealed interface Result {
  /// A checkpoint. Whatever `components` does not name is taken from the first model.
  ///
  /// @param components where each named component comes from
  /// @param dtypes the dtype that a component's float tensors are stored in; default: as in the
  ///   first model
  /// @param ema what becomes of the moving average that some training checkpoints carry
  /// @param metadata added to the output's `__metadata__`
  record Checkpoint(
      SequencedMap<Component, Weights> components,
      Map<Component, DType> dtypes,
      Ema ema,
      Map<String, String> metadata)
      implements Result {
    public Checkpoint {
      components = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(components));
      dtypes = Map.copyOf(dtypes);
      metadata = Map.copyOf(metadata);
    }

    /// The components' expressions and nothing else.
    public static Checkpoint of(SequencedMap<Component, Weights> components) {
      return new Checkpoint(components, Map.of(), Ema.KEEP, Map.of());
    }
  }

  /// A mask file: safetensors of packed bits.
  record MaskFile(Mask mask) implements Result {}

  /// What becomes of `model_ema.*` tensors.
  enum Ema {
    /// They are copied like any other tensor.
    KEEP,
    /// They are left out; the plan lists them.
    DROP,
    /// They take the place of the weights that they are the average of, and are left out
    /// themselves.
    PROMOTE
  }
}
