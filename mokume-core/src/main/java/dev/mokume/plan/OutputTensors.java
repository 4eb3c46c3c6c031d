package dev.mokume.plan;

import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.internal.quantised.ScaleNames;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.plan.OutputTensor.Content;
import dev.mokume.plan.OutputTensor.Decision;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rounding;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// The tensors of an output as they are decided on, each with all that has to lie beside it.
final class OutputTensors {
  private final Recipe recipe;
  private final Alignment alignment;
  private final String first;
  private final WholeTensors wholes = new WholeTensors();
  private final HeldOperations operations;
  private final List<OutputTensor> all = new ArrayList<>();
  private final ScaledMarks marks = new ScaledMarks();
  private final ForeignNumbers foreign = new ForeignNumbers();
  private final Requantisation requantisation = new Requantisation();
  private int unscaled;

  /// @param first what the first model is called in messages
  OutputTensors(Recipe recipe, Alignment alignment, String first, HeldOperations operations) {
    this.recipe = recipe;
    this.alignment = alignment;
    this.first = first;
    this.operations = operations;
  }

  /// In the order in which they were decided on.
  List<OutputTensor> all() {
    return all;
  }

  /// As the output's files are laid out for them.
  List<TensorEntry> entries() {
    return all.stream().map(OutputTensor::entry).toList();
  }

  /// What has to be said of scaled weights.
  ScaledMarks marks() {
    return marks;
  }

  /// Weights that had a scale for each row or block, and have none now.
  int unscaled() {
    return unscaled;
  }

  ForeignNumbers foreign() {
    return foreign;
  }

  Requantisation requantisation() {
    return requantisation;
  }

  /// Adds a tensor as it is, but for the way it is stored.
  ///
  /// @param reason why it is not changed, where a method could have; else empty
  void keep(StoredTensor tensor, TensorPlace place, Storage storage, String reason) {
    keep(tensor, place, storage, reason, OptionalDouble.empty());
  }

  /// @param alpha the share by which a method came to take the tensor as it is
  void keep(
      StoredTensor tensor,
      TensorPlace place,
      Storage storage,
      String reason,
      OptionalDouble alpha) {
    Optional<ScaledTensor> scaled = ScaledTensor.behind(tensor);
    String name = alignment.output(tensor.name());
    Decision copied = new Decision(Treatment.COPIED, reason, alpha);
    if (scaled.isPresent() && storage.isThatOf(scaled.get())) {
      copyScaled(scaled.get(), name, place, copied);
    } else if (scaled.isEmpty() && storage.equals(new Storage.Plain(tensor.spec().dtype()))) {
      copy(tensor, name, place, copied);
    } else {
      store(
          new Elements.Stored(tensor),
          tensor.spec(),
          place,
          storage,
          new Decision(Treatment.CONVERTED, reason, alpha));
    }
  }

  /// Adds the places of a prompt, counted anew.
  void number(StoredTensor tensor, TensorPlace place) {
    StoredTensor ids = PositionIds.like(tensor.spec()).named(alignment.output(tensor.name()));
    all.add(
        OutputTensor.of(
            TensorEntry.of(ids.spec()),
            place,
            new Content.Copy(ids),
            new Decision(
                Treatment.CONVERTED, "its numbers are written anew", OptionalDouble.empty()),
            Set.of(),
            1));
  }

  /// Adds a tensor byte for byte under the output's name for it.
  void copy(StoredTensor tensor, String name, TensorPlace place, String reason) {
    copy(tensor, name, place, new Decision(Treatment.COPIED, reason, OptionalDouble.empty()));
  }

  private void copy(StoredTensor tensor, String name, TensorPlace place, Decision decision) {
    TensorSpec spec = new TensorSpec(name, tensor.spec().dtype(), tensor.spec().shape());
    all.add(
        OutputTensor.of(
            new TensorEntry(spec, tensor.length()),
            place,
            new Content.Copy(tensor),
            decision,
            Set.of(tensor),
            1));
  }

  /// A scaled weight, with all that belongs to it, as it is.
  private void copyScaled(ScaledTensor tensor, String name, TensorPlace place, Decision decision) {
    String layer = ScaledTensor.layer(name);
    String stored = tensor.layer();
    List<StoredTensor> beside = new ArrayList<>(tensor.others());
    beside.add(tensor.scale());
    for (StoredTensor other : beside) {
      String end = other.name().substring(stored.length());
      copy(other, layer + end, place, decision.reason());
    }
    marks.add(
        place,
        layer,
        tensor.weight().spec().dtype(),
        tensor.names(),
        tensor.inputScale().isPresent(),
        ScaledMarks.copied(tensor));
    copy(tensor.weight(), name, place, decision);
  }

  /// Adds what a method computed for the tensor `spec`.
  ///
  /// @param reason what kept the method from doing more; else empty
  void merge(
      Elements value,
      TensorSpec spec,
      TensorPlace place,
      Storage storage,
      String reason,
      OptionalDouble alpha) {
    store(value, spec, place, storage, new Decision(Treatment.MERGED, reason, alpha));
  }

  private void store(
      Elements value, TensorSpec spec, TensorPlace place, Storage storage, Decision decision) {
    switch (storage.computed()) {
      case Storage.Plain(var dtype) -> {
        unscaled += storage instanceof Storage.AsStored ? 1 : 0;
        Elements rounded = rounded(value, dtype, spec.name());
        TensorSpec there = new TensorSpec(alignment.output(spec.name()), dtype, spec.shape());
        compute(rounded, there, place, new Content.Values(rounded), decision);
      }
      case Storage.Scaled scaled -> storeScaled(value, spec, place, scaled, decision);
      case Storage.AsStored _ -> throw new IllegalStateException("a computed value is no copy");
    }
  }

  private void storeScaled(
      Elements value,
      TensorSpec spec,
      TensorPlace place,
      Storage.Scaled storage,
      Decision decision) {
    String name = alignment.output(spec.name());
    String layer = ScaledTensor.layer(name);
    DType dtype = storage.dtype();
    Scalar greatest = new Scalar.Statistic(Scalar.Reduction.MAX, new Elements.Magnitude(value));
    Scalar scale =
        new Scalar.Computed(
            Function.SCALE, List.of(greatest, Scalar.constant(ScaledTensor.greatest(dtype))));
    String scaleName = storage.names().scale(layer);
    all.add(
        OutputTensor.of(
            TensorEntry.of(new TensorSpec(scaleName, DType.F32, storage.shape())),
            place,
            new Content.Scale(),
            decision.withoutAlpha(),
            Set.of(),
            1));
    copyBeside(place, layer, storage, decision.reason());
    Elements parts = new Elements.WithScalar(Elements.Operator.DIVIDE, value, scale);
    Elements rounded = rounded(parts, dtype, spec.name());
    compute(
        rounded,
        new TensorSpec(name, dtype, spec.shape()),
        place,
        new Content.Scaled(rounded, scale, scaleName),
        decision);
  }

  /// Adds what else lies beside a weight that is scaled anew.
  private void copyBeside(TensorPlace place, String layer, Storage.Scaled storage, String reason) {
    Optional<StoredTensor> inputScale = storage.like().flatMap(ScaledTensor::inputScale);
    inputScale.ifPresent(stored -> copy(stored, storage.names().inputScale(layer), place, reason));
    // What is said of the first model's layer is still true, and where nothing is said nothing is
    // missed.
    Optional<ScaledTensor> alike =
        storage
            .like()
            .filter(storage::isThatOf)
            .filter(_ -> storage.names() == ScaleNames.WEIGHT_SCALE);
    alike
        .flatMap(ScaledTensor::comfyQuant)
        .ifPresent(stored -> copy(stored, ScaledTensor.comfyQuant(layer), place, reason));
    marks.add(
        place,
        layer,
        storage.dtype(),
        storage.names(),
        inputScale.isPresent(),
        alike.isPresent()
            ? ScaledMarks.copied(alike.get())
            : Optional.of(ScaledMarks.fresh(storage.dtype(), inputScale.isPresent())));
  }

  /// Values as they are before they are encoded: at random where the recipe says so.
  private Elements rounded(Elements value, DType dtype, String tensor) {
    return recipe.result() instanceof Result.Checkpoint result
            && result.encoding().rounding() instanceof Rounding.Stochastic(var seed)
            && Encoding.isScalable(dtype)
        ? new Elements.RoundedAtRandom(
            value,
            new Elements.Uniform(new Draw.Stateless(seed, "rounding", tensor), value.count()),
            dtype)
        : value;
  }

  private void compute(
      Elements elements, TensorSpec spec, TensorPlace place, Content content, Decision decision) {
    Survey survey = new Survey(elements.count());
    int passes = survey.passes(survey.visit(elements));
    TensorEntry entry = TensorEntry.of(requantisation.encodable(spec));
    requantisation.count(survey.inputs(), entry.spec());
    add(entry, place, content, decision, survey, passes);
  }

  /// Adds packed bits.
  ///
  /// @param spec of the tensor that they are for
  void mask(Bits bits, TensorSpec spec, TensorPlace place) {
    Survey survey = new Survey(spec.elementCount());
    int passes = survey.passes(survey.visit(bits));
    Shape bytes = Shape.of((spec.elementCount() + 7) / 8);
    add(
        TensorEntry.of(new TensorSpec(spec.name(), DType.U8, bytes)),
        place,
        new Content.Mask(bits),
        new Decision(Treatment.MERGED, "", OptionalDouble.empty()),
        survey,
        passes);
  }

  private void add(
      TensorEntry entry,
      TensorPlace place,
      Content content,
      Decision decision,
      Survey survey,
      int passes) {
    foreign.add(survey);
    wholes.add(survey, entry.spec().name());
    operations.add(survey, first);
    all.add(OutputTensor.of(entry, place, content, decision, survey.inputs(), passes));
  }

  /// Copies from an older output what it has in the same bytes; the others are all that is
  /// computed, and all that is measured is measured for them.
  void keep(OlderTensors older) {
    all.replaceAll(tensor -> older.same(tensor).map(tensor::kept).orElse(tensor));
    foreign.clear();
    for (OutputTensor tensor : all) {
      Survey survey = new Survey(tensor.count());
      switch (tensor.content()) {
        case Content.Copy _, Content.Scale _ -> {}
        case Content.Values(var elements) -> survey.visit(elements);
        case Content.Scaled(var elements, _, _) -> survey.visit(elements);
        case Content.Mask(var bits) -> survey.visit(bits);
      }
      foreign.add(survey);
    }
  }

  WholeTensors wholes() {
    return wholes;
  }

  /// A file may have a tensor by two names that its checkpoints tell apart and others do not.
  void refuseEqualNames(Remarks remarks) {
    Set<String> seen = new HashSet<>();
    all.removeIf(tensor -> {
      boolean again = !seen.add(tensor.name());
      if (again) {
        remarks.problem(
            ErrorCode.MISMATCHED_INPUTS,
            "two tensors would have the name "
                + Quoted.name(tensor.name())
                + " in the output. Write them with names: as-stored.");
      }
      return again;
    });
  }
}
