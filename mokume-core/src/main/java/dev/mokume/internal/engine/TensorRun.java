package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.event.PassEvent;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Formula;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Sample;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Draws;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.internal.random.DrawSequence;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.plugin.ElementKernel;
import dev.mokume.tensor.Packing;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// A program being run over one tensor, pass by pass and tile by tile.
final class TensorRun implements Run {
  /// Bytes of a fused blend that are read, computed and written at a time: little enough that what
  /// is read is still in the second cache when it is computed. A tile of that size would cost more
  /// to hand out than it saves.
  private static final int STRIP = 1 << 18;

  /// The bytes that the arrays of one worker's fused blends take at the most: three dtypes have
  /// such a blend, of three operands each.
  static final long ARRAY_BYTES = 3L * 3 * STRIP;

  private final Program program;
  private final List<ByteSink> sinks;
  private final Draws kernel;
  private final int workers;
  private final int tileElements;
  private final int tiles;
  private final double[] scalars;
  private final Accumulator[] accumulators;
  private final Map<Integer, double[]> lineNumbers = new HashMap<>();
  private final Map<Node, MagnitudeSelection> ofTensor = new HashMap<>();
  private final ModelSelections selections;
  private final ElementKernel[] kernels;
  private final DrawSource[] draws;
  private final DrawSequence[][] drawsOfWorker;
  private final Residence residence;
  private final RankSample rankSample;
  private final int guessedBuckets;
  private final boolean arrays;
  private final AtomicLongArray nonFinite;
  private int pass;

  /// The current pass, if Flight Recorder is in use.
  private @Nullable PassEvent passEvent;

  /// Whether the current pass sees a sample only, to find out roughly where ranks lie.
  private boolean sampling;

  /// What the current pass goes over, if what it finds out is defined by less than all elements.
  private @Nullable Sample wanted;

  /// Passes that a sample was not enough for.
  private final BitSet repeated = new BitSet();

  /// Passes whose work counts as done.
  private int counted;

  /// Of [Program#stages], those whose work was told.
  private int stagesTold;

  private int tilesOfPass;
  private int next;
  private int done;

  /// @param guessedBuckets buckets to count where a sample was seen; 0 if none is to be
  /// @param arrays whether each worker may have arrays of [#ARRAY_BYTES]
  TensorRun(
      Program program,
      List<ByteSink> sinks,
      Draws kernel,
      int workers,
      int tileElements,
      Residence residence,
      ModelSelections selections,
      int guessedBuckets,
      boolean arrays) {
    this.kernel = kernel;
    this.selections = selections;
    this.program = program;
    this.sinks = sinks;
    this.workers = workers;
    this.tileElements = tileElements;
    this.tiles = Math.toIntExact((program.count() + tileElements - 1) / tileElements);
    this.scalars = new double[program.nodes().size()];
    this.accumulators = new Accumulator[program.accumulators().size()];
    this.kernels = new ElementKernel[program.nodes().size()];
    this.draws = new DrawSource[program.draws().size()];
    this.drawsOfWorker = new DrawSequence[workers][program.draws().size()];
    this.residence = residence;
    this.rankSample = new RankSample(program.count(), tileElements, tiles, residence);
    this.guessedBuckets = guessedBuckets;
    this.arrays = arrays;
    this.nonFinite = new AtomicLongArray(program.outputs().size());
  }

  /// The bytes of a worker's buffer that a block of a tile takes, at the most.
  static long bufferBytes(Program program) {
    long most = 0;
    for (Program.Pass pass : program.passes()) {
      long bytes = 0;
      for (int input : pass.inputs()) {
        bytes += program.inputs().get(input).packing().bytes(Block.ELEMENTS);
      }
      for (int output : pass.outputs()) {
        bytes += program.outputs().get(output).packing().bytes(Block.ELEMENTS);
      }
      for (int slot : pass.loads()) {
        bytes += program.slots().get(slot).packing().bytes(Block.ELEMENTS);
      }
      for (int slot : pass.stores()) {
        bytes +=
            pass.loads().contains(slot)
                ? 0
                : program.slots().get(slot).packing().bytes(Block.ELEMENTS);
      }
      most = Math.max(most, bytes);
    }
    return most;
  }

  /// Whether all of the program is one kernel that goes through a tile of so many elements strip by
  /// strip.
  static boolean goesByStrips(Program program, int tileElements) {
    Program.Pass pass = program.passes().getFirst();
    return program.passes().size() == 1
        && pass.fused() != null
        && tileElements
            >= stripElements(program.outputs().get(pass.outputs().getFirst()).packing());
  }

  private static int stripElements(Packing packing) {
    return STRIP / (int) packing.bytes(1);
  }

  @Override
  public void prepare(Worker worker) {
    worker.turnTo(program.tensor(), 1);
    residence.readMatrices(worker);
    beginPass();
  }

  /// The value of a scalar node, known from the start of the first pass that needs it.
  double scalar(int node) {
    return scalars[node];
  }

  /// The kernel of a node that an element-wise method makes.
  ElementKernel kernel(int node) {
    return kernels[node];
  }

  Accumulator accumulator(int number) {
    return accumulators[number];
  }

  /// The channel sums that a statistic has gathered.
  double[] channelSums(int statistic) {
    return ((ChannelSums) accumulators[statistic]).sums();
  }

  /// The sums that a statistic of repeated channels has gathered.
  double[] repeatedChannelSums(int statistic) {
    return ((RepeatedChannelSums) accumulators[statistic]).sums();
  }

  /// The numbers of a node's lines, known from the start of the first pass that needs them.
  double[] lineNumbers(int node) {
    return Objects.requireNonNull(lineNumbers.get(node));
  }

  /// How many bits a mask has before the block that begins at element `first`.
  long bitsBefore(int statistic, long first) {
    return ((BlockCounter) accumulators[statistic]).before(first);
  }

  /// A matrix that the program holds in memory, f32, row by row.
  MemorySegment matrix(int number) {
    return residence.matrix(number);
  }

  /// Elements of a slot that an earlier pass filled, from wherever in the tensor.
  void readWhole(int slot, long first, float[] into, int count) {
    residence.read(slot, first, into, count);
  }

  /// The random numbers of a node, for one worker.
  DrawSequence draws(int number, int worker) {
    DrawSequence sequence = drawsOfWorker[worker][number];
    if (sequence == null) {
      sequence = draws[number].draws();
      drawsOfWorker[worker][number] = sequence;
    }
    return sequence;
  }

  /// The value of one of the program's measures, once the run is over.
  double measure(int number) {
    return scalars[program.measures().get(number).node()];
  }

  /// How many values among what was written to an output are NaN or infinite.
  long nonFinite(int output) {
    return nonFinite.get(output);
  }

  Program program() {
    return program;
  }

  private Program.Pass currentPass() {
    return program.passes().get(pass);
  }

  private void beginPass() {
    passEvent =
        FlightRecorder.isInitialized()
            ? PassEvent.begun(program.tensor(), pass + 1, program.count())
            : null;
    evaluateScalars();
    wanted = program.sample(pass).orElse(null);
    sampling = guessedBuckets > 0 && !repeated.get(pass) && program.maySample(pass);
    next = 0;
    done = 0;
    tilesOfPass = wanted == null && !sampling ? tiles : countTilesOfPass();
    for (int number : currentPass().accumulators()) {
      accumulators[number] = accumulator(program.accumulators().get(number));
    }
    for (int i = 0; i < draws.length; i++) {
      if (!currentPass().draws().contains(i)) {
        forgetDraws(i);
      } else if (draws[i] == null) {
        draws[i] = DrawSource.of(program.draws().get(i), kernel, program.count(), tileElements);
      }
    }
  }

  private int countTilesOfPass() {
    int tilesOf = 0;
    for (int tile = 0; tile < tiles; tile++) {
      tilesOf += isOfPass(tile) ? 1 : 0;
    }
    return tilesOf;
  }

  /// A generator's states are not held beyond the passes that draw from it.
  @SuppressWarnings("NullAway")
  private void forgetDraws(int number) {
    draws[number] = null;
    for (DrawSequence[] ofWorker : drawsOfWorker) {
      ofWorker[number] = null;
    }
  }

  private Accumulator accumulator(Program.Statistic statistic) {
    Node node = statistic.node();
    return switch (statistic.kind()) {
      case BLOCKS -> byBlocks((Scalar) node.expression());
      case SHARE ->
          selections
              .of(((Scalar.Share) node.expression()).whole())
              .accumulator(program.count(), workers);
      case UPPER -> selection(node).upper(sampling);
      case LOWER -> selection(node).lower();
      case BLOCK_COUNTS -> new BlockCounter(program.count());
      case CHANNELS -> new ChannelSums((ChannelNorms) node.expression(), program.count());
      case REPEATED_CHANNELS -> new RepeatedChannelSums((RepeatedChannels) node.expression());
      case LINES -> new LineStatistic((PerLine.Statistic) node.expression());
    };
  }

  private BlockStatistic byBlocks(Scalar statistic) {
    return switch (statistic) {
      case Scalar.Statistic(var reduction, _) -> BlockStatistic.of(reduction, program.count());
      case Scalar.Dot _ -> BlockStatistic.dot(program.count());
      case Scalar.Count _ -> BlockStatistic.count(program.count());
      case Scalar.Sampled(var of, var sample) -> byBlocks(of).of(sample);
      case Scalar.Quantile _,
          Scalar.Ranked _,
          Scalar.Greatest _,
          Scalar.RankedAmong _,
          Scalar.Share _,
          Scalar.Measured _,
          Scalar.Constant _,
          Scalar.Computed _ ->
          throw new IllegalArgumentException("not one number a block: " + statistic);
    };
  }

  private MagnitudeSelection selection(Node node) {
    MagnitudeSelection selection = ofTensor.get(node);
    if (selection == null) {
      selection =
          MagnitudeSelection.of(
              (Scalar) node.expression(), program.count(), workers, guessedBuckets);
      ofTensor.put(node, selection);
    }
    return selection;
  }

  /// Computes every number that follows from the statistics of the passes before. A node's inputs
  /// come before it.
  private void evaluateScalars() {
    for (Node node : program.nodes()) {
      if (node.level() > pass) {
        continue;
      }
      switch (node.expression()) {
        case Scalar.Constant(var value) -> scalars[node.id()] = value;
        case Scalar.Computed(var function, _) ->
            scalars[node.id()] = function.apply(numbers(node.inputs()));
        case CountBelow _ -> scalars[node.id()] = selection(node.inputs().getFirst()).below();
        case Elements.Mapped(var method, var setting, var inputs, _) -> {
          if (kernels[node.id()] == null) {
            List<Node> statistics = node.inputs().subList(inputs.size(), node.inputs().size());
            kernels[node.id()] = method.kernel(setting, numbers(statistics));
          }
        }
        case PerLine.Computed(var formula, _) ->
            lineNumbers.computeIfAbsent(node.id(), _ -> ofEachLine(formula, node.inputs()));
        default -> {
          // Statistics are noted when their pass ends; elements and bits have no single value.
        }
      }
    }
  }

  private double[] numbers(List<Node> nodes) {
    double[] numbers = new double[nodes.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = scalars[nodes.get(i).id()];
    }
    return numbers;
  }

  private double[] ofEachLine(Formula formula, List<Node> arguments) {
    List<double[]> numbers = arguments.stream().map(node -> lineNumbers(node.id())).toList();
    double[] result = new double[numbers.getFirst().length];
    for (int line = 0; line < result.length; line++) {
      // The formula may keep what it is given.
      double[] x = new double[numbers.size()];
      for (int i = 0; i < x.length; i++) {
        x[i] = numbers.get(i)[line];
      }
      result[line] = formula.apply(x);
    }
    return result;
  }

  private boolean isOfPass(int tile) {
    if (wanted != null) {
      long start = (long) tile * tileElements;
      return wanted.next(start) < start + length(tile);
    }
    return !sampling || rankSample.isOfTile(tile);
  }

  @Override
  public boolean hasTile() {
    while (next < tiles && !isOfPass(next)) {
      next++;
    }
    return next < tiles && (!currentPass().ordered() || next == done);
  }

  @Override
  public int takeTile() {
    return next++;
  }

  @Override
  public boolean tileDone() {
    return ++done == tilesOfPass;
  }

  @Override
  public boolean finishPass(Worker worker) {
    for (int number : currentPass().accumulators()) {
      accumulators[number].finish();
      Program.Statistic statistic = program.accumulators().get(number);
      int node = statistic.node().id();
      switch (statistic.kind()) {
        case BLOCKS -> {
          scalars[node] = ((BlockStatistic) accumulators[number]).value();
          forget(number);
        }
        case LOWER -> {
          scalars[node] = selection(statistic.node()).value();
          forget(number);
        }
        case LINES -> {
          lineNumbers.put(node, ((LineStatistic) accumulators[number]).numbers());
          forget(number);
        }
        case UPPER, SHARE -> forget(number);
        case CHANNELS, REPEATED_CHANNELS, BLOCK_COUNTS -> {
          // Read by number, element by element.
        }
      }
    }
    if (passEvent != null) {
      passEvent.commit();
    }
    if (!sampling && counted <= pass) {
      stagesTold += pass + 1 - counted;
      counted = pass + 1;
    }
    if (isMissed()) {
      pass--;
      repeated.set(pass);
      beginPass();
      return true;
    }
    pass++;
    if (pass < program.passes().size()) {
      for (Program.Step step : program.steps()) {
        if (step.pass() == pass) {
          perform(step);
        }
      }
      for (Program.Regression regression : program.regressions()) {
        if (regression.pass() == pass) {
          solve(new RegressionRun(program.tensor(), regression, residence, worker));
        }
      }
      beginPass();
      return true;
    }
    evaluateScalars();
    for (Program.Number number : program.numbers()) {
      write(number, worker);
    }
    return false;
  }

  private void solve(RegressionRun regression) {
    long work = 0;
    for (int tile = 0; tile < tiles; tile++) {
      work += workOf(tile, Program.Regression.STAGES);
    }
    regression.run(work);
    stagesTold += Program.Regression.STAGES;
  }

  /// Whether a number does not lie where a sample let it be looked for.
  private boolean isMissed() {
    for (int number : currentPass().accumulators()) {
      Program.Statistic statistic = program.accumulators().get(number);
      if (statistic.kind() == Program.Statistic.Kind.LOWER
          && selection(statistic.node()).isMissed()) {
        return true;
      }
    }
    return false;
  }

  private void perform(Program.Step step) {
    step.whole().method().apply(new SlotCall(step, residence, kernel));
  }

  private void write(Program.Number number, Worker worker) {
    Write.Number write = number.write();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(write.dtype().packing().bytes(1), 8);
      number.codec().encode(new float[] {(float) scalars[number.node().id()]}, bytes, 0, 1);
      worker.write(sinks.get(write.sink()), write.offset(), bytes);
    }
  }

  /// A finished statistic's arrays are not needed any more.
  @SuppressWarnings("NullAway")
  private void forget(int number) {
    accumulators[number] = null;
  }

  @Override
  public long weight(int tile) {
    if (sampling || counted > pass) {
      return 0;
    }
    if (wanted == null) {
      return workOf(tile);
    }
    // A tile stands for those without a share in the sample that come after it, the first one for
    // those before it too.
    long work = 0;
    boolean isFirst = wanted.next(0) / tileElements == tile;
    for (int before = 0; isFirst && before < tile; before++) {
      work += workOf(before);
    }
    int at = tile;
    do {
      work += workOf(at++);
    } while (at < tiles && !isOfPass(at));
    return work;
  }

  private long workOf(int tile) {
    return workOf(tile, pass + 1 - counted);
  }

  /// That of a tile's next stages.
  private long workOf(int tile, int stages) {
    long start = (long) tile * tileElements;
    long tileWork = program.work(start + length(tile)) - program.work(start);
    return tileWork * (stagesTold + stages) / program.stages()
        - tileWork * stagesTold / program.stages();
  }

  private int length(int tile) {
    return (int) Math.min(tileElements, program.count() - (long) tile * tileElements);
  }

  @Override
  public void process(int tile, Worker worker) {
    Program.Pass current = currentPass();
    worker.turnTo(program.tensor(), pass + 1);
    Workspace w = worker.workspace();
    w.begin(this, program.outputs().size(), current.valueRegisters(), current.maskRegisters());
    long start = (long) tile * tileElements;
    int length = length(tile);
    Program.Fused fused = current.fused();
    if (wanted != null) {
      processSample(current, wanted, start, length, worker);
    } else if (sampling) {
      int from = rankSample.stripStart(tile);
      if (from < length) {
        int strip = Math.min(rankSample.stripElements(), length - from);
        process(current, start + from, strip, worker);
      }
    } else if (fused == null) {
      process(current, start, length, worker);
    } else {
      int elements = stripElements(packing(current.outputs().getFirst()));
      for (int inTile = 0; inTile < length; inTile += elements) {
        int strip = Math.min(elements, length - inTile);
        if (worksInArrays(fused, current)) {
          process(fused, current.outputs().getFirst(), start + inTile, strip, worker);
        } else {
          process(current, start + inTile, strip, worker);
        }
      }
    }
    for (int output : current.outputs()) {
      nonFinite.addAndGet(output, w.nonFinite[output]);
    }
  }

  /// The runs of the sample that begin in the tile, or before it and go on in it.
  private void processSample(
      Program.Pass current, Sample sample, long start, int length, Worker worker) {
    long end = start + length;
    for (long at = sample.next(start); at < end; at = sample.next(sample.end(at))) {
      process(current, at, (int) (Math.min(sample.end(at), end) - at), worker);
    }
  }

  private Packing packing(int output) {
    return program.outputs().get(output).packing();
  }

  private boolean worksInArrays(Program.Fused fused, Program.Pass current) {
    return arrays
        && current.copies().isEmpty()
        && program.inputs().get(fused.a()).tensor().source().fillsArrays()
        && program.inputs().get(fused.b()).tensor().source().fillsArrays()
        && sinks
            .get(program.outputs().get(current.outputs().getFirst()).write().sink())
            .takesArrays();
  }

  private void process(Program.Fused fused, int output, long start, int length, Worker worker) {
    Workspace w = worker.workspace();
    Packing packing = packing(output);
    long offset = packing.bytes(start);
    long bytes = packing.bytes(length);
    FusedBlend.Strip strip = w.strip(fused.kernel(), stripElements(packing));
    worker.read(program.inputs().get(fused.a()).tensor(), offset, strip.a().asSlice(0, bytes));
    worker.read(program.inputs().get(fused.b()).tensor(), offset, strip.b().asSlice(0, bytes));
    worker.beginCompute();
    w.nonFinite[output] +=
        switch (fused) {
          case Program.Fused.Blend blend ->
              strip.blend(w.scalar(blend.weightA()), w.scalar(blend.weightB()), length);
          case Program.Fused.Update update -> update(update, strip, start, length, w);
        };
    worker.endCompute(length, 3 * bytes);
    write(
        program.outputs().get(output).write(),
        packing,
        start,
        strip.out().asSlice(0, bytes),
        worker);
  }

  private long update(
      Program.Fused.Update update, FusedBlend.Strip strip, long start, int length, Workspace w) {
    DrawSequence sequence = draws(update.draws(), w.worker);
    long[] kept = w.masks[0];
    long found = 0;
    for (int at = 0; at < length; at += Block.ELEMENTS) {
      int count = Math.min(Block.ELEMENTS, length - at);
      sequence.keep(start + at, update.probability(), kept, count);
      found += strip.update(kept, update.divisor(), w.kernels.storedSelection(), at, count);
    }
    return found;
  }

  private void process(Program.Pass current, long start, int length, Worker worker) {
    Workspace w = worker.workspace();
    TileBuffers buffers = new TileBuffers(worker.buffer());
    w.inputs = new MemorySegment[program.inputs().size()];
    for (int number : current.inputs()) {
      w.inputs[number] = residence.input(number, start, length, worker, buffers);
    }
    for (int number : current.copies()) {
      Program.Copied copy = program.copies().get(number);
      Packing packing = program.inputs().get(copy.input()).packing();
      write(copy.write(), packing, start, w.inputs[copy.input()], worker);
    }
    w.slots = new MemorySegment[program.slots().size()];
    for (int number : current.loads()) {
      w.slots[number] = residence.load(number, start, length, buffers);
    }
    for (int number : current.stores()) {
      w.slots[number] = residence.room(number, start, length, w.slots[number], buffers);
    }
    w.outputs = new MemorySegment[program.outputs().size()];
    for (int number : current.outputs()) {
      w.outputs[number] = buffers.take(packing(number), length);
    }
    worker.beginCompute();
    compute(current, w, start, length);
    worker.endCompute(length, bytes(w.inputs) + bytes(w.slots) + bytes(w.outputs));
    for (int number : current.stores()) {
      residence.stored(number, start, w.slots[number]);
    }
    for (int number : current.outputs()) {
      Program.Output output = program.outputs().get(number);
      write(output.write(), output.packing(), start, w.outputs[number], worker);
    }
  }

  private static long bytes(@Nullable MemorySegment[] segments) {
    long bytes = 0;
    for (MemorySegment segment : segments) {
      bytes += segment == null ? 0 : segment.byteSize();
    }
    return bytes;
  }

  private void compute(Program.Pass current, Workspace w, long start, int length) {
    if (sampling) {
      sample(current, w, start, length);
      return;
    }
    if (current.fused() instanceof Program.Fused.Blend fused) {
      int output = current.outputs().getFirst();
      w.nonFinite[output] +=
          fused
              .kernel()
              .blend(
                  w.inputs[fused.a()],
                  0,
                  w.scalar(fused.weightA()),
                  w.inputs[fused.b()],
                  0,
                  w.scalar(fused.weightB()),
                  w.outputs[output],
                  0,
                  length);
      return;
    }
    List<Instruction> body = current.body();
    for (int inTile = 0; inTile < length; inTile += Block.ELEMENTS) {
      w.at(start + inTile, inTile, Math.min(Block.ELEMENTS, length - inTile));
      for (int i = 0; i < body.size(); i++) {
        body.get(i).run(w);
      }
    }
  }

  private void sample(Program.Pass current, Workspace w, long start, int length) {
    List<Instruction> body = current.body();
    int part = rankSample.partElements();
    for (int inTile = 0; inTile < length; inTile += Block.ELEMENTS) {
      int from = inTile + rankSample.partStart((start + inTile) / Block.ELEMENTS);
      int count = Math.min(part, length - from);
      if (count > 0) {
        w.at(start + from, from, count);
        for (int i = 0; i < body.size(); i++) {
          body.get(i).run(w);
        }
      }
    }
  }

  private void write(Write write, Packing packing, long start, MemorySegment bytes, Worker worker) {
    worker.write(sinks.get(write.sink()), write.offset() + packing.bytes(start), bytes);
  }

  @Override
  public void release(MemoryPool pool) {
    residence.release(pool);
  }
}
