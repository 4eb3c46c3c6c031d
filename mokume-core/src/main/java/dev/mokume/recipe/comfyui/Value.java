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
  /// @param origin the file that the model was loaded from
  record Model(Weights weights, Origin origin) implements Value {
    @Override
    public ValueType type() {
      return ValueType.MODEL;
    }

    /// What a node makes of the model.
    Model with(Weights changed) {
      return new Model(changed, origin);
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
  record Gradient(Ratio ratio, Optional<String> model) implements Value {
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

  /// A text that is known only after a run.
  record Report(Product.Text text) implements Value {
    @Override
    public ValueType type() {
      return ValueType.STRING;
    }
  }

  /// A picture that is drawn after a run.
  record Picture(Product.Content.Picture picture) implements Value {
    @Override
    public ValueType type() {
      return ValueType.IMAGE;
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
