package dev.mokume.lowrank;

import dev.mokume.architecture.Component;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import java.util.Optional;
import java.util.Set;

/// What a LoRA is to hold of a difference. All of it decides the bytes that come out.
///
/// @param rank of linear layers and 1x1 convolutions
/// @param convolutionRank the most that convolutions with a larger kernel get; 0 leaves them out
/// @param iterations of each sketch: more are nearer to the best factors of that rank, and slower
/// @param seed of the random vectors
/// @param names of the tensors
/// @param dtype of the factors
/// @param smallTensors whether the differences of biases and norms go into the file as they are
/// @param components that are looked at; all that a LoRA may change if empty
/// @param layers what stands for the difference of a layer
/// @param modules that are looked at
/// @param baseName what PEFT's config calls the model that it is a difference from; nothing to
///   leave that open
public record ExtractionOptions(
    RankChoice rank,
    int convolutionRank,
    int iterations,
    long seed,
    FactorNames names,
    DType dtype,
    boolean smallTensors,
    Set<Component> components,
    LayerForm layers,
    ModuleFilter modules,
    Optional<String> baseName) {
  private static final int MOST_ITERATIONS = 16;

  public ExtractionOptions {
    components = Set.copyOf(components);
    if (convolutionRank < 0 || convolutionRank > RankChoice.MOST) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the rank of convolutions must be in 0.."
              + RankChoice.MOST
              + " but was "
              + convolutionRank
              + "; 0 leaves them out.");
    }
    if (iterations < 0 || iterations > MOST_ITERATIONS) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "iterations must be in 0.."
              + MOST_ITERATIONS
              + " but were "
              + iterations
              + "; 2 are near the best already.");
    }
    requireFactors(dtype);
  }

  /// @throws MokumeException if factors would lose too much in it
  static void requireFactors(DType dtype) {
    if (!dtype.isBlendable() || dtype.bits() < 16) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "factors are stored as F16, BF16, F32 or F64, not as " + dtype + ".");
    }
  }

  /// Rank 64 for all layers, two iterations, F16, kohya's names.
  public static ExtractionOptions defaults() {
    return ofRank(new RankChoice.Fixed(64));
  }

  /// The defaults with another rank, for convolutions as well.
  public static ExtractionOptions ofRank(RankChoice rank) {
    return new ExtractionOptions(
        rank,
        rank.most(),
        2,
        0,
        FactorNames.KOHYA,
        DType.F16,
        false,
        Set.of(),
        LayerForm.FACTORS,
        ModuleFilter.ALL,
        Optional.empty());
  }

  public ExtractionOptions withConvolutionRank(int value) {
    return new ExtractionOptions(
        rank,
        value,
        iterations,
        seed,
        names,
        dtype,
        smallTensors,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withIterations(int value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        value,
        seed,
        names,
        dtype,
        smallTensors,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withSeed(long value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        value,
        names,
        dtype,
        smallTensors,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withNames(FactorNames value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        value,
        dtype,
        smallTensors,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withDtype(DType value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        value,
        smallTensors,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withSmallTensors(boolean value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        dtype,
        value,
        components,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withComponents(Set<Component> value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        dtype,
        smallTensors,
        value,
        layers,
        modules,
        baseName);
  }

  public ExtractionOptions withLayers(LayerForm value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        dtype,
        smallTensors,
        components,
        value,
        modules,
        baseName);
  }

  public ExtractionOptions withModules(ModuleFilter value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        dtype,
        smallTensors,
        components,
        layers,
        value,
        baseName);
  }

  public ExtractionOptions withBaseName(String value) {
    return new ExtractionOptions(
        rank,
        convolutionRank,
        iterations,
        seed,
        names,
        dtype,
        smallTensors,
        components,
        layers,
        modules,
        Optional.of(value));
  }

  /// The choice for a layer.
  RankChoice rankOf(Layer layer) {
    if (!layer.isLargeConvolution()) {
      return rank;
    }
    return switch (rank) {
      case RankChoice.Fixed _ -> new RankChoice.Fixed(convolutionRank);
      case RankChoice.Energy(double share, int _) -> new RankChoice.Energy(share, convolutionRank);
      case RankChoice.Above(double limit, int _) -> new RankChoice.Above(limit, convolutionRank);
    };
  }
}
