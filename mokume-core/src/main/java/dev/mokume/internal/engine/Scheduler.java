package dev.mokume.internal.engine;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Hands out tiles to workers: of the tensors under way in order, else of the next tensor, as far
/// as memory allows. So the last tiles of one pass overlap with the next tensor's first.
final class Scheduler {
  /// A piece of work: a tile of a run, making a run ready, or compiling the next tensor's task.
  ///
  /// @param tile its number, [#PREPARE] or [#COMPILE]
  record Job(Consumer<Worker> preparation, @Nullable Run run, int tile) {
    static final int PREPARE = -1;
    static final int COMPILE = -2;
  }

  /// Starts the next tensor's run, or says that there is no memory for it just now.
  interface Admission {
    Optional<Run> admit();

    /// Whether it has another run to start after those it has started.
    default boolean hasMore() {
      return false;
    }

    /// Whether it can be admitted; if not, a worker has to compile it first.
    default boolean isCompiled() {
      return true;
    }

    /// Called by one worker, outside the lock, so that the others go on meanwhile.
    default void compile() {}
  }

  private static final String INTERRUPTED = "the merge was interrupted; nothing was written.";

  private final Iterator<Admission> waiting;
  private final MemoryPool pool;
  private final int most;
  private final BooleanSupplier cancelled;
  private final LongConsumer progress;
  private final List<Run> active = new ArrayList<>();
  private final List<Run> notReady = new ArrayList<>();
  private @Nullable Admission next;
  private boolean compiling;
  private @Nullable Throwable failure;
  private boolean stopped;
  private int workers;

  /// @param most tensors under way at once
  Scheduler(
      Iterator<Admission> waiting,
      MemoryPool pool,
      int most,
      BooleanSupplier cancelled,
      LongConsumer progress) {
    this.waiting = waiting;
    this.pool = pool;
    this.most = most;
    this.cancelled = cancelled;
    this.progress = progress;
  }

  /// Called by a worker before anything else; false if it comes too late, as one may that an
  /// executor held back.
  synchronized boolean enter() {
    if (!stopped) {
      workers++;
      return true;
    }
    return false;
  }

  /// Called by a worker that entered, when it will do nothing more.
  synchronized void leave() {
    workers--;
    notifyAll();
  }

  /// Waits until all work is done or given up, and no worker is at it any more.
  synchronized void await() throws InterruptedException {
    while (!stopped || workers > 0) {
      wait();
    }
  }

  /// The next piece of work; empty once there is no more or the work is given up. Waits while
  /// others must finish first.
  synchronized Optional<Job> take() {
    while (!stopped) {
      if (cancelled.getAsBoolean()) {
        stop(null);
        break;
      }
      // Wherever the interrupt came, the next look for work notices it; the flag stays set.
      if (Thread.currentThread().isInterrupted()) {
        stop(new MokumeException(ErrorCode.CANCELLED, INTERRUPTED));
        break;
      }
      Optional<Run> withTile = withTile();
      Optional<Job> job = withTile.isPresent() ? compileAhead() : admit();
      if (job.isEmpty()) {
        job = withTile.map(run -> new Job(run::prepare, run, run.takeTile()));
      }
      if (job.isPresent()) {
        return job;
      }
      if (active.isEmpty() && next == null && !waiting.hasNext()) {
        stopped = true;
        notifyAll();
        break;
      }
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        stop(new MokumeException(ErrorCode.CANCELLED, INTERRUPTED, e));
      }
    }
    return Optional.empty();
  }

  /// The first run under way that has a tile to take.
  private Optional<Run> withTile() {
    for (Run run : active) {
      if (!notReady.contains(run) && run.hasTile()) {
        return Optional.of(run);
      }
    }
    return Optional.empty();
  }

  /// Compiles the next tensor's task while there are tiles of others to take, so that nobody waits
  /// for it when they run out.
  private Optional<Job> compileAhead() {
    Admission candidate = next();
    if (candidate == null || compiling || candidate.isCompiled()) {
      return Optional.empty();
    }
    compiling = true;
    return Optional.of(new Job(_ -> candidate.compile(), null, Job.COMPILE));
  }

  private @Nullable Admission next() {
    if (next == null && waiting.hasNext()) {
      next = waiting.next();
    }
    return next;
  }

  private Optional<Job> admit() {
    Admission candidate = next();
    if (candidate == null || compiling || active.size() >= most) {
      return Optional.empty();
    }
    if (!candidate.isCompiled()) {
      return compileAhead();
    }
    Optional<Run> run = candidate.admit();
    if (run.isEmpty()) {
      return Optional.empty();
    }
    if (!candidate.hasMore()) {
      next = null;
    }
    active.add(run.get());
    notReady.add(run.get());
    return Optional.of(new Job(run.get()::prepare, run.get(), Job.PREPARE));
  }

  /// Does a piece of work that [#take] gave.
  void perform(Job job, Worker worker) {
    Run run = job.run();
    if (run == null || job.tile() == Job.PREPARE) {
      job.preparation().accept(worker);
      ready(run);
      return;
    }
    run.process(job.tile(), worker);
    boolean passDone;
    synchronized (this) {
      progress.accept(run.weight(job.tile()));
      passDone = run.tileDone();
      if (!passDone) {
        notifyAll();
      } else {
        notReady.add(run);
      }
    }
    if (passDone) {
      if (run.finishPass(worker)) {
        ready(run);
      } else {
        finished(run);
      }
    }
  }

  /// Tells of work that a worker has done between two tiles.
  synchronized void progressed(long bytes) {
    progress.accept(bytes);
  }

  /// Notes that a run is ready for its next pass, or that the next tensor's task is compiled if
  /// there is no run yet.
  private synchronized void ready(@Nullable Run run) {
    if (run == null) {
      compiling = false;
    } else {
      notReady.remove(run);
    }
    notifyAll();
  }

  private synchronized void finished(Run run) {
    notReady.remove(run);
    active.remove(run);
    run.release(pool);
    notifyAll();
  }

  /// Gives up: no more work is handed out. The first reason is kept.
  synchronized void stop(@Nullable Throwable reason) {
    if (failure == null) {
      failure = reason;
    }
    stopped = true;
    notifyAll();
  }

  synchronized @Nullable Throwable failure() {
    return failure;
  }

  /// Releases what runs that were given up still hold. Called when all workers have ended.
  synchronized void close() {
    active.forEach(run -> run.release(pool));
    active.clear();
  }
}
