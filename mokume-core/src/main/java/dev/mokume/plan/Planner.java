package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Mismatch;
import dev.mokume.architecture.ModuleNames;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
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
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
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

  private static final Path OUTPUT_FORM = Path.of("output.safetensors");

  private final MergeOutput output;
  private final Recipe recipe;
  private final OpenInputs inputs;
  private final boolean strict;
  private final Checkpoint first;
  private final Detection detection;
  private final Alignment alignment;
  private final SequencedMap<String, TensorSpec> targets;
  private final Lowering lowering;
  private final Map<String, String> excluded;
  private final List<Pending> pending = new ArrayList<>();
  private final List<TensorWork> works = new ArrayList<>();
  private final List<TensorWork> measurements = new ArrayList<>();
  private final List<LeftOut> left = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final Set<Scalar> foreign = Collections.newSetFromMap(new IdentityHashMap<>());
  private final List<Scalar> foreignInOrder = new ArrayList<>();
  private final int firstSink;
  private long operations;

  /// What a tensor of the output will be.
  private sealed interface Content {
    record Copy(StoredTensor from) implements Content {}

    record Values(Elements elements) implements Content {}

    record Mask(Bits bits) implements Content {}
  }

  /// @param reads the stored tensors that it is made of
  private record Pending(
      TensorEntry entry, Content content, Set<StoredTensor> reads, PlannedTensor planned) {}

  /// @param firstSink the number of the output's first file among those of the run
  /// @param operations of the outputs before it
  private Planner(
      MergeOutput output, OpenInputs inputs, boolean strict, int firstSink, long operations) {
    this.output = output;
    this.recipe = output.recipe();
    this.strict = strict;
    this.inputs = inputs;
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
    return prepare(List.of(new MergeOutput(recipe, OUTPUT_FORM)), strict);
  }

  /// The same for several outputs, which are made together. Each input is opened once.
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
                .mapToLong(TensorWork::readBytes)
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
        notes.add(adapter.name() + ": not applied, " + sentence);
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
        metadata.putAll(Provenance.kept(first.metadata()));
        metadata.putAll(checkpoint.metadata());
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
    notes.addAll(alignment.notes());
    notes.addAll(lowering.notes());
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
      if (strict && note.kind() == Note.Kind.SKIPPED) {
        problems.add(note.problem());
      } else {
        notes.add(note.text());
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
      case Result.Checkpoint checkpoint ->
          checkpoint
              .components()
              .forEach((component, weights) -> {
                if (checkpoint.writes(component) && !(weights instanceof Weights.Source)) {
                  checkBlended(component, UsedModels.of(recipe, weights).blended());
                }
              });
      case Result.MaskFile _ -> {
        checkQuantised(UsedModels.of(recipe).blended());
        for (String model : UsedModels.of(recipe).blended()) {
          checkFits(recipe.firstModel(), model);
        }
      }
    }
  }

  /// Text encoders and VAEs are shared by architectures: where both models have the part, only
  /// shapes can tell that it does not fit.
  private void checkBlended(Component component, Set<String> models) {
    checkQuantised(models);
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

  private void checkQuantised(Set<String> models) {
    for (String model : models) {
      Checkpoint checkpoint = inputs.models().get(model);
      if (checkpoint != null) {
        QuantisedWeights.problem(checkpoint).ifPresent(problems::add);
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
        DType dtype = outputDtype(result, place.component(), tensor.spec());
        pending.add(kept(tensor, place, dtype, "excluded by '" + pattern + "'"));
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
      DType dtype = outputDtype(result, place.component(), tensor.spec());
      pending.add(
          weights == null
              ? kept(tensor, place, dtype, "")
              : changed(tensor, place, dtype, weights));
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
    refuseEqualNames();
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

  private static DType outputDtype(Result.Checkpoint result, Component component, TensorSpec spec) {
    DType asked = result.dtypes().get(component);
    return asked != null && spec.dtype().isBlendable() && !Detection.isMarker(spec.name())
        ? asked
        : spec.dtype();
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
        pending.add(kept(tensor, place, outputDtype(result, component, tensor.spec()), ""));
      }
    }
  }

  private Pending kept(StoredTensor tensor, TensorPlace place, DType dtype, String reason) {
    TensorSpec spec = new TensorSpec(alignment.output(tensor.name()), dtype, tensor.spec().shape());
    if (dtype.equals(tensor.spec().dtype())) {
      TensorEntry entry = new TensorEntry(spec, tensor.length());
      return new Pending(
          entry,
          new Content.Copy(tensor),
          Set.of(tensor),
          planned(
              entry, place, Treatment.COPIED, reason, OptionalDouble.empty(), 1, tensor.length()));
    }
    TensorEntry entry = TensorEntry.of(spec);
    return new Pending(
        entry,
        new Content.Values(new Elements.Stored(tensor)),
        Set.of(tensor),
        planned(
            entry, place, Treatment.CONVERTED, reason, OptionalDouble.empty(), 1, tensor.length()));
  }

  private Pending changed(StoredTensor tensor, TensorPlace place, DType dtype, Weights weights) {
    if (weights instanceof Weights.Source(var model)) {
      return taken(tensor, place, model);
    }
    if (!tensor.spec().dtype().isBlendable()) {
      return kept(
          tensor, place, dtype, "its dtype is " + tensor.spec().dtype() + ", which is not blended");
    }
    boolean isBuffer =
        Buffers.contains(tensor.name()) && !NamedRatios.name(recipe, weights, tensor.name());
    if (Detection.isMarker(tensor.name()) || isBuffer) {
      return kept(tensor, place, dtype, "it says how the model is run, and is not a weight");
    }
    if (tensor.spec().elementCount() == 0) {
      return kept(tensor, place, dtype, "it has no elements");
    }
    Optional<Elements> value = lowering.weights(weights, tensor.spec());
    String reason = String.join("; ", lowering.reasons());
    if (value.isEmpty()) {
      return kept(tensor, place, dtype, reason);
    }
    OptionalDouble alpha = lowering.alpha(weights, tensor.name());
    if (value.get() instanceof Elements.Stored(var stored)) {
      Pending copy = kept(stored, place, dtype, reason);
      PlannedTensor same = copy.planned();
      return new Pending(
          copy.entry(),
          copy.content(),
          copy.reads(),
          planned(
              copy.entry(),
              place,
              same.treatment(),
              reason,
              reason.isEmpty() ? alpha : OptionalDouble.empty(),
              1,
              stored.length()));
    }
    Survey survey = new Survey(tensor.spec().elementCount());
    int passes = survey.visit(value.get()) + 1;
    noteForeign(survey);
    count(survey);
    TensorEntry entry =
        TensorEntry.of(
            new TensorSpec(alignment.output(tensor.name()), dtype, tensor.spec().shape()));
    long bytes = survey.inputs().stream().mapToLong(StoredTensor::length).sum();
    return new Pending(
        entry,
        new Content.Values(value.get()),
        survey.inputs(),
        planned(entry, place, Treatment.MERGED, reason, alpha, passes, bytes));
  }

  /// A tensor of a component that is taken whole from one model.
  private Pending taken(StoredTensor tensor, TensorPlace place, String model) {
    Checkpoint other = alignment.models().get(model);
    StoredTensor source = other == null ? null : other.tensors().get(tensor.name());
    if (source == null) {
      if (other == null) {
        lowering.weights(new Weights.Source(model), tensor.spec());
      }
      return kept(tensor, place, tensor.spec().dtype(), model + " has no such tensor");
    }
    Result.Checkpoint result = (Result.Checkpoint) recipe.result();
    DType asked = result.dtypes().get(place.component());
    DType wanted = asked != null ? asked : tensor.spec().dtype();
    boolean convertible = source.spec().dtype().isBlendable() && wanted.isBlendable();
    return kept(source, place, convertible ? wanted : source.spec().dtype(), "");
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
        long bytes = survey.inputs().stream().mapToLong(StoredTensor::length).sum();
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
    int sink = firstSink;
    for (CheckpointLayout file : files.values()) {
      for (CheckpointLayout.Placement placement : file.placements().values()) {
        Pending tensor = java.util.Objects.requireNonNull(byName.get(placement.name()));
        works.add(
            new TensorWork(
                task(tensor, sink, placement.offset()),
                ranges(tensor.reads()),
                tensor.planned().passes()));
        planned.add(tensor.planned());
      }
      sink++;
    }
    measurements.addAll(measurements());
    MergePlan plan =
        new MergePlan(
            recipe,
            describe(),
            planned,
            left,
            notes,
            List.copyOf(problems),
            files.values().stream().mapToLong(CheckpointLayout::size).sum(),
            files.size() - 1,
            Stream.concat(measurements.stream(), works.stream())
                .mapToLong(TensorWork::readBytes)
                .sum(),
            planned.stream()
                .filter(p -> p.passes() > 1)
                .mapToLong(PlannedTensor::inputBytes)
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

  /// The output's files, or if it cannot be in shards, one in their place, so that the plan goes
  /// on.
  private SequencedMap<Path, CheckpointLayout> plannedFiles(
      List<TensorEntry> entries, Map<String, String> metadata) {
    if (Checkpoints.isIndex(output.file()) && recipe.result() instanceof Result.MaskFile) {
      problems.add(
          new Problem(
              ErrorCode.UNWRITABLE_OUTPUT,
              output.file()
                  + ": a mask is one file and not in shards; give it a name that ends in"
                  + " .safetensors."));
      return oneFile(output.file(), entries, metadata);
    }
    try {
      return files(output, entries, metadata);
    } catch (MokumeException e) {
      problems.addAll(e.problems());
      return oneFile(output.file(), entries, metadata);
    }
  }

  /// In the one format that is written so far.
  static SequencedMap<Path, CheckpointLayout> files(
      MergeOutput output, List<TensorEntry> entries, Map<String, String> metadata) {
    return Checkpoints.isIndex(output.file())
        ? Checkpoints.layouts(output.file(), entries, metadata, output.largestShard())
        : oneFile(output.file(), entries, metadata);
  }

  private static SequencedMap<Path, CheckpointLayout> oneFile(
      Path path, List<TensorEntry> entries, Map<String, String> metadata) {
    SequencedMap<Path, CheckpointLayout> file = new LinkedHashMap<>();
    file.put(path, Checkpoints.layout(OUTPUT_FORM, entries, metadata));
    return file;
  }

  private static Set<ByteRange> ranges(Set<StoredTensor> tensors) {
    Set<ByteRange> ranges = new LinkedHashSet<>();
    tensors.forEach(tensor -> ranges.add(tensor.range()));
    return ranges;
  }

  private static TensorTask task(Pending tensor, int sink, long offset) {
    long count =
        tensor.content() instanceof Content.Mask(var bits)
            ? bits.count()
            : tensor.entry().spec().elementCount();
    Write write =
        switch (tensor.content()) {
          case Content.Copy(var from) -> new Write.Copy(sink, offset, from);
          case Content.Values(var elements) ->
              new Write.Values(sink, offset, elements, tensor.entry().spec().dtype());
          case Content.Mask(var bits) -> new Write.Mask(sink, offset, bits);
        };
    return new TensorTask(tensor.entry().name(), count, List.of(write), List.of());
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
