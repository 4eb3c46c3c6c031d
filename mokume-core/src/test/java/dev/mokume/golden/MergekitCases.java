package dev.mokume.golden;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Delta;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Rescale;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Sparsify;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// mergekit on one tensor of each of several models: a method by its name, or what it keeps of a
/// task vector.
final class MergekitCases extends OneByOne {
  private static final String NAME = "model.layers.0.mlp.up_proj.weight";
  private static final String EMBEDDING = "model.embed_tokens.weight";
  private static final Map<String, MergekitMethod> METHODS = methods();

  private final Workspace workspace;

  MergekitCases(Workspace workspace) {
    this.workspace = workspace;
  }

  /// Every method of mergekit that Mokume has, by mergekit's name.
  private static Map<String, MergekitMethod> methods() {
    Map<String, MergekitMethod> methods = new LinkedHashMap<>(TaskVectorCases.methods());
    methods.putAll(CombinationCases.methods());
    return methods;
  }

  /// Whether Mokume has what the case asks.
  static boolean knows(GoldenCase goldenCase) {
    return isSparsify(goldenCase) || METHODS.containsKey(method(goldenCase));
  }

  private static String method(GoldenCase goldenCase) {
    return goldenCase.params().text("method");
  }

  private static boolean isSparsify(GoldenCase goldenCase) {
    return goldenCase.call().equals("mergekit.sparsify.sparsify");
  }

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    SequencedMap<String, GoldenTensor> inputs = new LinkedHashMap<>();
    Weights weights;
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    if (isSparsify(goldenCase)) {
      GoldenTensor delta = file.get(goldenCase.inputs().text("tensor"));
      byte[] zeros = new byte[delta.bytes().length];
      inputs.put("zero", new GoldenTensor(delta.dtype(), delta.shape(), zeros));
      inputs.put("delta", delta);
      weights = sparsified(goldenCase.params());
    } else {
      MergekitCase asked = new MergekitCase(goldenCase.params());
      Fields names = goldenCase.inputs().object("tensors");
      asked.base().ifPresent(base -> inputs.put(base, file.get(names.text(base))));
      asked.models().stream()
          .sorted(Comparator.comparingInt(model -> file.get(names.text(model)).count()))
          .forEach(model -> inputs.putIfAbsent(model, file.get(names.text(model))));
      MergekitMethod method = METHODS.get(asked.method());
      if (method == null) {
        throw new AssertionError("Mokume has no method " + asked.method());
      }
      weights = method.of(asked);
    }
    Optional<GoldenTensor> expected =
        goldenCase.expectsError()
            ? Optional.empty()
            : Optional.of(ExpectedTensors.stored(suite, goldenCase.expected()).get("out"));
    GoldenTensor got = merged(suite, goldenCase, inputs, weights, expected);
    return () ->
        expected
            .flatMap(wanted ->
                goldenCase.tolerance().difference(wanted, got, List.copyOf(inputs.values())))
            .stream()
            .toList();
  }

  private GoldenTensor merged(
      GoldenSuite suite,
      GoldenCase goldenCase,
      SequencedMap<String, GoldenTensor> inputs,
      Weights weights,
      Optional<GoldenTensor> expected) {
    boolean isEmbedding = goldenCase.params().flag("is_embed");
    String name = isEmbedding ? EMBEDDING : NAME;
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    inputs.forEach((input, tensor) -> {
      SequencedMap<String, GoldenTensor> model = new LinkedHashMap<>();
      model.put(name, tensor);
      models.put(input, workspace.write(model));
    });
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.OTHER, weights);
    Map<Component, DType> dtypes =
        expected.map(tensor -> Map.of(Component.OTHER, tensor.dtype())).orElse(Map.of());
    // Of task vectors, mergekit leaves out those of another shape; other methods it refuses but for
    // embeddings, which are cut.
    boolean skips = isEmbedding || TaskVectorCases.isOne(method(goldenCase));
    Result result =
        Result.Checkpoint.of(components)
            .withDtypes(dtypes)
            .withUntouched(
                new Result.Untouched(
                    skips ? Result.Mismatch.SKIP : Result.Mismatch.ERROR, List.of()));
    GoldenTensor got =
        workspace.merge(CaseInputs.recipe(suite, goldenCase, models, result)).tensors().get(name);
    if (got == null) {
      throw new AssertionError("the result lacks the tensor");
    }
    return got;
  }

  /// A tensor as the only delta, of a base of zeros.
  private static Weights sparsified(Fields params) {
    Weights zero = new Weights.Source("zero");
    Delta delta = new Delta.Difference(new Weights.Source("delta"), zero);
    Ratio density = new Ratio.Constant(params.number("density"));
    Sparsify sparsify =
        switch (params.text("method")) {
          case "magnitude" -> new Sparsify.Magnitude(density);
          case "random" -> new Sparsify.Random(density, params.integer("seed"));
          case "magnitude_outliers" ->
              new Sparsify.Outliers(density, new Ratio.Constant(params.number("gamma")));
          case "della_magprune" ->
              new Sparsify.Ranked(
                  density, new Ratio.Constant(params.number("epsilon")), params.integer("seed"));
          default -> throw new AssertionError("Mokume cannot keep " + params.text("method"));
        };
    Rescale rescale =
        switch (params.text("rescale_norm")) {
          case "none" -> Rescale.NONE;
          case "l1" -> Rescale.MATCH_L1;
          case "l2" -> Rescale.MATCH_L2;
          case "linf" -> Rescale.MATCH_MAX;
          default -> throw new AssertionError("Mokume cannot rescale by " + params.text("rescale"));
        };
    return new Weights.AddDelta(
        zero, new Delta.Sparse(delta, sparsify, rescale), new Ratio.Constant(1));
  }
}
