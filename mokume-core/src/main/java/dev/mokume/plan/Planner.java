package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Mismatch;
import dev.mokume.architecture.ModuleNames;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Function;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.internal.quantised.BytesSource;
import dev.mokume.internal.quantised.ComfyMetadata;
import dev.mokume.internal.quantised.ScaleNames;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.AdapterFit;
import dev.mokume.method.LayerSelection;
import dev.mokume.method.Lowering;
import dev.mokume.method.NamedRatios;
import dev.mokume.method.RatioContext;
import dev.mokume.method.Sources;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rounding;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Resolves a recipe into a plan: every name, dtype, shape and ratio settled, every problem that
/// headers can show found, before a weight is read.
public final class Planner {
  /// Twice what the largest takes, so that half of the heap is left for all else.
  private static final long HEAP_BYTES_AN_OPERATION = 64;

  private static final Path USUAL_OUTPUT = Path.of("output.safetensors");

  /// What the values of quantised tensors are stored as in a format without such dtypes.
  private static final DType SUBSTITUTE = DType.F16;

  private final MergeOutput output;
  private final Recipe recipe;
  private final OpenInputs inputs;
  private final CheckpointFormat format;
  private final boolean strict;
  private final Checkpoint first;
  private final Detection detection;
  private final Alignment alignment;
  private final SequencedMap<String, TensorSpec> targets;
  private final Lowering lowering;
  private final Map<String, String> excluded;
  private final ScaledMarks marks = new ScaledMarks();
  private int unscaled;
  private int toldByConfig;
  private final List<Pending> pending = new ArrayList<>();
  private final List<TensorWork> works = new ArrayList<>();
  private final List<TensorWork> measurements = new ArrayList<>();
  private final List<LeftOut> left = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final Set<Scalar> foreign = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Scalar> foreignInOrder = new ArrayList<>();
  private final Map<DType, DType> substituted = new LinkedHashMap<>();
  private int quantisedAgain;
  private final int firstSink;
  private long operations;

  /// What a tensor of the output will be.
  private sealed interface Content {
    record Copy(StoredTensor from) implements Content {}

    record Values(Elements elements) implements Content {}

    /// Elements, and the number by which they were divided, which is another tensor.
    record Scaled(Elements elements, Scalar scale, String scaleName) implements Content {}

    /// A number that is written with the elements that it scales.
    record Scale() implements Content {}

    record Mask(Bits bits) implements Content {}
  }

  /// @param reads the stored tensors that it is made of
  private record Pending(
      TensorEntry entry, Content content, Set<StoredTensor> reads, PlannedTensor planned) {}

  /// @param output whose name chooses the format of a checkpoint; masks are always safetensors
  /// @param firstSink the number of the output's first file among those of the run
  /// @param operations of the outputs before it
  private Planner(
      MergeOutput output, OpenInputs inputs, boolean strict, int firstSink, long operations) {
    this.output = output;
    this.recipe = output.recipe();
    this.strict = strict;
    this.inputs = inputs;
    this.format = noted(output);
    this.firstSink = firstSink;
    this.operations = operations;
    this.first = inputs.models().firstEntry().getValue();
    this.detection = inputs.detection(recipe.firstModel());
    this.alignment = Alignment.of(recipe, inputs);
    this.excluded = excluded();
    this.targets = drawingOrder(targets());
    RatioContext ratios =
        RatioContext.of(
            List.copyOf(targets.keySet()),
            recipe.ratios(),
            recipe.compat(),
            inputs.detection(alignment.anchor(Component.UNET).orElse(recipe.firstModel())),
            alignment::place);
    Map<Path, AdapterFit> adapters = fitAdapters();
    this.lowering =
        new Lowering(
            new Sources(recipe, alignment.models(), alignment.masks(), adapters, ratios, targets));
  }

  /// Opens the recipe's files and settles what is to be done. Problems do not throw, they are in
  /// the plan, unless a file cannot be opened at all.
  ///
  /// @param strict whether what is skipped of an input is a problem, and not only a note
  public static PreparedMerge prepare(Recipe recipe, boolean strict) {
    return prepareRun(recipe, strict).merges().getFirst();
  }

  /// The same as a run of one output in the usual format.
  public static PreparedRun prepareRun(Recipe recipe, boolean strict) {
    return prepare(List.of(new MergeOutput(recipe, USUAL_OUTPUT)), strict);
  }

  /// The same for several outputs, which are made together. Each input is opened once. An output's
  /// name chooses the format of a checkpoint.
  ///
  /// @param outputs at least one
  public static PreparedRun prepare(List<MergeOutput> outputs, boolean strict) {
    outputs.forEach(output -> RecipeBounds.check(output.recipe()));
    return DeepStack.call(() -> prepareBounded(outputs, strict));
  }

  private static PreparedRun prepareBounded(List<MergeOutput> outputs, boolean strict) {
    OpenFiles files = new OpenFiles();
    try {
      Set<Problem> problems = new LinkedHashSet<>();
      List<OpenInputs> inputs =
          outputs.stream()
              .map(output -> OpenInputs.open(output.recipe(), files, problems))
              .toList();
      if (!problems.isEmpty()) {
        throw new MokumeException(List.copyOf(problems));
      }
      List<Planner> planners = new ArrayList<>();
      List<PreparedMerge> merges = new ArrayList<>();
      for (int i = 0; i < outputs.size(); i++) {
        long before = planners.isEmpty() ? 0 : planners.getLast().operations;
        int sinks = merges.stream().mapToInt(merge -> merge.files().size()).sum();
        Planner planner = new Planner(outputs.get(i), inputs.get(i), strict, sinks, before);
        merges.add(planner.prepare());
        planners.add(planner);
      }
      return together(merges, planners);
    } catch (Throwable t) {
      files.close();
      throw t;
    }
  }

  /// The format that an output's name chooses; masks are always safetensors.
  private static CheckpointFormat format(MergeOutput output) {
    boolean isMask = output.recipe().result() instanceof Result.MaskFile;
    CheckpointFormat named = Checkpoints.formatOf(output.file());
    return isMask ? Checkpoints.formatOf(USUAL_OUTPUT) : named;
  }

  /// The same; if there is no such format the problem is noted.
  private CheckpointFormat noted(MergeOutput output) {
    try {
      return format(output);
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return Checkpoints.formatOf(USUAL_OUTPUT);
    }
  }

  private static PreparedRun together(List<PreparedMerge> merges, List<Planner> planners) {
    List<TensorWork> measurements =
        joined(planners.stream().map(planner -> planner.measurements).toList());
    List<TensorWork> works = joined(planners.stream().map(planner -> planner.works).toList());
    List<TensorWork> all = new ArrayList<>(measurements);
    all.addAll(works);
    return new PreparedRun(
        new RunPlan(
            merges.stream().map(PreparedMerge::plan).toList(),
            RunPlan.inputs(merges, all),
            all.stream()
                .filter(work -> work.passes() > 1)
                .mapToLong(TensorWork::heldBytes)
                .max()
                .orElse(0)),
        merges,
        measurements.stream().map(TensorWork::task).toList(),
        works.stream().map(TensorWork::task).toList());
  }

  /// One output's work is left as it is.
  private static List<TensorWork> joined(List<List<TensorWork>> works) {
    return works.size() == 1
        ? works.getFirst()
        : TensorWork.joined(works.stream().flatMap(List::stream).toList());
  }

  /// What may be asked for: the tensors of each component's anchor, and for a mask file what any
  /// model or mask of it knows.
  private SequencedMap<String, TensorSpec> targets() {
    SequencedMap<String, TensorSpec> specs = new LinkedHashMap<>();
    if (recipe.result() instanceof Result.Checkpoint) {
      alignment.anchored().forEach(tensor -> specs.put(tensor.name(), tensor.spec()));
      return specs;
    }
    for (String model : UsedModels.of(recipe).blended()) {
      Checkpoint checkpoint = alignment.models().get(model);
      if (checkpoint != null) {
        checkpoint.tensors().forEach((name, tensor) -> specs.putIfAbsent(name, tensor.spec()));
      }
    }
    for (MaskFile mask : alignment.masks().values()) {
      mask.shapes()
          .forEach(
              (name, shape) -> specs.putIfAbsent(name, new TensorSpec(name, DType.F32, shape)));
    }
    return specs;
  }

  /// What each adapter does to the targets. What of it finds no home is told.
  private Map<Path, AdapterFit> fitAdapters() {
    SequencedMap<Path, Boolean> used = UsedModels.of(recipe).adapters();
    Map<Path, AdapterFit> fits = new LinkedHashMap<>();
    if (used.isEmpty()) {
      return fits;
    }
    ModuleNames modules = ModuleNames.of(targets.keySet(), alignment::place, alignment::form);
    Set<Component> components = new TreeSet<>();
    targets.keySet().forEach(name -> components.add(alignment.place(name).component()));
    inputs
        .adapters()
        .forEach((path, adapter) -> {
          AdapterFit fit =
              AdapterFit.of(
                  adapter, modules, components, name -> Optional.ofNullable(targets.get(name)));
          fits.put(path, fit);
          tellHomeless(adapter, fit, used.getOrDefault(path, false));
        });
    return fits;
  }

  private void tellHomeless(Adapter adapter, AdapterFit fit, boolean strict) {
    for (String sentence : fit.homelessInWords()) {
      if (strict) {
        problems.add(
            new Problem(
                ErrorCode.MISMATCHED_INPUTS,
                adapter.name()
                    + ": "
                    + sentence
                    + " All of it was asked to find a home (strict); leave that out to apply the"
                    + " rest."));
      } else {
        warnings.add(adapter.name() + ": not applied, " + sentence);
      }
    }
    if (fit.tensors().isEmpty() && !strict) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              adapter.name()
                  + ": nothing of it fits "
                  + first.name()
                  + (fit.homelessInWords().isEmpty()
                      ? ", since there is nothing in it that changes a model."
                      : ": " + fit.homelessInWords().getFirst())
                  + " Apply it to a model of the kind that it was trained for."));
    }
  }

  /// The diffusion model's tensors first, as a workflow sees them; then the rest.
  private SequencedMap<String, TensorSpec> drawingOrder(SequencedMap<String, TensorSpec> specs) {
    SequencedMap<String, TensorSpec> ordered = new LinkedHashMap<>();
    specs.forEach((name, spec) -> {
      if (alignment.place(name).component() == Component.UNET) {
        ordered.put(name, spec);
      }
    });
    specs.forEach(ordered::putIfAbsent);
    return ordered;
  }

  private PreparedMerge prepare() {
    tellOfInputs();
    checkInputs();
    Map<String, String> metadata =
        new TreeMap<>(Provenance.withoutHashes(recipe, inputs.everything()));
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> {
        planCheckpoint(checkpoint);
        marks.metadata().ifPresent(text -> metadata.put(ComfyMetadata.KEY, text));
        metadata.putAll(Provenance.kept(first.metadata()));
        if (inputs.carriedOver().isEmpty() && format.name().equals(GgufArchitecture.FORMAT)) {
          GgufArchitecture.of(detection.architecture())
              .ifPresent(name -> metadata.put(GgufArchitecture.KEY, name));
        }
        metadata.putAll(checkpoint.metadata());
        metadata.values().removeIf(String::isEmpty);
      }
      case Result.MaskFile mask -> {
        planMask(mask);
        SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
        maskable().forEach((name, spec) -> shapes.put(name, spec.shape()));
        shapes.keySet().retainAll(pending.stream().map(p -> p.entry().name()).toList());
        metadata.put(MaskFile.SHAPES, MaskFile.shapesJson(shapes));
      }
    }
    problems.addAll(alignment.problems());
    problems.addAll(lowering.problems());
    noteScaled();
    notes.addAll(alignment.notes());
    notes.addAll(lowering.notes());
    notes.addAll(quantisationNotes());
    return assemble(metadata);
  }

  /// The pattern that leaves a tensor as it is in the first model, by the tensor's name.
  private Map<String, String> excluded() {
    Map<String, String> excluded = new LinkedHashMap<>();
    if (recipe.result() instanceof Result.Checkpoint result) {
      for (String pattern : result.untouched().exclude()) {
        try {
          LayerSelection.parse(pattern, Compat.NONE)
              .select(alignment.anchored().stream().map(StoredTensor::name).toList())
              .forEach(tensor -> excluded.putIfAbsent(tensor, pattern));
        } catch (MokumeException e) {
          e.problems()
              .forEach(problem ->
                  problems.add(new Problem(problem.code(), "exclude: " + problem.message())));
        }
      }
    }
    return excluded;
  }

  private void tellOfInputs() {
    for (Note note : inputs.notes()) {
      switch (note.kind()) {
        case READING -> notes.add(note.text());
        case SKIPPED -> {
          if (strict) {
            problems.add(note.problem());
          } else {
            warnings.add(note.text());
          }
        }
      }
    }
  }

  /// Whether every tensor that `other` has in another shape than `base` stays untouched anyway.
  private boolean settlesShapes(Checkpoint base, Checkpoint other) {
    return recipe.result() instanceof Result.Checkpoint result
        && (result.untouched().mismatch() == Result.Mismatch.KEEP
            || base.tensors().values().stream()
                .filter(tensor -> !excluded.containsKey(tensor.name()))
                .allMatch(tensor -> {
                  StoredTensor twin = other.tensors().get(tensor.name());
                  return twin == null || twin.spec().shape().equals(tensor.spec().shape());
                }));
  }

  private void checkInputs() {
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> {
        checkpoint.dtypes().keySet().stream()
            .filter(checkpoint::writes)
            .sorted()
            .forEach(this::checkConverted);
        checkpoint
            .components()
            .forEach((component, weights) -> {
              if (checkpoint.writes(component)) {
                if (weights instanceof Weights.Source(var model)) {
                  checkTaken(component, model);
                } else {
                  checkBlended(component, UsedModels.of(recipe, weights).blended());
                }
              }
            });
      }
      case Result.MaskFile mask -> {
        checkQuantised(UsedModels.of(recipe).blended(), mask.only());
        for (String model : UsedModels.of(recipe).blended()) {
          checkFits(recipe.firstModel(), model);
        }
      }
    }
  }

  /// A component that is to be stored in another dtype needs its values.
  private void checkConverted(Component component) {
    String model =
        recipe.result() instanceof Result.Checkpoint result
                && result.components().get(component) instanceof Weights.Source(var taken)
            ? taken
            : alignment.anchor(component).orElse(recipe.firstModel());
    checkQuantised(Set.of(model), Set.of(component));
  }

  /// A component that is to come from another model has to be there: else the first model's would
  /// stay. Of text encoders one is enough, since `clip` stands for all there may be.
  private void checkTaken(Component component, String model) {
    Checkpoint checkpoint = inputs.models().get(model);
    String anchor = alignment.anchor(component).orElse(model);
    if (checkpoint == null || anchor.equals(model)) {
      return;
    }
    boolean isThere =
        inputs.detection(model).components().keySet().stream()
            .anyMatch(has -> has == component || has.isTextEncoder() && component.isTextEncoder());
    if (!isThere) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              checkpoint.name()
                  + ": has not "
                  + component.words()
                  + ", which is to be taken from it. It holds "
                  + ids(inputs.detection(model).components().keySet())
                  + "."));
    }
  }

  /// Text encoders and VAEs are shared by architectures: where both models have the part, only
  /// shapes can tell that it does not fit.
  private void checkBlended(Component component, Set<String> models) {
    checkQuantised(models, Set.of(component));
    boolean isPart = component.isTextEncoder() || component == Component.VAE;
    String anchor = alignment.anchor(component).orElse(recipe.firstModel());
    for (String model : models) {
      if (inputs.models().containsKey(model)) {
        boolean both =
            inputs.detection(model).components().containsKey(component)
                && inputs.detection(anchor).components().containsKey(component);
        if (!isPart || !both) {
          checkFits(anchor, model);
        }
      }
    }
  }

  /// Whether a tensor has the values of a weight whose scales are understood, whatever the file
  /// says of it.
  private static boolean isScaled(Checkpoint checkpoint, String name) {
    StoredTensor tensor = checkpoint.tensors().get(name);
    return tensor != null && ScaledTensor.behind(tensor).isPresent();
  }

  /// What is not touched may be packed: it is copied as it is. A marker without a prefix speaks of
  /// the whole file.
  ///
  /// @param components whose values are needed; all if empty
  private void checkQuantised(Set<String> models, Set<Component> components) {
    for (String model : models) {
      Checkpoint checkpoint = inputs.models().get(model);
      if (checkpoint != null) {
        Detection held = inputs.detection(model);
        QuantisedWeights.problem(
                checkpoint,
                name ->
                    (components.isEmpty()
                            || components.contains(held.place(name).component())
                            || name.equals(ScaledCheckpoint.MARKER))
                        && !isScaled(checkpoint, name))
            .ifPresent(problems::add);
      }
    }
  }

  private void checkFits(String anchor, String model) {
    Checkpoint checkpoint = inputs.models().get(model);
    Checkpoint base = inputs.models().get(anchor);
    if (checkpoint == null || base == null || model.equals(anchor)) {
      return;
    }
    for (Mismatch mismatch :
        Mismatch.between(
            base.name(), inputs.detection(anchor), checkpoint.name(), inputs.detection(model))) {
      if (mismatch.kind() != Mismatch.Kind.INPUTS || !settlesShapes(base, checkpoint)) {
        problems.add(mismatch.problem());
      }
    }
  }

  private void planCheckpoint(Result.Checkpoint result) {
    checkOutput(result);
    boolean any = result.components().isEmpty();
    for (StoredTensor tensor : alignment.anchored()) {
      TensorPlace place = alignment.place(tensor.name());
      if (!result.writes(place.component())) {
        left.add(new LeftOut(tensor.name(), Alignment.onlyOthers(result)));
        continue;
      }
      Weights weights = result.components().get(place.component());
      any |= weights != null;
      String pattern = excluded.get(tensor.name());
      if (pattern != null) {
        Storage storage = storage(result, place.component(), tensor);
        pending.add(kept(tensor, place, storage, "excluded by '" + pattern + "'"));
        continue;
      }
      if (weights instanceof Weights.Source(var model) && isForeignMarker(tensor, model)) {
        left.add(
            new LeftOut(
                tensor.name(),
                "it says how "
                    + place.component().words()
                    + " of "
                    + recipe.firstModel()
                    + " is run, and that one comes"
                    + " from "
                    + model));
        continue;
      }
      if (result.positionIds() == Result.PositionIds.REPAIR
          && place.component().isTextEncoder()
          && PositionIds.areIn(tensor.name())) {
        pending.add(numbered(tensor, place));
        continue;
      }
      Storage storage = storage(result, place.component(), tensor);
      pending.add(
          weights == null
              ? kept(tensor, place, storage, "")
              : changed(tensor, place, storage, weights));
    }
    EmaView.left(first).forEach((name, reason) -> left.add(new LeftOut(name, reason)));
    left.addAll(alignment.left());
    int anchored = pending.size();
    result
        .components()
        .forEach((component, weights) -> {
          if (result.writes(component)) {
            addFromOther(result, component, weights);
          }
        });
    if (!any && pending.size() == anchored) {
      problems.add(new Problem(ErrorCode.MISMATCHED_INPUTS, nothingToDo(result)));
    }
    markScaled(result);
    refuseEqualNames();
    leaveScales();
  }

  private String nothingToDo(Result.Checkpoint result) {
    if (result.components().keySet().stream().noneMatch(result::writes)) {
      return "the recipe changes "
          + ids(result.components().keySet())
          + ", but only "
          + ids(new TreeSet<>(result.only()))
          + " is to be written. Name in only what is to be written.";
    }
    return first.name()
        + " has nothing that the recipe changes ("
        + ids(result.components().keySet())
        + "); it holds "
        + ids(detection.components().keySet())
        + ". Choose a method for what it holds.";
  }

  private static String ids(Collection<Component> components) {
    return components.stream().map(Component::id).collect(Collectors.joining(", "));
  }

  private static String words(Collection<Component> components) {
    return components.stream().sorted().map(Component::words).collect(Collectors.joining(" and "));
  }

  /// What `only` and `names` ask for, and cannot be had.
  private void checkOutput(Result.Checkpoint result) {
    Set<Component> there = new TreeSet<>(result.only());
    there.removeIf(component -> alignment.anchor(component).isEmpty());
    Set<Component> missing = new TreeSet<>(result.only());
    missing.removeAll(there);
    if (there.stream().anyMatch(Component::isTextEncoder)) {
      // `clip` stands for every text encoder there may be, so that one of them is enough.
      missing.removeIf(Component::isTextEncoder);
    }
    if (!missing.isEmpty()) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              "only: "
                  + first.name()
                  + " does not have "
                  + words(missing)
                  + ", and the recipe takes it from no other model that does. It holds "
                  + ids(detection.components().keySet())
                  + "."));
    }
    for (DType dtype : new LinkedHashSet<>(result.dtypes().values())) {
      if (!format.stores(dtype)) {
        problems.add(
            new Problem(
                ErrorCode.INVALID_RECIPE,
                "dtype: a %s file cannot hold %s. Store as f16, bf16 or f32%s."
                    .formatted(
                        format.name(),
                        dtype,
                        dtype.isBlockwise() ? ", or give the output the extension .gguf" : "")));
      }
    }
    if (result.names() == Result.Names.BARE || result.names() == Result.Names.DIFFUSERS) {
      String names = "names: " + result.names().name().toLowerCase(Locale.ROOT);
      if (there.size() != 1) {
        problems.add(
            new Problem(
                ErrorCode.INVALID_RECIPE,
                names
                    + " is for an output of one component, since bare names do not tell two"
                    + " apart, but only "
                    + (there.isEmpty() ? "names none" : "names " + ids(there))
                    + ". Name one, as in only: [unet]."));
      } else if (!alignment.isStoredVariously(there.iterator().next())) {
        problems.add(
            new Problem(
                ErrorCode.INVALID_RECIPE,
                names
                    + " has no meaning for "
                    + words(there)
                    + ", whose names have no prefix that says where it is stored. Leave names"
                    + " out."));
      }
    }
  }

  /// A file may have a tensor by two names that its checkpoints tell apart and others do not.
  private void refuseEqualNames() {
    Set<String> seen = new HashSet<>();
    pending.removeIf(tensor -> {
      boolean again = !seen.add(tensor.entry().name());
      if (again) {
        problems.add(
            new Problem(
                ErrorCode.MISMATCHED_INPUTS,
                "two tensors would have the name "
                    + Quoted.name(tensor.entry().name())
                    + " in the output. Write them with names: as-stored."));
      }
      return again;
    });
  }

  /// Whether the tensor says of the first model what is not true of `model`, which the component
  /// comes from.
  private boolean isForeignMarker(StoredTensor tensor, String model) {
    Checkpoint other = alignment.models().get(model);
    return Detection.isMarker(tensor.name())
        && other != null
        && !other.tensors().containsKey(tensor.name());
  }

  /// How a tensor is stored: as asked, else as in the first model, as far as the output's format
  /// can.
  private Storage storage(Result.Checkpoint result, Component component, StoredTensor tensor) {
    DType asked = result.dtypes().get(component);
    TensorSpec spec = tensor.spec();
    if (asked == null
        || !format.stores(asked)
        || !spec.dtype().isBlendable()
        || Detection.isMarker(spec.name())) {
      return asStored(tensor);
    }
    if (!result.encoding().scaled().contains(component)) {
      return plain(spec, asked);
    }
    if (!Storage.isScalable(spec)) {
      return asStored(tensor);
    }
    Optional<ScaledTensor> like = ScaledTensor.behind(tensor);
    return new Storage.Scaled(
        asked,
        scaleNames(result.encoding().scales(), component),
        like.filter(ScaledTensor::hasOneScale)
            .map(scaled -> scaled.scale().spec().shape())
            .orElse(Shape.of()),
        like);
  }

  private Storage asStored(StoredTensor tensor) {
    Optional<ScaledTensor> scaled = ScaledTensor.behind(tensor);
    TensorSpec spec = tensor.spec();
    if (scaled.isPresent() && format.stores(scaled.get().weight().spec().dtype())) {
      return new Storage.AsStored(scaled.get());
    }
    if (!spec.dtype().isBlendable() || Detection.isMarker(spec.name())) {
      return new Storage.Plain(spec.dtype());
    }
    DType own = ScaledTensor.isPart(tensor) ? Storage.UNSCALED : spec.dtype();
    return plain(spec, storable(own, spec.shape()));
  }

  /// What files of the output's format usually store such a tensor as that is to be `wanted`.
  private Storage plain(TensorSpec spec, DType wanted) {
    return new Storage.Plain(format.storedAs(spec, wanted, targets.keySet()));
  }

  /// The dtype itself, or what stands in for it where the output's format lacks it or cannot hold
  /// that shape in it.
  private DType storable(DType dtype, Shape shape) {
    boolean fits = format.stores(dtype) && dtype.fits(shape);
    return fits || !dtype.isBlendable() ? dtype : SUBSTITUTE;
  }

  /// What the scales of a component are called that are asked for.
  private ScaleNames scaleNames(Encoding.Scales scales, Component component) {
    return switch (scales) {
      case WEIGHT_SCALE -> ScaleNames.WEIGHT_SCALE;
      case SCALE_WEIGHT -> ScaleNames.SCALE_WEIGHT;
      case AS_STORED ->
          inputs
              .scaled(recipe.firstModel())
              .flatMap(model ->
                  model.scaled().stream()
                      .filter(scaled -> place(recipe.firstModel(), scaled.weight()) == component)
                      .map(ScaledTensor::names)
                      .filter(names -> names == ScaleNames.SCALE_WEIGHT)
                      .findFirst())
              .orElse(ScaleNames.WEIGHT_SCALE);
    };
  }

  private Component place(String model, StoredTensor tensor) {
    return inputs.detection(model).place(tensor.name()).component();
  }

  /// Tensors that only the model has that a component is taken from whole.
  private void addFromOther(Result.Checkpoint result, Component component, Weights weights) {
    if (!(weights instanceof Weights.Source(var model)) || !inputs.models().containsKey(model)) {
      return;
    }
    Checkpoint other = java.util.Objects.requireNonNull(alignment.models().get(model));
    for (StoredTensor tensor : other.tensors().values()) {
      TensorPlace place = alignment.place(tensor.name());
      if (place.component() == component && !targets.containsKey(tensor.name())) {
        pending.add(kept(tensor, place, storage(result, component, tensor), ""));
      }
    }
  }

  /// A tensor as it is, but for the way it is stored.
  private Pending kept(StoredTensor tensor, TensorPlace place, Storage storage, String reason) {
    Optional<ScaledTensor> scaled = ScaledTensor.behind(tensor);
    if (scaled.isPresent() && storage.isThatOf(scaled.get())) {
      return copied(scaled.get(), alignment.output(tensor.name()), place, reason);
    }
    if (scaled.isEmpty() && storage.equals(new Storage.Plain(tensor.spec().dtype()))) {
      return copied(tensor, alignment.output(tensor.name()), place, reason);
    }
    return stored(
        new Elements.Stored(tensor),
        tensor.spec(),
        place,
        storage,
        Treatment.CONVERTED,
        reason,
        OptionalDouble.empty());
  }

  /// The places of a prompt, counted anew.
  private Pending numbered(StoredTensor tensor, TensorPlace place) {
    StoredTensor ids = PositionIds.like(tensor.spec()).named(alignment.output(tensor.name()));
    TensorEntry entry = TensorEntry.of(ids.spec());
    String reason = "its numbers are written anew";
    return new Pending(
        entry,
        new Content.Copy(ids),
        Set.of(),
        planned(entry, place, Treatment.CONVERTED, reason, OptionalDouble.empty(), 1, 0));
  }

  private Pending copied(StoredTensor tensor, String name, TensorPlace place, String reason) {
    TensorSpec spec = new TensorSpec(name, tensor.spec().dtype(), tensor.spec().shape());
    TensorEntry entry = new TensorEntry(spec, tensor.length());
    return new Pending(
        entry,
        new Content.Copy(tensor),
        Set.of(tensor),
        planned(
            entry, place, Treatment.COPIED, reason, OptionalDouble.empty(), 1, tensor.length()));
  }

  /// A scaled weight, with all that belongs to it, as it is.
  private Pending copied(ScaledTensor tensor, String name, TensorPlace place, String reason) {
    String layer = ScaledTensor.layer(name);
    String stored = tensor.layer();
    List<StoredTensor> beside = new ArrayList<>(tensor.others());
    beside.add(tensor.scale());
    for (StoredTensor other : beside) {
      String end = other.name().substring(stored.length());
      pending.add(copied(other, layer + end, place, reason));
    }
    marks.add(
        place,
        layer,
        tensor.weight().spec().dtype(),
        tensor.names(),
        tensor.inputScale().isPresent(),
        ScaledMarks.copied(tensor));
    return copied(tensor.weight(), name, place, reason);
  }

  /// Where values are only decoded from the dtype, another one of as many elements a block.
  private TensorSpec encodable(TensorSpec spec) {
    DType encodable = spec.dtype().encodable().orElse(SUBSTITUTE);
    if (!encodable.equals(spec.dtype())) {
      substituted.put(spec.dtype(), encodable);
    }
    return new TensorSpec(spec.name(), encodable, spec.shape());
  }

  private void noteQuantised(Collection<StoredTensor> from, TensorEntry entry) {
    boolean before = from.stream().anyMatch(tensor -> isQuantised(tensor.spec()));
    if (before && isQuantised(entry.spec())) {
      quantisedAgain++;
    }
  }

  private static boolean isQuantised(TensorSpec spec) {
    return spec.dtype().kind() == DType.Kind.QUANTISED;
  }

  private List<String> quantisationNotes() {
    List<String> found = new ArrayList<>();
    substituted.forEach((dtype, other) ->
        found.add(
            "%s is only read: what is computed is stored as %s instead.".formatted(dtype, other)));
    if (quantisedAgain > 0) {
      found.add(
          "%s quantised in the models, and what is computed from them is quantised again: what that loses is lost twice. Where there are F16 or BF16 originals, merge those and quantise the result."
              .formatted(Amount.count(quantisedAgain, "tensor is", "tensors are")));
    }
    return found;
  }

  private Pending changed(
      StoredTensor tensor, TensorPlace place, Storage storage, Weights weights) {
    if (weights instanceof Weights.Source(var model)) {
      return taken(tensor, place, model);
    }
    if (!tensor.spec().dtype().isBlendable()) {
      return kept(
          tensor,
          place,
          storage,
          "its dtype is " + tensor.spec().dtype() + ", which is not blended");
    }
    boolean isBuffer =
        Buffers.contains(tensor.name()) && !NamedRatios.name(recipe, weights, tensor.name());
    if (Detection.isMarker(tensor.name()) || isBuffer) {
      return kept(tensor, place, storage, "it says how the model is run, and is not a weight");
    }
    if (tensor.spec().elementCount() == 0) {
      return kept(tensor, place, storage, "it has no elements");
    }
    Optional<Elements> value = lowering.weights(weights, tensor.spec());
    String reason = String.join("; ", lowering.reasons());
    if (value.isEmpty()) {
      return kept(tensor, place, storage, reason);
    }
    OptionalDouble alpha = lowering.alpha(weights, tensor.name());
    if (value.get() instanceof Elements.Stored(var stored)) {
      Pending same = kept(stored, place, storage, reason);
      return new Pending(
          same.entry(),
          same.content(),
          same.reads(),
          same.planned().withAlpha(reason.isEmpty() ? alpha : OptionalDouble.empty()));
    }
    return stored(value.get(), tensor.spec(), place, storage, Treatment.MERGED, reason, alpha);
  }

  /// What was computed for the tensor `spec`, stored that way.
  private Pending stored(
      Elements value,
      TensorSpec spec,
      TensorPlace place,
      Storage storage,
      Treatment treatment,
      String reason,
      OptionalDouble alpha) {
    return switch (storage.computed()) {
      case Storage.Plain(var dtype) -> {
        unscaled += storage instanceof Storage.AsStored ? 1 : 0;
        yield pending(
            new TensorSpec(alignment.output(spec.name()), dtype, spec.shape()),
            place,
            rounded(value, dtype, spec.name()),
            Content.Values::new,
            new Treated(treatment, reason, alpha));
      }
      case Storage.Scaled scaled ->
          scaled(value, spec, place, scaled, new Treated(treatment, reason, alpha));
      case Storage.AsStored _ -> throw new IllegalStateException("a computed value is no copy");
    };
  }

  /// What the plan says of a tensor.
  private record Treated(Treatment treatment, String reason, OptionalDouble alpha) {}

  private Pending pending(
      TensorSpec spec,
      TensorPlace place,
      Elements elements,
      java.util.function.Function<Elements, Content> content,
      Treated treated) {
    Survey survey = new Survey(elements.count());
    int passes = survey.visit(elements) + 1;
    noteForeign(survey);
    count(survey);
    TensorEntry entry = TensorEntry.of(encodable(spec));
    noteQuantised(survey.inputs(), entry);
    long bytes = read(survey);
    return new Pending(
        entry,
        content.apply(elements),
        survey.inputs(),
        planned(
            entry, place, treated.treatment(), treated.reason(), treated.alpha(), passes, bytes));
  }

  /// What the inputs of a tensor take to be read once.
  private static long read(Survey survey) {
    return survey.inputs().stream().mapToLong(tensor -> tensor.range().fetched()).sum();
  }

  private Pending scaled(
      Elements value, TensorSpec spec, TensorPlace place, Storage.Scaled storage, Treated treated) {
    String name = alignment.output(spec.name());
    String layer = ScaledTensor.layer(name);
    DType dtype = storage.dtype();
    Scalar greatest = new Scalar.Statistic(Scalar.Reduction.MAX, new Elements.Magnitude(value));
    Scalar scale =
        new Scalar.Computed(
            Function.SCALE, List.of(greatest, Scalar.constant(ScaledTensor.greatest(dtype))));
    Elements parts = new Elements.WithScalar(Elements.Operator.DIVIDE, value, scale);
    String scaleName = storage.names().scale(layer);
    TensorEntry scaleEntry = TensorEntry.of(new TensorSpec(scaleName, DType.F32, storage.shape()));
    pending.add(
        new Pending(
            scaleEntry,
            new Content.Scale(),
            Set.of(),
            planned(
                scaleEntry,
                place,
                treated.treatment(),
                treated.reason(),
                OptionalDouble.empty(),
                1,
                0)));
    Optional<StoredTensor> inputScale = storage.like().flatMap(ScaledTensor::inputScale);
    inputScale.ifPresent(stored ->
        pending.add(copied(stored, storage.names().inputScale(layer), place, treated.reason())));
    // What is said of the first model's layer is still true, and where nothing is said nothing is
    // missed.
    Optional<ScaledTensor> alike =
        storage
            .like()
            .filter(storage::isThatOf)
            .filter(_ -> storage.names() == ScaleNames.WEIGHT_SCALE);
    Optional<StoredTensor> comfyQuant = alike.flatMap(ScaledTensor::comfyQuant);
    comfyQuant.ifPresent(stored ->
        pending.add(copied(stored, ScaledTensor.comfyQuant(layer), place, treated.reason())));
    marks.add(
        place,
        layer,
        dtype,
        storage.names(),
        inputScale.isPresent(),
        alike.isPresent()
            ? ScaledMarks.copied(alike.get())
            : Optional.of(ScaledMarks.fresh(dtype, inputScale.isPresent())));
    return pending(
        new TensorSpec(name, dtype, spec.shape()),
        place,
        rounded(parts, dtype, spec.name()),
        elements -> new Content.Scaled(elements, scale, scaleName),
        treated);
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

  /// A tensor of a component that is taken whole from one model.
  private Pending taken(StoredTensor tensor, TensorPlace place, String model) {
    Checkpoint other = alignment.models().get(model);
    StoredTensor source = other == null ? null : other.tensors().get(tensor.name());
    if (source == null) {
      if (other == null) {
        lowering.weights(new Weights.Source(model), tensor.spec());
      }
      return kept(tensor, place, asStored(tensor), model + " has no such tensor");
    }
    Result.Checkpoint result = (Result.Checkpoint) recipe.result();
    boolean convertible =
        source.spec().dtype().isBlendable() && tensor.spec().dtype().isBlendable();
    if (!convertible) {
      return kept(source, place, asStored(source), "");
    }
    Storage wanted = storage(result, place.component(), tensor);
    return kept(
        source,
        place,
        wanted instanceof Storage.Plain(var dtype)
            ? plain(source.spec(), storable(dtype, source.spec().shape()))
            : wanted,
        "");
  }

  /// The tensors by which ComfyUI knows weights with a `scale_weight`.
  private void markScaled(Result.Checkpoint result) {
    marks
        .marks()
        .forEach((component, mark) -> {
          String name = alignment.output(component, ScaledCheckpoint.MARKER);
          StoredTensor marker =
              markersOf(component).stream()
                  .findFirst()
                  .orElseGet(() -> BytesSource.marker(name, mark.dtype(), mark.hasInputScales()));
          TensorPlace place = new TensorPlace(component, mark.block(), ScaledCheckpoint.MARKER);
          pending.add(copied(marker, name, place, "it says that there are scales"));
        });
    for (Component component : Component.values()) {
      if (!marks.marks().containsKey(component)) {
        for (StoredTensor marker : markersOf(component)) {
          left.add(
              new LeftOut(
                  marker.name(),
                  result.writes(component)
                      ? "no weight of " + component.words() + " has a scale_weight in the output"
                      : Alignment.onlyOthers(result)));
        }
      }
    }
  }

  private List<StoredTensor> markersOf(Component component) {
    return alignment
        .anchor(component)
        .flatMap(model ->
            inputs
                .scaled(model)
                .map(scaled ->
                    scaled.markers().stream()
                        .filter(marker -> place(model, marker) == component)
                        .toList()))
        .orElse(List.of());
  }

  /// Says of each scale that the output does not have what became of its weight.
  private void leaveScales() {
    Map<String, TensorSpec> written = new LinkedHashMap<>();
    pending.forEach(tensor -> written.put(tensor.entry().name(), tensor.entry().spec()));
    for (StoredTensor tensor : alignment.anchored()) {
      Optional<ScaledTensor> scaled = ScaledTensor.behind(tensor);
      TensorSpec weight = written.get(alignment.output(tensor.name()));
      if (scaled.isEmpty() || weight == null) {
        continue;
      }
      String layer = ScaledTensor.layer(weight.name());
      List<StoredTensor> beside = new ArrayList<>(scaled.get().others());
      beside.add(scaled.get().scale());
      boolean isScaled = written.containsKey(scaled.get().names().scale(layer));
      toldByConfig += scaled.get().isToldByConfig() && !isScaled ? 1 : 0;
      for (StoredTensor other : beside) {
        if (!written.containsKey(layer + other.name().substring(scaled.get().layer().length()))) {
          left.add(
              new LeftOut(
                  other.name(),
                  "its weight is stored as "
                      + weight.dtype()
                      + (Encoding.isScalable(weight.dtype()) ? " in another way" : "")));
        }
      }
    }
  }

  /// What was asked for 8-bit floats, where there are none.
  private void noteIdle(Encoding encoding) {
    boolean any =
        pending.stream()
            .filter(tensor -> !(tensor.content() instanceof Content.Copy))
            .anyMatch(tensor -> Encoding.isScalable(tensor.entry().spec().dtype()));
    if (!any && encoding.rounding() instanceof Rounding.Stochastic) {
      notes.add(
          "Stochastic rounding is for 8-bit floats, and no tensor is computed or converted to"
              + " one.");
    }
    if (encoding.scales() != Encoding.Scales.AS_STORED && encoding.scaled().isEmpty()) {
      notes.add("What scales are called matters with a dtype that has scales, as f8_e4m3_scaled.");
    }
  }

  private void noteScaled() {
    inputs
        .models()
        .keySet()
        .forEach(model ->
            inputs
                .scaled(model)
                .ifPresent(scaled ->
                    notes.add(
                        model + ": " + scaled.words() + ". Methods work with their values.")));
    if (recipe.result() instanceof Result.Checkpoint result) {
      noteIdle(result.encoding());
    }
    if (unscaled > 0) {
      notes.add(
          Amount.count(unscaled, "weight", "weights")
              + " with a scale for each row or block "
              + (unscaled == 1 ? "is" : "are")
              + " written as "
              + Storage.UNSCALED
              + ", without scales. f8_e4m3_scaled gives a weight one scale.");
    }
    if (toldByConfig > 0) {
      notes.add(
          "Correct quantization_config in the config.json that goes with the output (Mokume does so"
              + " where it writes one): "
              + Amount.count(toldByConfig, "weight has", "weights have")
              + " no scale there.");
    }
  }

  /// The arithmetic of all tensors is held until the merge is done, and so has to fit the heap.
  private void count(Survey survey) {
    operations += survey.operations();
    long most = Runtime.getRuntime().maxMemory() / HEAP_BYTES_AN_OPERATION;
    if (operations > most) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "the recipe asks for more than %s operations on the tensors of %s, which the heap has no room to plan. Give more --memory, or write the result of the first methods into a checkpoint and go on from that."
              .formatted(most, first.name()));
    }
  }

  private void noteForeign(Survey survey) {
    for (Scalar scalar : survey.foreign()) {
      if (foreign.add(scalar)) {
        foreignInOrder.add(scalar);
      }
    }
  }

  /// What a mask can be for, by name: weights, and what mask files are for.
  private SequencedMap<String, TensorSpec> maskable() {
    SequencedMap<String, TensorSpec> specs = new LinkedHashMap<>(targets);
    specs
        .values()
        .removeIf(spec ->
            !spec.dtype().isBlendable()
                || spec.elementCount() == 0
                || Detection.isMarker(spec.name()));
    return specs;
  }

  private void planMask(Result.MaskFile result) {
    for (TensorSpec spec : maskable().values()) {
      TensorPlace place = alignment.place(spec.name());
      if (!result.writes(place.component())) {
        left.add(new LeftOut(spec.name(), Alignment.onlyOthers(result)));
        continue;
      }
      Optional<Bits> bits = lowering.mask(result.mask(), spec);
      if (bits.isPresent()) {
        Survey survey = new Survey(spec.elementCount());
        int passes = survey.visit(bits.get()) + 1;
        noteForeign(survey);
        count(survey);
        TensorEntry entry =
            TensorEntry.of(
                new TensorSpec(spec.name(), DType.U8, Shape.of((spec.elementCount() + 7) / 8)));
        long bytes = read(survey);
        pending.add(
            new Pending(
                entry,
                new Content.Mask(bits.get()),
                survey.inputs(),
                planned(
                    entry, place, Treatment.MERGED, "", OptionalDouble.empty(), passes, bytes)));
      }
    }
    if (pending.isEmpty() && lowering.problems().isEmpty()) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              left.isEmpty()
                  ? "the mask has no tensor in common with "
                      + first.name()
                      + ": nothing would be written. Make it from models of one family."
                  : "the mask has no tensor of "
                      + words(result.only())
                      + ", and only that is to be written. Name in only what it is of."));
    }
  }

  private static PlannedTensor planned(
      TensorEntry entry,
      TensorPlace place,
      Treatment treatment,
      String reason,
      OptionalDouble alpha,
      int passes,
      long inputBytes) {
    return new PlannedTensor(
        entry.spec(),
        place.component(),
        place.block().name(),
        treatment,
        reason,
        alpha,
        passes,
        inputBytes,
        entry.length());
  }

  private PreparedMerge assemble(Map<String, String> metadata) {
    List<TensorEntry> entries = pending.stream().map(Pending::entry).toList();
    SequencedMap<Path, CheckpointLayout> files = plannedFiles(entries, metadata);
    Map<String, Pending> byName = new LinkedHashMap<>();
    pending.forEach(p -> byName.put(p.entry().name(), p));
    List<PlannedTensor> planned = new ArrayList<>();
    Map<String, Spot> spots = new HashMap<>();
    int sink = firstSink;
    for (CheckpointLayout file : files.values()) {
      for (CheckpointLayout.Placement placement : file.placements().values()) {
        spots.put(placement.name(), new Spot(sink, placement.offset()));
      }
      sink++;
    }
    for (CheckpointLayout file : files.values()) {
      for (CheckpointLayout.Placement placement : file.placements().values()) {
        Pending tensor = java.util.Objects.requireNonNull(byName.get(placement.name()));
        if (!(tensor.content() instanceof Content.Scale)) {
          works.add(
              new TensorWork(
                  task(tensor, spots), ranges(tensor.reads()), tensor.planned().passes()));
        }
        planned.add(tensor.planned());
      }
    }
    if (planned.isEmpty()) {
      pending.forEach(tensor -> planned.add(tensor.planned()));
    }
    measurements.addAll(measurements());
    MergePlan plan =
        new MergePlan(
            recipe,
            describe(),
            planned,
            left,
            notes,
            warnings,
            List.copyOf(problems),
            files.values().stream().mapToLong(CheckpointLayout::size).sum(),
            files.size() - 1,
            Stream.concat(measurements.stream(), works.stream())
                .mapToLong(TensorWork::readBytes)
                .sum(),
            works.stream()
                .filter(work -> work.passes() > 1)
                .mapToLong(TensorWork::heldBytes)
                .max()
                .orElse(0));
    return new PreparedMerge(
        plan,
        inputs,
        alignment.modelsAsWritten(),
        measurements.stream().map(TensorWork::task).toList(),
        works.stream().map(TensorWork::task).toList(),
        entries,
        metadata,
        output,
        files);
  }

  /// The output's files. If it cannot be written so, the problem is noted, and the plan goes on
  /// without them.
  private SequencedMap<Path, CheckpointLayout> plannedFiles(
      List<TensorEntry> entries, Map<String, String> metadata) {
    try {
      if (Checkpoints.isIndex(output.file()) && recipe.result() instanceof Result.MaskFile) {
        throw new MokumeException(
            ErrorCode.UNWRITABLE_OUTPUT,
            output.file()
                + ": a mask is one file and not in shards; give it a name that ends in"
                + " .safetensors.");
      }
      return files(output, entries, metadata, inputs.carriedOver());
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      SequencedMap<Path, CheckpointLayout> file = new LinkedHashMap<>();
      file.put(output.file(), new CheckpointLayout(new byte[0], List.of()));
      return file;
    }
  }

  static SequencedMap<Path, CheckpointLayout> files(
      MergeOutput output,
      List<TensorEntry> entries,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver) {
    if (Checkpoints.isIndex(output.file())) {
      return Checkpoints.layouts(output.file(), entries, metadata, output.largestShard());
    }
    SequencedMap<Path, CheckpointLayout> file = new LinkedHashMap<>();
    file.put(output.file(), format(output).layout(entries, metadata, carriedOver));
    return file;
  }

  private static Set<ByteRange> ranges(Set<StoredTensor> tensors) {
    Set<ByteRange> ranges = new LinkedHashSet<>();
    tensors.forEach(tensor -> ranges.add(tensor.range()));
    return ranges;
  }

  /// Where a tensor of the output starts.
  private record Spot(int sink, long offset) {}

  private static TensorTask task(Pending tensor, Map<String, Spot> spots) {
    long count =
        tensor.content() instanceof Content.Mask(var bits)
            ? bits.count()
            : tensor.entry().spec().elementCount();
    DType dtype = tensor.entry().spec().dtype();
    Spot spot = spot(spots, tensor.entry().name());
    List<Write> writes =
        switch (tensor.content()) {
          case Content.Copy(var from) -> List.of(new Write.Copy(spot.sink(), spot.offset(), from));
          case Content.Values(var elements) ->
              List.of(new Write.Values(spot.sink(), spot.offset(), elements, dtype));
          case Content.Scaled(var elements, var scale, var scaleName) -> {
            Spot there = spot(spots, scaleName);
            yield List.of(
                new Write.Values(spot.sink(), spot.offset(), elements, dtype),
                new Write.Number(there.sink(), there.offset(), scale, DType.F32));
          }
          case Content.Scale() -> List.of();
          case Content.Mask(var bits) -> List.of(new Write.Mask(spot.sink(), spot.offset(), bits));
        };
    return new TensorTask(tensor.entry().name(), count, writes, List.of());
  }

  private static Spot spot(Map<String, Spot> spots, String tensor) {
    return java.util.Objects.requireNonNull(spots.get(tensor));
  }

  /// Numbers that tensors of other sizes give.
  private List<TensorWork> measurements() {
    List<TensorWork> all = new ArrayList<>();
    for (Scalar scalar : foreignInOrder) {
      long count = Survey.count(scalar);
      Survey survey = new Survey(count);
      int passes = survey.visit(scalar);
      all.add(
          new TensorWork(
              new TensorTask("(measured for others)", count, List.of(), List.of(scalar)),
              ranges(survey.inputs()),
              passes));
    }
    return all;
  }

  private List<String> describe() {
    List<String> lines = new ArrayList<>();
    inputs
        .models()
        .forEach((name, model) ->
            lines.add(name + " = " + model.name() + ": " + inputs.detection(name).summary()));
    return lines;
  }
}
