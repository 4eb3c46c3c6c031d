package dev.mokume.recipe;

import dev.mokume.architecture.Component;
import dev.mokume.tensor.DType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// What a recipe writes.
public sealed interface Result {
  /// The components that are written; empty for all.
  Set<Component> only();

  /// The expressions whose values it writes.
  default List<RecipeNode> parts() {
    return switch (this) {
      case Checkpoint checkpoint -> List.copyOf(checkpoint.components().values());
      case MaskFile(var mask, _) -> List.of(mask);
    };
  }

  /// Whether the component is to be in the output.
  default boolean writes(Component component) {
    return only().isEmpty() || only().contains(component);
  }

  /// A checkpoint. Whatever `components` does not name is taken from the first model.
  ///
  /// @param components where each named component comes from
  /// @param dtypes the dtype that a component's float tensors are stored in; default: as in the
  ///   first model
  /// @param ema what becomes of the moving average that some training checkpoints carry
  /// @param metadata added to the output's `__metadata__`; a key with an empty value is left out of
  ///   it
  /// @param only the components that are written; empty for all
  /// @param names what the tensors are called
  /// @param untouched which tensors stay the first model's, whatever the components say
  /// @param encoding scales and rounding of 8-bit floats; a component that is stored as anything
  ///   else is not scaled
  /// @param positionIds what becomes of the text encoders' `position_ids`
  /// @param tensors which tensors there are
  record Checkpoint(
      SequencedMap<Component, Weights> components,
      Map<Component, DType> dtypes,
      Ema ema,
      Map<String, String> metadata,
      Set<Component> only,
      Names names,
      Untouched untouched,
      Encoding encoding,
      PositionIds positionIds,
      Tensors tensors)
      implements Result {
    public Checkpoint {
      components = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(components));
      dtypes = Map.copyOf(dtypes);
      metadata = Map.copyOf(metadata);
      only = Set.copyOf(only);
      encoding = encoding.fitting(dtypes);
      for (String key : metadata.keySet()) {
        if (isReserved(key)) {
          throw new IllegalArgumentException(
              "metadata cannot set '" + key + "', which Mokume writes itself");
        }
      }
    }

    /// The components' expressions and nothing else.
    public static Checkpoint of(SequencedMap<Component, Weights> components) {
      return new Checkpoint(
          components,
          Map.of(),
          Ema.KEEP,
          Map.of(),
          Set.of(),
          Names.AS_STORED,
          Untouched.NOTHING,
          Encoding.DEFAULT,
          PositionIds.KEEP,
          Tensors.FIRST);
    }

    public Checkpoint withComponents(SequencedMap<Component, Weights> components) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withDtypes(Map<Component, DType> dtypes) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withEma(Ema ema) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withMetadata(Map<String, String> metadata) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withOnly(Set<Component> only) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withNames(Names names) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withUntouched(Untouched untouched) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withEncoding(Encoding encoding) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withPositionIds(PositionIds positionIds) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    public Checkpoint withTensors(Tensors tensors) {
      return new Checkpoint(
          components,
          dtypes,
          ema,
          metadata,
          only,
          names,
          untouched,
          encoding,
          positionIds,
          tensors);
    }

    /// Whether the output is a folder in the layout of the diffusers library: its names tell the
    /// parts of a model apart only by their folders.
    public boolean isPipeline() {
      return names == Names.DIFFUSERS && only.size() != 1;
    }

    /// Whether the writer of the file says that itself.
    public static boolean isReserved(String key) {
      return key.equals("format") || key.startsWith("mokume.");
    }
  }

  /// Which tensors a checkpoint has.
  enum Tensors {
    /// Those of the first model.
    FIRST,
    /// Those of the first model that all others have, too.
    COMMON,
    /// Those of any model: what the first lacks comes from where it is, and the methods take part
    /// in it that can.
    ALL
  }

  /// A mask file: safetensors of packed bits.
  ///
  /// @param only the components that the mask is for; empty for all that it knows
  record MaskFile(Mask mask, Set<Component> only) implements Result {
    public MaskFile {
      only = Set.copyOf(only);
    }

    /// A mask of all that it knows.
    public static MaskFile of(Mask mask) {
      return new MaskFile(mask, Set.of());
    }
  }

  /// Tensors that stay the first model's.
  ///
  /// @param mismatch what becomes of a tensor that a model has in another shape than the first
  /// @param exclude name patterns, as layer selections have them; a pattern that selects nothing is
  ///   a problem of the plan
  record Untouched(Mismatch mismatch, List<String> exclude) {
    public static final Untouched NOTHING = new Untouched(Mismatch.ERROR, List.of());

    public Untouched {
      exclude = List.copyOf(exclude);
    }
  }

  /// What becomes of a tensor that two models have in different shapes.
  enum Mismatch {
    /// It is a problem of the plan.
    ERROR,
    /// It stays as it is in the first model; the plan says why.
    KEEP,
    /// The model that does not fit plays no part in it, as if it lacked the tensor. An embedding or
    /// output layer is cut to the first model's rows and columns where it has more of them.
    SKIP
  }

  /// What becomes of the numbers 0, 1, 2, ... by which a text encoder finds the places of a prompt.
  enum PositionIds {
    /// They are copied like any other integers.
    KEEP,
    /// They are written anew, as I64: old merges blended and rounded them, so that some places are
    /// read twice and others not at all.
    REPAIR
  }

  /// What becomes of `model_ema.*` tensors.
  enum Ema {
    /// They are copied like any other tensor.
    KEEP,
    /// They are left out; the plan lists them.
    DROP,
    /// They take the place of the weights that they are the average of, and are left out
    /// themselves.
    PROMOTE,
    /// They and the weights that they are the average of change places. Source: sd-mecha,
    /// exchange_ema.
    EXCHANGE
  }

  /// What the tensors of the output are called, and with that how text encoders are laid out.
  enum Names {
    /// As in the model that a component takes its names from: the first that has it.
    AS_STORED,
    /// As in whole checkpoints of the architecture: `model.diffusion_model.*`.
    CHECKPOINT,
    /// As in a file of one component: without a prefix, CLIP as the transformers library has it.
    BARE,
    /// As in the file of one component in a folder of the diffusers library: without a prefix, by
    /// the names and in the layout of that library and the transformers library.
    DIFFUSERS
  }
}
