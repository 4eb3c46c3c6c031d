package dev.mokume.golden;

import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Merges of tiny U-Nets whose results can be worked out by hand. The models are called `a`, `b`,
/// ...
final class SmallMerges {
  private static final String NAMES = "abcd";

  private final Path folder;
  private final Compat compat;
  private final Rng rng;
  private final SequencedMap<String, Path> models = new LinkedHashMap<>();

  private SmallMerges(Path folder, Compat compat, Rng rng) {
    this.folder = folder;
    this.compat = compat;
    this.rng = rng;
  }

  /// Under Mokume's own behaviour.
  @SafeVarargs
  static SmallMerges of(Path folder, SequencedMap<String, GoldenTensor>... models) {
    return of(folder, Compat.NONE, Rng.STATELESS, models);
  }

  @SafeVarargs
  static SmallMerges of(
      Path folder, Compat compat, Rng rng, SequencedMap<String, GoldenTensor>... models) {
    SmallMerges merges = new SmallMerges(folder, compat, rng);
    for (int i = 0; i < models.length; i++) {
      String name = NAMES.substring(i, i + 1);
      merges.models.put(name, merges.write(name, models[i]));
    }
    return merges;
  }

  Path write(String name, SequencedMap<String, GoldenTensor> tensors) {
    try {
      return Files.write(folder.resolve(name + ".safetensors"), TensorFile.format(tensors));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What the U-Net becomes.
  Map<String, GoldenTensor> unet(Weights weights) {
    merge(weights);
    return output().tensors();
  }

  MergeReport merge(Weights weights) {
    return Mokume.merge(recipe(unetOnly(weights)), target(), options());
  }

  private static Result unetOnly(Weights weights) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, weights);
    return Result.Checkpoint.of(components);
  }

  /// The bits of a mask, by tensor.
  SequencedMap<String, GoldenTensor> mask(Mask mask) {
    Mokume.merge(recipe(Result.MaskFile.of(mask)), target(), options());
    return PackedMasks.unpack(output());
  }

  private Recipe recipe(Result result) {
    Recipe plain = Recipe.of(models, result);
    return new Recipe(
        plain.models(), plain.weights(), plain.masks(), plain.ratios(), result, compat, rng);
  }

  private static MergeOptions options() {
    return MergeOptions.defaults().withDurable(false).withOverwrite(true);
  }

  Path target() {
    return folder.resolve("out.safetensors");
  }

  private TensorFile output() {
    try {
      return TensorFile.parse(Files.readAllBytes(target()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Weights a() {
    return new Weights.Source("a");
  }

  static Weights b() {
    return new Weights.Source("b");
  }

  static Weights linear(Ratio alpha) {
    return interpolate(Interpolation.LINEAR, alpha);
  }

  static Weights interpolate(Interpolation method, Ratio alpha) {
    return new Weights.Interpolate(method, a(), b(), alpha, Optional.empty());
  }

  static Weights masked(Ratio alpha, Mask mask) {
    return new Weights.Interpolate(Interpolation.LINEAR, a(), b(), alpha, Optional.of(mask));
  }

  /// A model of F32 tensors of one element each, all `value`.
  static SequencedMap<String, GoldenTensor> scalars(float value, String... names) {
    SequencedMap<String, GoldenTensor> model = new LinkedHashMap<>();
    for (String name : names) {
      model.put("diffusion_model." + name, vector(value));
    }
    return model;
  }

  /// A model of one tensor.
  static SequencedMap<String, GoldenTensor> model(String name, GoldenTensor tensor) {
    SequencedMap<String, GoldenTensor> model = new LinkedHashMap<>();
    model.put("diffusion_model." + name, tensor);
    return model;
  }

  static GoldenTensor vector(float... values) {
    return GoldenTensor.ofFloats(Shape.of(values.length), values);
  }

  static GoldenTensor matrix(int rows, int columns, float value) {
    float[] values = new float[rows * columns];
    Arrays.fill(values, value);
    return GoldenTensor.ofFloats(Shape.of(rows, columns), values);
  }

  /// The one value of a tensor of one element.
  static double value(Map<String, GoldenTensor> tensors, String name) {
    return tensors.get("diffusion_model." + name).values()[0];
  }

  static List<Double> values(Map<String, GoldenTensor> tensors, String name) {
    return Arrays.stream(tensors.get("diffusion_model." + name).values()).boxed().toList();
  }
}
