package dev.mokume.recipe.comfyui;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// What flows along a link: nothing is computed, a value says what would be.
sealed interface Value {
  ValueType type();

  /// A diffusion model.
  ///
  /// @param weights what the nodes so far make of it
  /// @param others what they make of a checkpoint's tensors that belong to no part; only nodes
  ///   whose layers are chosen by name reach those
  /// @param origin the file that the model was loaded from
  record Model(Weights weights, Weights others, Origin origin) implements Value {
    @Override
    public ValueType type() {
      return ValueType.MODEL;
    }

    /// The model with other weights for its diffusion model alone.
    Model with(Weights changed) {
      return new Model(changed, others, origin);
    }
  }

  /// Text encoders: one expression each.
  record Clip(SequencedMap<Component, Weights> encoders, Origin origin) implements Value {
    public Clip {
      encoders = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(encoders));
    }

    @Override
    public ValueType type() {
      return ValueType.CLIP;
    }
  }

  /// A VAE, which no node changes.
  record Vae(Origin origin) implements Value {
    @Override
    public ValueType type() {
      return ValueType.VAE;
    }
  }

  record ModelMask(Mask mask) implements Value {
    @Override
    public ValueType type() {
      return ValueType.MODEL_MASK;
    }
  }

  /// A ratio for each layer.
  ///
  /// @param model the model of the recipe whose layers they are, if it was made from one
  /// @param namesOthers whether it has a number for tensors outside the diffusion model
  record Gradient(Ratio ratio, Optional<String> model, boolean namesOthers) implements Value {
    @Override
    public ValueType type() {
      return ValueType.LAYER_GRADIENT;
    }
  }

  record Text(String text) implements Value {
    @Override
    public ValueType type() {
      return ValueType.STRING;
    }
  }

  record Whole(long number) implements Value {
    @Override
    public ValueType type() {
      return ValueType.INT;
    }
  }

  record Real(double number) implements Value {
    @Override
    public ValueType type() {
      return ValueType.FLOAT;
    }
  }

  record Flag(boolean isOn) implements Value {
    @Override
    public ValueType type() {
      return ValueType.BOOLEAN;
    }
  }

  /// Where a loaded value comes from.
  ///
  /// @param model the recipe's name for the file
  /// @param isCheckpoint whether the file was loaded as a whole checkpoint, whose other parts a
  ///   merge keeps
  record Origin(String model, boolean isCheckpoint) {
    Weights.Source source() {
      return new Weights.Source(model);
    }
  }
}
