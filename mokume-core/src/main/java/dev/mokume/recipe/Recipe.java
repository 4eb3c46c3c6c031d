package dev.mokume.recipe;

import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// What the user asked for: the checkpoints by name, what was given a name along the way, and the
/// result.
///
/// The first model is the one that the output takes whatever the recipe does not name from: the
/// first stack if there is any. A recipe has no paths but those of its models and masks; with the
/// same files it gives the same bytes.
///
/// @param models checkpoint by the name that the recipe uses for it, at least one
/// @param stacks models that are assembled from those, by the name that the recipe uses for them
/// @param weights named sub-expressions, for [Weights.Named]
/// @param masks named masks, for [Mask.Named]
/// @param ratios named ratios, for [Ratio.Named]
/// @param result what is written
/// @param compat whose behaviour to reproduce
/// @param rng which random numbers to draw
/// @param tokenizer the vocabulary that all models are seen with, whose base is the first of
///   `models`; nothing for the rows of embeddings where they are. Its chat template is no part of
///   the recipe's text, since no tensor depends on it
/// @param arithmetic what the models' floats are rounded to before a method sees them, and what
///   `compat` rounds to after each step, if it has [Quirk#STEPWISE_ROUNDING]; nothing for the dtype
///   that they are stored in. Other profiles have no part of it
public record Recipe(
    SequencedMap<String, Path> models,
    SequencedMap<String, Stack> stacks,
    SequencedMap<String, Weights> weights,
    SequencedMap<String, Mask> masks,
    SequencedMap<String, Ratio> ratios,
    Result result,
    Compat compat,
    Rng rng,
    Optional<TokenizerSpec> tokenizer,
    Optional<DType> arithmetic) {
  public Recipe {
    if (models.isEmpty()) {
      throw new IllegalArgumentException("a recipe needs at least one model");
    }
    models = copy(models);
    stacks = copy(stacks);
    weights = copy(weights);
    masks = copy(masks);
    ratios = copy(ratios);
  }

  /// A recipe that computes in the dtypes of its models, as far as that matters.
  public Recipe(
      SequencedMap<String, Path> models,
      SequencedMap<String, Stack> stacks,
      SequencedMap<String, Weights> weights,
      SequencedMap<String, Mask> masks,
      SequencedMap<String, Ratio> ratios,
      Result result,
      Compat compat,
      Rng rng,
      Optional<TokenizerSpec> tokenizer) {
    this(models, stacks, weights, masks, ratios, result, compat, rng, tokenizer, Optional.empty());
  }

  /// A recipe that leaves the rows of embeddings where they are.
  public Recipe(
      SequencedMap<String, Path> models,
      SequencedMap<String, Stack> stacks,
      SequencedMap<String, Weights> weights,
      SequencedMap<String, Mask> masks,
      SequencedMap<String, Ratio> ratios,
      Result result,
      Compat compat,
      Rng rng) {
    this(models, stacks, weights, masks, ratios, result, compat, rng, Optional.empty());
  }

  /// A recipe without stacks.
  public Recipe(
      SequencedMap<String, Path> models,
      SequencedMap<String, Weights> weights,
      SequencedMap<String, Mask> masks,
      SequencedMap<String, Ratio> ratios,
      Result result,
      Compat compat,
      Rng rng) {
    this(models, new LinkedHashMap<>(), weights, masks, ratios, result, compat, rng);
  }

  /// The same with other files behind the models, or with more of them.
  public Recipe withModels(SequencedMap<String, Path> others) {
    return new Recipe(
        others, stacks, weights, masks, ratios, result, compat, rng, tokenizer, arithmetic);
  }

  /// The same under another profile, with other random numbers.
  public Recipe withProfile(Compat profile, Rng generator) {
    return new Recipe(
        models, stacks, weights, masks, ratios, result, profile, generator, tokenizer, arithmetic);
  }

  /// The same with another result.
  public Recipe withResult(Result result) {
    return new Recipe(
        models, stacks, weights, masks, ratios, result, compat, rng, tokenizer, arithmetic);
  }

  /// The same with all models seen with one vocabulary.
  public Recipe withTokenizer(TokenizerSpec spec) {
    return new Recipe(
        models, stacks, weights, masks, ratios, result, compat, rng, Optional.of(spec), arithmetic);
  }

  /// The same with its models rounded to that dtype first.
  public Recipe withArithmetic(DType dtype) {
    return new Recipe(
        models, stacks, weights, masks, ratios, result, compat, rng, tokenizer, Optional.of(dtype));
  }

  /// The dtype that models are rounded to, if the profile does so.
  public Optional<DType> castTo() {
    return arithmetic.filter(_ -> compat.has(Quirk.STEPWISE_ROUNDING));
  }

  /// A recipe without named parts, under the default behaviour.
  public static Recipe of(SequencedMap<String, Path> models, Result result) {
    SequencedMap<String, Weights> noWeights = new LinkedHashMap<>();
    SequencedMap<String, Mask> noMasks = new LinkedHashMap<>();
    SequencedMap<String, Ratio> noRatios = new LinkedHashMap<>();
    return new Recipe(models, noWeights, noMasks, noRatios, result, Compat.NONE, Rng.STATELESS);
  }

  /// The name of the first model.
  public String firstModel() {
    return (stacks.isEmpty() ? models : stacks).firstEntry().getKey();
  }

  private static <V> SequencedMap<String, V> copy(SequencedMap<String, V> map) {
    return Collections.unmodifiableSequencedMap(new LinkedHashMap<>(map));
  }
}
