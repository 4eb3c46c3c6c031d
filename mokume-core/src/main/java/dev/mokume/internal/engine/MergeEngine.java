package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.Pools;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;

/// Runs tensor tasks: reads tiles, computes, writes. The one way from a plan to bytes.
public final class MergeEngine {
  /// The share of the memory that the workers' own buffers may take; the rest holds tensors between
  /// passes.
  private static final int BUFFER_SHARE = 4;

  /// Even the smallest tile of a program with dozens of inputs fits this.
  private static final long LEAST_BUFFER = 1 << 20;

  /// Tiles of eight f32 numbers an element fit a worker's buffer, if the memory allows.
  private static final long USUAL_BITS = 8L * Float.SIZE;

  /// The share of the heap that counters and random generators may take; plans and headers have the
  /// rest.
  private static final int HEAP_SHARE = 4;

  /// Elements of a run that pay for linking the system's calls, which takes a tenth of a second.
  private static final long MANY = 1 << 25;

  /// The arrays of fused blends may take half as much of the rest; where they do not fit, blends go
  /// through native memory.
  private static final int ARRAYS_SHARE = 2;

  /// From so many inputs on, which are more than files are open at once, each tile opens most files
  /// again. Half of the memory then goes to buffers, so that tiles are large and few.
  private static final int WIDE = 100;

  private final EngineSettings settings;
  private final Kernels kernels;
  private final HeapAllowance heap;
  private final HeapAllowance wholeHeap;
  private final boolean roomForArrays;
  private ModelSelections selections = ModelSelections.of(List.of());
  private final Map<Scalar, Double> known = new IdentityHashMap<>();
  private final Map<Scalar, Double> measures = Collections.synchronizedMap(new IdentityHashMap<>());
  private final Map<Write, Long> nonFinite = Collections.synchronizedMap(new IdentityHashMap<>());
  private boolean arrays;

  /// Workers of the run at hand.
  private int threads;

  private long bytesRead;

  public MergeEngine(EngineSettings settings) {
    this(settings, Kernels.best());
  }

  MergeEngine(EngineSettings settings, Kernels kernels) {
    this(settings, kernels, Runtime.getRuntime().maxMemory() / HEAP_SHARE);
  }

  /// @param heap bytes that counters and random generators may take
  MergeEngine(EngineSettings settings, Kernels kernels, long heap) {
    this.settings = settings;
    this.threads = settings.threads();
    this.kernels = kernels;
    this.heap = new HeapAllowance(heap);
    this.wholeHeap = new HeapAllowance(TaskDivision.WHOLE_SHARE * heap);
    this.roomForArrays = TensorRun.ARRAY_BYTES * settings.threads() <= heap / ARRAYS_SHARE;
  }

  /// Measures numbers that other tasks need: the `measures` of these tasks become known to all
  /// later runs.
  public void measure(List<TensorTask> tasks) {
    selections = ModelSelections.of(tasks);
    run(tasks, List.of());
    if (!selections.isEmpty()) {
      selections.turn();
      run(ModelSelections.shares(tasks), List.of());
      selections.note(known);
    }
    for (TensorTask task : tasks) {
      double[] values = measured(task);
      for (int i = 0; i < values.length; i++) {
        known.put(task.measures().get(i), values[i]);
      }
    }
  }

  /// Runs the tasks in order, as many at once as workers and memory allow, and returns when all is
  /// written.
  ///
  /// @param sinks the outputs that the tasks' writes number
  /// @throws MokumeException with the first failure, or `CANCELLED`; sinks are then left
  ///   uncommitted
  public void run(List<TensorTask> tasks, List<ByteSink> sinks) {
    boolean many = tasks.stream().mapToLong(TensorTask::count).sum() >= MANY;
    arrays = roomForArrays && many;
    try (Arena arena = Arena.ofShared()) {
      Needs needs = Needs.of(tasks);
      threads = needs.threads(settings.threads(), heap.bytes());
      long bufferBytes = bufferBytes(needs);
      SegmentAllocator allocator = many ? new LargePages(arena) : arena;
      MemoryPool pool = new MemoryPool(allocator, settings.memory() - bufferBytes * threads);
      division(pool, bufferBytes).requireRoom(needs.wholes());
      Scheduler scheduler =
          new Scheduler(
              admissions(tasks, sinks, pool, division(pool, bufferBytes)),
              pool,
              threads + 1,
              settings.cancelled(),
              settings.progress());
      List<Worker> workers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        workers.add(
            new Worker(
                i,
                kernels,
                () -> arena.allocate(bufferBytes, 4096),
                settings.cancelled(),
                scheduler::progressed));
      }
      work(scheduler, workers);
      scheduler.close();
      workers.forEach(worker -> bytesRead += worker.bytesRead());
      rethrow(scheduler.failure());
    }
  }

  /// What a task's measures came to, in their order.
  public double[] measured(TensorTask task) {
    double[] values = new double[task.measures().size()];
    for (int i = 0; i < values.length; i++) {
      Double value = measures.get(task.measures().get(i));
      if (value == null) {
        throw new IllegalArgumentException("task '" + task.tensor() + "' was not run");
      }
      values[i] = value;
    }
    return values;
  }

  /// How many values among what a task wrote there are NaN or infinite; none among copies.
  ///
  /// @param write one of a task's own, not an equal one
  public long nonFinite(Write write) {
    return nonFinite.getOrDefault(write, 0L);
  }

  /// Bytes read from inputs so far.
  public long bytesRead() {
    return bytesRead;
  }

  /// What tasks need beyond the usual.
  ///
  /// @param bytes of all inputs and the output of the largest task of hundreds of inputs, as many
  ///   models merged at once have; 0 if there is none
  /// @param pool the most numbers of an element of such a task that a worker holds at once
  /// @param wholes tasks of methods that are given tensors whole, or solve by Gram matrices
  private record Needs(long bytes, int pool, List<TensorTask> wholes) {
    static Needs of(List<TensorTask> tasks) {
      long bytes = 0;
      int pool = 0;
      List<TensorTask> wholes = new ArrayList<>();
      for (TensorTask task : tasks) {
        Survey survey = survey(task);
        if (survey.inputs().size() >= WIDE) {
          long block = Block.ELEMENTS * (long) Float.BYTES;
          for (StoredTensor tensor : survey.inputs()) {
            block += tensor.spec().dtype().packing().bytes(Block.ELEMENTS);
          }
          bytes = Math.max(bytes, Math.multiplyExact(block, Block.count(task.count())));
          pool = Math.max(pool, survey.widestPool());
        }
        boolean needsWholes = !survey.wholes().isEmpty() || !survey.regressions().isEmpty();
        if (needsWholes && task.count() > 0) {
          wholes.add(task);
        }
      }
      // Pieces are rounded up.
      return new Needs(bytes == 0 ? 0 : bytes + 2 * 4096, pool, wholes);
    }

    private static Survey survey(TensorTask task) {
      Survey survey = new Survey(task.count());
      for (Write write : task.writes()) {
        switch (write) {
          case Write.Values values -> survey.visit(values.value());
          case Write.Mask mask -> survey.visit(mask.bits());
          case Write.Number number -> survey.visit(number.value());
          case Write.Copy _ -> {
            // Computes nothing.
          }
        }
      }
      task.measures().forEach(survey::visit);
      return survey;
    }

    /// As many workers as the heap has room for, each with a block of every number.
    int threads(int wanted, long heap) {
      long each = (long) pool * (Block.ELEMENTS + Pools.LANES) * Float.BYTES;
      return each == 0 ? wanted : Math.clamp(heap / each, 1, wanted);
    }
  }

  private static long usualBuffer(int tileElements) {
    return Math.max(LEAST_BUFFER, tileElements * USUAL_BITS / Byte.SIZE);
  }

  /// What can be held of tensors between passes, usually: what the workers' own buffers leave of
  /// the memory.
  public static long heldBytes(long memory, int threads, int tileElements) {
    return memory - Math.min(threads * usualBuffer(tileElements), memory / BUFFER_SHARE);
  }

  private long bufferBytes(Needs needs) {
    long usual = usualBuffer(settings.tileElements());
    long allowed = settings.memory() / BUFFER_SHARE / threads;
    long bytes =
        needs.bytes() > usual ? Math.min(needs.bytes(), 2 * allowed) : Math.min(usual, allowed);
    bytes = bytes / 4096 * 4096;
    if (bytes < Block.ELEMENTS * USUAL_BITS / Byte.SIZE) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "a budget of "
              + settings.memory()
              + " bytes of buffers is too small for "
              + threads
              + " threads; give more --memory or fewer --threads.");
    }
    return bytes;
  }

  private TaskDivision division(MemoryPool pool, long bufferBytes) {
    return new TaskDivision(
        kernels,
        threads,
        settings.tileElements(),
        bufferBytes,
        pool.capacity(),
        heap.bytes(),
        known);
  }

  private Iterator<Scheduler.Admission> admissions(
      List<TensorTask> tasks, List<ByteSink> sinks, MemoryPool pool, TaskDivision division) {
    List<Scheduler.Admission> admissions = new ArrayList<>();
    for (TensorTask task : tasks) {
      if (task.count() == 0) {
        // Nothing to compute, and every statistic of nothing is 0.
        task.measures().forEach(scalar -> measures.put(scalar, 0.0));
      }
      boolean computes =
          !task.measures().isEmpty()
              || task.writes().stream().anyMatch(write -> !(write instanceof Write.Copy));
      boolean copies =
          task.writes().stream()
              .anyMatch(write -> write instanceof Write.Copy copy && copy.from().length() > 0);
      if (copies || computes && task.count() > 0) {
        admissions.add(new TaskAdmission(task, sinks, pool, division));
      }
    }
    return admissions.iterator();
  }

  /// Compiles a task when its turn comes, and keeps its programs while there is no memory for them.
  private final class TaskAdmission implements Scheduler.Admission {
    private final TensorTask task;
    private final List<ByteSink> sinks;
    private final MemoryPool pool;
    private final TaskDivision division;
    private final Deque<Supplier<Optional<Run>>> starts = new ArrayDeque<>();

    /// Whether `starts` has been filled.
    private boolean compiled;

    TaskAdmission(TensorTask task, List<ByteSink> sinks, MemoryPool pool, TaskDivision division) {
      this.task = task;
      this.sinks = sinks;
      this.pool = pool;
      this.division = division;
    }

    @Override
    public boolean isCompiled() {
      return compiled;
    }

    @Override
    public void compile() {
      for (TaskDivision.Part part : division.parts(task)) {
        for (List<Write.Copy> copies : part.copies()) {
          starts.add(() -> Optional.of(new CopyRun(copies, sinks, division.bufferBytes())));
        }
        Program program = part.program();
        if (program != null) {
          starts.add(() -> start(program));
        }
      }
      compiled = true;
    }

    @Override
    public Optional<Run> admit() {
      Optional<Run> run = starts.element().get();
      if (run.isPresent()) {
        starts.remove();
      }
      return run;
    }

    @Override
    public boolean hasMore() {
      return !starts.isEmpty();
    }

    private Optional<Run> start(Program program) {
      // First, since it may refuse, and what is reserved may be a file.
      int tileElements = division.tileElements(program);
      long heapBytes = division.heapBytes(program, tileElements);
      long wholeHeapBytes = division.wholeHeapBytes(program);
      if (!heap.take(heapBytes)) {
        return Optional.empty();
      }
      if (!wholeHeap.take(wholeHeapBytes)) {
        heap.giveBack(heapBytes);
        return Optional.empty();
      }
      Optional<Residence> reserved =
          Residence.reserve(program, pool, settings.spillFolder(), tileElements);
      if (reserved.isEmpty()) {
        heap.giveBack(heapBytes);
        wholeHeap.giveBack(wholeHeapBytes);
      }
      return reserved.map(residence ->
          new MeasuredRun(
              program,
              sinks,
              residence,
              tileElements,
              division.guessedBuckets(program),
              heapBytes,
              wholeHeapBytes));
    }
  }

  /// A tensor's run that reports what it measured when it ends.
  private final class MeasuredRun extends ForwardingRun {
    private final Program program;
    private final TensorRun run;
    private final long heapBytes;
    private final long wholeHeapBytes;

    MeasuredRun(
        Program program,
        List<ByteSink> sinks,
        Residence residence,
        int tileElements,
        int guessedBuckets,
        long heapBytes,
        long wholeHeapBytes) {
      this.program = program;
      this.heapBytes = heapBytes;
      this.wholeHeapBytes = wholeHeapBytes;
      this.run =
          new TensorRun(
              program,
              sinks,
              kernels.draws(),
              threads,
              tileElements,
              residence,
              selections,
              guessedBuckets,
              arrays);
    }

    @Override
    Run run() {
      return run;
    }

    @Override
    public void release(MemoryPool pool) {
      run.release(pool);
      heap.giveBack(heapBytes);
      wholeHeap.giveBack(wholeHeapBytes);
    }

    @Override
    public boolean finishPass(Worker worker) {
      boolean more = run.finishPass(worker);
      if (!more) {
        for (int i = 0; i < program.measures().size(); i++) {
          measures.put(program.measures().get(i).scalar(), run.measure(i));
        }
        for (int i = 0; i < program.outputs().size(); i++) {
          if (run.nonFinite(i) > 0) {
            nonFinite.put(program.outputs().get(i).write(), run.nonFinite(i));
          }
        }
      }
      return more;
    }
  }

  private void work(Scheduler scheduler, List<Worker> workers) {
    Executor executor = settings.executor();
    Executor threads = executor != null ? executor : MergeEngine::startThread;
    int accepted = 0;
    for (Worker worker : workers) {
      try {
        threads.execute(() -> work(scheduler, worker));
        accepted++;
      } catch (RejectedExecutionException e) {
        if (accepted == 0) {
          throw new MokumeException(
              ErrorCode.CANCELLED,
              "the executor refused the merge's work (is it shut down?); nothing was written.",
              e);
        }
        // Those that it took do the work; they use memory that must not be freed under them.
        break;
      }
    }
    await(scheduler);
  }

  private static void work(Scheduler scheduler, Worker worker) {
    if (!scheduler.enter()) {
      return;
    }
    try {
      Optional<Scheduler.Job> job = scheduler.take();
      while (job.isPresent()) {
        scheduler.perform(job.get(), worker);
        job = scheduler.take();
      }
    } catch (Throwable t) {
      scheduler.stop(t);
    } finally {
      scheduler.leave();
    }
  }

  private static void startThread(Runnable task) {
    Thread.ofPlatform().name("mokume-worker-", 0).daemon().start(task);
  }

  /// Waits for every worker, since they use memory that is about to be freed, even if the caller is
  /// interrupted meanwhile.
  private static void await(Scheduler scheduler) {
    boolean interrupted = false;
    while (true) {
      try {
        scheduler.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
        scheduler.stop(
            new MokumeException(
                ErrorCode.CANCELLED, "the merge was interrupted; nothing was written."));
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void rethrow(@org.jspecify.annotations.Nullable Throwable failure) {
    switch (failure) {
      case null -> {
        if (settings.cancelled().getAsBoolean()) {
          throw new MokumeException(ErrorCode.CANCELLED, Worker.CANCELLED);
        }
      }
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      default -> throw new IllegalStateException(failure);
    }
  }
}
