package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// The SHA-256 of every input, worked out in the background while something else is done with them.
public final class InputHashes implements AutoCloseable {
  /// How long a cancellation may go unnoticed.
  private static final long CANCELLATION_MILLIS = 100;

  private final Map<ByteSource, CompletableFuture<String>> hashes = new HashMap<>();

  private InputHashes() {}

  /// As [#of(Collection)], but for what is known already of this very state of a source.
  public static InputHashes of(Collection<ByteSource> sources, Map<ByteSource, String> known) {
    InputHashes all = of(sources.stream().filter(source -> !known.containsKey(source)).toList());
    for (ByteSource source : sources) {
      String hash = known.get(source);
      if (hash != null) {
        all.hashes.put(source, CompletableFuture.completedFuture(hash));
      }
    }
    return all;
  }

  /// Knows nothing.
  public static InputHashes none() {
    return new InputHashes();
  }

  /// One source after the other: a disk reads one file faster than several at once, and the work
  /// needs the processors. A source that its server's version stands for is not hashed
  /// ([ByteSource#version]).
  public static InputHashes of(Collection<ByteSource> sources) {
    InputHashes all = new InputHashes();
    ExecutorService background =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mokume-fingerprint").daemon().factory());
    Fingerprints fingerprints = Fingerprints.cachedIn(Fingerprints.defaultFolder(System.getenv()));
    for (ByteSource source : sources) {
      if (source.version().isEmpty()) {
        all.hashes.put(source, fingerprints.sha256(source, background));
      }
    }
    background.shutdown();
    return all;
  }

  /// Waits for all of them, which of large files on a slow disk takes longer than the work.
  ///
  /// @param work that they are for, as a sentence begins: `the merge`
  /// @throws MokumeException if a source cannot be read or changed; `CANCELLED` if told so, or if
  ///   this thread is interrupted
  public Map<ByteSource, String> await(String work, BooleanSupplier cancelled) {
    Map<ByteSource, String> known = new HashMap<>();
    hashes.forEach((source, hash) -> known.put(source, await(hash, work, cancelled)));
    return known;
  }

  private static String await(
      CompletableFuture<String> hash, String work, BooleanSupplier cancelled) {
    while (true) {
      try {
        return hash.get(CANCELLATION_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (cancelled.getAsBoolean()) {
          throw new MokumeException(
              ErrorCode.CANCELLED, work + " was cancelled; nothing was written.", e);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new MokumeException(
            ErrorCode.CANCELLED, work + " was interrupted; nothing was written.", e);
      } catch (ExecutionException e) {
        throw e.getCause() instanceof MokumeException cause ? cause : new IllegalStateException(e);
      }
    }
  }

  /// Gives up what is not known yet.
  @Override
  public void close() {
    hashes.values().forEach(hash -> hash.cancel(true));
  }
}
