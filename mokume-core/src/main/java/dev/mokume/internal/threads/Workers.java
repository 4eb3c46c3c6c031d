package dev.mokume.internal.threads;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Runs one job on several threads and waits for all of them.
public final class Workers {
  /// A worker's share of the job: it takes pieces until there are none, or until `failed` says that
  /// another gave up.
  @FunctionalInterface
  public interface Job {
    void run(Failure failed);
  }

  /// Whether a worker failed.
  public static final class Failure {
    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

    public boolean isPresent() {
      return first.get() != null;
    }
  }

  private Workers() {}

  /// @throws MokumeException the first worker's failure; `CANCELLED` if this thread is interrupted
  public static void run(int threads, String name, Job job) {
    Failure failure = new Failure();
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      workers.add(
          Thread.ofPlatform()
              .name(name + "-" + i)
              .daemon()
              .start(() -> {
                try {
                  job.run(failure);
                } catch (RuntimeException | Error e) {
                  failure.first.compareAndSet(null, e);
                }
              }));
    }
    join(workers, failure);
    switch (failure.first.get()) {
      case null -> {}
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case Throwable e -> throw new IllegalStateException(e);
    }
  }

  /// Waits for all, interrupted or not: they use memory that the caller frees.
  private static void join(List<Thread> workers, Failure failure) {
    boolean interrupted = false;
    for (Thread worker : workers) {
      while (worker.isAlive()) {
        try {
          worker.join();
        } catch (InterruptedException e) {
          interrupted = true;
          failure.first.compareAndSet(
              null,
              new MokumeException(
                  ErrorCode.CANCELLED, "The work was interrupted; no file was written.", e));
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
