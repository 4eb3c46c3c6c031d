package dev.mokume.plan;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Runs something on a thread whose stack is deep enough for a recipe of [RecipeBounds#MAX_DEPTH]
/// methods one upon the other: looking up methods is recursive, as recipes are, and the stack that
/// a caller has may be small. Memory is taken only as far as the stack is used.
final class DeepStack {
  /// A method takes about a dozen calls, a call less than 500 bytes; four times that.
  private static final long BYTES = RecipeBounds.MAX_DEPTH * 12L * 500 * 4;

  private DeepStack() {}

  /// What `work` returns or throws. An interrupt meanwhile is kept for later.
  static <R> R call(Callable<R> work) {
    CompletableFuture<R> result = new CompletableFuture<>();
    Thread thread =
        Thread.ofPlatform()
            .name("mokume-planner")
            .daemon()
            .stackSize(BYTES)
            .start(() -> {
              try {
                result.complete(work.call());
              } catch (Throwable t) {
                result.completeExceptionally(t);
              }
            });
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }
}
