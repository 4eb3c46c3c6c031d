package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.error.ErrorCode;
import dev.mokume.event.PlanEvent;
import dev.mokume.expression.Bits;
import dev.mokume.internal.quantised.ComfyMetadata;
import dev.mokume.method.Lowering;
import dev.mokume.method.RatioContext;
import dev.mokume.method.Sources;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;

/// Resolves a recipe into a plan: every name, dtype, shape and ratio settled, every problem that
/// headers can show found, before a weight is read.
public final class Planner {
  private final MergeOutput output;
  private final Recipe recipe;
  private final OpenInputs inputs;
  private final int firstSink;
  private final Remarks remarks = new Remarks();
  private final CheckpointFormat format;
  private final Checkpoint first;
  private final Detection detection;
  private final Alignment alignment;
  private final Exclusions exclusions;
  private final SequencedMap<String, TensorSpec> targets;
  private final Lowering lowering;
  private final OutputTensors tensors;
  private final Map<String, String> metadata;

  /// What is to be done for the output, and what is to be measured before.
  private final List<TensorWork> works = new ArrayList<>();

  private final List<TensorWork> measurements = new ArrayList<>();

  /// @param output whose name chooses the format of a checkpoint; masks are always safetensors
  /// @param firstSink the number of the output's first file among those of the run
  Planner(MergeOutput output, OpenInputs inputs, int firstSink, HeldOperations operations) {
    this.output = output;
    this.recipe = output.recipe();
    this.inputs = inputs;
    this.firstSink = firstSink;
    this.format =
        remarks.attempt(() -> OutputFiles.format(output)).orElseGet(OutputFiles::usualFormat);
    this.first = inputs.models().firstEntry().getValue();
    this.detection = inputs.detection(recipe.firstModel());
    this.alignment = Alignment.of(recipe, inputs);
    this.exclusions = new Exclusions(recipe.result(), alignment.anchored(), remarks);
    this.targets = drawingOrder(targets());
    this.lowering = lowering();
    this.tensors = new OutputTensors(recipe, alignment, first.name(), operations);
    this.metadata = new TreeMap<>(Provenance.withoutHashes(recipe, inputs.everything()));
  }

  /// Opens the recipe's files and settles what is to be done. Problems do not throw, they are in
  /// the plan, unless a file cannot be opened at all.
  ///
  /// @param strict whether what is skipped of an input is a problem, and not only a warning
  public static PreparedMerge prepare(Recipe recipe, boolean strict) {
    return prepareRun(recipe, strict).merges().getFirst();
  }

  /// The same as a run of one output in the usual format.
  public static PreparedRun prepareRun(Recipe recipe, boolean strict) {
    return prepare(List.of(new MergeOutput(recipe, OutputFiles.USUAL)), strict);
  }

  /// The same for several outputs, which are made together. Each input is opened once. An output's
  /// name chooses the format of a checkpoint.
  ///
  /// @param outputs at least one
  public static PreparedRun prepare(List<MergeOutput> outputs, boolean strict) {
    try (RunPlanner planner = new RunPlanner(strict)) {
      planner.add(outputs);
      return planner.run();
    }
  }

  /// Does a step of planning with the stack that it needs, and tells Flight Recorder of it.
  static <R> R planning(int outputs, Callable<R> step) {
    PlanEvent event = FlightRecorder.isInitialized() ? PlanEvent.begun(outputs) : null;
    R result = DeepStack.call(step);
    if (event != null) {
      event.commit();
    }
    return result;
  }

  static PreparedRun together(List<PreparedMerge> merges, List<Planner> planners) {
    List<TensorWork> measurements =
        joined(planners.stream().map(planner -> planner.measurements).toList());
    List<TensorWork> works = joined(planners.stream().map(planner -> planner.works).toList());
    List<TensorWork> all = new ArrayList<>(measurements);
    all.addAll(works);
    return new PreparedRun(
        new RunPlan(
            merges.stream().map(PreparedMerge::plan).toList(),
            RunPlan.inputs(merges, all),
            TensorWork.largestHeld(all),
            TensorWork.repetitions(all)),
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

  private Lowering lowering() {
    RatioContext ratios =
        RatioContext.of(
            List.copyOf(targets.keySet()),
            recipe.ratios(),
            recipe.compat(),
            inputs.detection(alignment.anchor(Component.UNET).orElse(recipe.firstModel())),
            alignment::place);
    return new Lowering(
        new Sources(
            recipe,
            alignment.models(),
            alignment.masks(),
            new AdapterHomes(first.name(), recipe.stacks(), inputs, alignment, remarks)
                .find(UsedModels.of(recipe).adapters(), targets),
            ratios,
            targets,
            tensor ->
                exclusions.pattern(tensor).isPresent()
                    ? Optional.empty()
                    : Optional.of(alignment.place(tensor).component())));
  }

  /// Decides what each tensor is made of.
  void decide(boolean strict) {
    new InputCheck(recipe, inputs, alignment, exclusions, remarks).run(strict);
    switch (recipe.result()) {
      case Result.Checkpoint checkpoint -> planCheckpoint(checkpoint);
      case Result.MaskFile mask -> planMask(mask);
    }
    remarks.problems(alignment.problems());
    remarks.problems(lowering.problems());
    remarks.notes(alignment.notes());
    remarks.notes(lowering.notes());
    remarks.notes(tensors.requantisation().notes());
    remarks.notes(tensors.wholes().notes());
  }

  /// What was decided on.
  List<OutputTensor> tensors() {
    return tensors.all();
  }

  /// Copies what an older output has already.
  void keep(OlderTensors older) {
    tensors.keep(older);
  }

  void note(String sentence) {
    remarks.note(sentence);
  }

  private void planCheckpoint(Result.Checkpoint result) {
    OutputCheck check =
        new OutputCheck(result, first.name(), detection, format, alignment, remarks);
    ScaleAccount scales = new ScaleAccount(result, inputs, alignment, tensors, remarks);
    CheckpointTensors decisions =
        new CheckpointTensors(
            recipe,
            result,
            alignment,
            exclusions,
            new StorageChoice(result, format, inputs, recipe.firstModel(), targets.keySet()),
            lowering,
            tensors,
            remarks);
    check.run();
    boolean any = decisions.decideAnchored();
    EmaView.left(first).forEach(remarks::leave);
    remarks.leave(alignment.left());
    any |= decisions.addFromOthers(targets);
    if (!any) {
      check.nothingToDo();
    }
    scales.addMarkers();
    tensors.refuseEqualNames(remarks);
    scales.leaveScales();
    scales.note();
    tensors.marks().metadata().ifPresent(text -> metadata.put(ComfyMetadata.KEY, text));
    metadata.putAll(Provenance.kept(first.metadata()));
    if (inputs.carriedOver().isEmpty() && format.name().equals(GgufArchitecture.FORMAT)) {
      GgufArchitecture.of(detection.architecture())
          .ifPresent(name -> metadata.put(GgufArchitecture.KEY, name));
    }
    metadata.putAll(result.metadata());
    metadata.values().removeIf(String::isEmpty);
  }

  private void planMask(Result.MaskFile result) {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    for (TensorSpec spec : maskable()) {
      TensorPlace place = alignment.place(spec.name());
      if (!result.writes(place.component())) {
        remarks.leave(spec.name(), Alignment.onlyOthers(result));
        continue;
      }
      Optional<Bits> bits = lowering.mask(result.mask(), spec);
      if (bits.isPresent()) {
        tensors.mask(bits.get(), spec, place);
        shapes.put(spec.name(), spec.shape());
      }
    }
    if (shapes.isEmpty() && lowering.problems().isEmpty()) {
      remarks.problem(
          ErrorCode.MISMATCHED_INPUTS,
          remarks.left().isEmpty()
              ? "the mask has no tensor in common with "
                  + first.name()
                  + ": nothing would be written. Make it from models of one family."
              : "the mask has no tensor of "
                  + OutputCheck.words(result.only())
                  + ", and only that is to be written. Name in only what it is of.");
    }
    metadata.put(MaskFile.SHAPES, MaskFile.shapesJson(shapes));
  }

  /// What a mask can be for: weights, and what mask files are for.
  private List<TensorSpec> maskable() {
    return targets.values().stream()
        .filter(spec ->
            spec.dtype().isBlendable()
                && spec.elementCount() > 0
                && !Detection.isMarker(spec.name()))
        .toList();
  }

  /// The plan of what was decided, with a place in a file for each tensor.
  PreparedMerge assemble() {
    SequencedMap<Path, CheckpointLayout> files =
        remarks
            .attempt(
                () -> OutputFiles.of(output, tensors.entries(), metadata, inputs.carriedOver()))
            .orElseGet(() -> OutputFiles.none(output));
    PlacedTensors placed = new PlacedTensors(tensors.all(), files.values(), firstSink);
    works.addAll(placed.works());
    measurements.addAll(tensors.foreign().works());
    List<OutputTensor> inOrder = placed.inOrder().isEmpty() ? tensors.all() : placed.inOrder();
    MergePlan plan =
        new MergePlan(
            recipe,
            describe(),
            inOrder.stream().map(OutputTensor::planned).toList(),
            remarks.left(),
            remarks.notes(),
            remarks.warnings(),
            remarks.problems(),
            files.values().stream().mapToLong(CheckpointLayout::size).sum(),
            files.size() - 1,
            Stream.concat(measurements.stream(), works.stream())
                .mapToLong(TensorWork::readBytes)
                .sum(),
            TensorWork.largestHeld(works),
            TensorWork.repetitions(Stream.concat(measurements.stream(), works.stream()).toList()));
    return new PreparedMerge(
        plan,
        inputs,
        alignment.modelsAsWritten(),
        measurements.stream().map(TensorWork::task).toList(),
        works.stream().map(TensorWork::task).toList(),
        tensors.entries(),
        metadata,
        output,
        files);
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
