package dev.mokume.internal.engine;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Hands out tiles to workers: of the tensors under way in order, else of the next tensor, as far as memory allows. So the
/// last tiles of one pass overlap with the next tensor's first.
final class Scheduler {
  /// A piece of work: a tile of a run, or making the run ready.
  record Job(Run run, int tile) {
    static final int PREPARE = -1;
  }

  /// Starts the next tensor's run, or says that there is no memory for it just now.
  interface Admission {
    Optional<Run> admit();
  }

  private final Iterator<Admission> waiting;
  private final MemoryPool pool;
  private final int most;
  private final BooleanSupplier cancelled;
  private final LongConsumer progress;
  private final List<Run> active = new ArrayList<>();
  private final List<Run> notReady = new ArrayList<>();
  private @Nullable Admission next;
  private @Nullable Throwable failure;
  private boolean stopped;
  private int workers;

  /// @param most tensors under way at once
  Scheduler(
      Iterator<Admission> waiting, MemoryPool pool, int most, BooleanSupplier cancelled, LongConsumer progress) {
    this.waiting = waiting;
    this.pool = pool;
    this.most = most;
    this.cancelled = cancelled;
    this.progress = progress;
  }

  /// Called by a worker before anything else; false if it comes too late, as one may that an executor held back.
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

  /// The next piece of work; empty once there is no more or the work is given up. Waits while others must finish first.
  synchronized Optional<Job> take() {
    while (!stopped) {
      if (cancelled.getAsBoolean()) {
        stop(null);
        break;
      }
      for (Run run : active) {
        if (!notReady.contains(run) && run.hasTile()) {
          return Optional.of(new Job(run, run.takeTile()));
        }
      }
      Optional<Run> admitted = admit();
      if (admitted.isPresent()) {
        return Optional.of(new Job(admitted.get(), Job.PREPARE));
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
        stop(new MokumeException(ErrorCode.CANCELLED, "the merge was interrupted; nothing was written.", e));
      }
    }
    return Optional.empty();
  }

  private Optional<Run> admit() {
    if (active.size() >= most) {
      return Optional.empty();
    }
    if (next == null) {
      if (!waiting.hasNext()) {
        return Optional.empty();
      }
      next = waiting.next();
    }
    Optional<Run> run = next.admit();
    if (run.isPresent()) {
      next = null;
      active.add(run.get());
      notReady.add(run.get());
    }
    return run;
  }

  /// Does a piece of work that [#take] gave.
  void perform(Job job, Worker worker) {
    Run run = job.run();
    if (job.tile() == Job.PREPARE) {
      run.prepare();
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
      if (run.finishPass()) {
        ready(run);
      } else {
        finished(run);
      }
    }
  }

  private synchronized void ready(Run run) {
    notReady.remove(run);
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
