package dev.mokume.checkpoint;

import dev.mokume.event.HashEvent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// SHA-256 of inputs, for provenance, remembered across runs: a file with the same path, size,
/// times and inode as before is not read again.
///
/// A cache that is missing, damaged or not writable is as good as an empty one.
public final class Fingerprints {
  private static final int PIECE = 1 << 20;

  /// A file may change twice within one tick of its file system's clock, so a fingerprint of a file
  /// this young is not kept.
  private static final long YOUNG_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final @Nullable FingerprintCache cache;
  private final Clock clock;

  private Fingerprints(@Nullable FingerprintCache cache, Clock clock) {
    this.cache = cache;
    this.clock = clock;
  }

  public static Fingerprints uncached() {
    return new Fingerprints(null, Clock.systemUTC());
  }

  /// Keeps its memory in a small file in `folder`, which is created if need be.
  public static Fingerprints cachedIn(Path folder) {
    return cachedIn(folder, Clock.systemUTC());
  }

  static Fingerprints cachedIn(Path folder, Clock clock) {
    return new Fingerprints(new FingerprintCache(folder), clock);
  }

  /// Where such a cache lies by custom: `$XDG_CACHE_HOME/mokume`, else `~/.cache/mokume`.
  ///
  /// @param environment usually [System#getenv()]
  public static Path defaultFolder(Map<String, String> environment) {
    String xdg = environment.getOrDefault("XDG_CACHE_HOME", "");
    // The specification says that a relative path is to be ignored.
    Path base =
        Path.of(xdg).isAbsolute()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("mokume");
  }

  /// The SHA-256 of all of `source`, in lower-case hexadecimal digits: at once if it is remembered,
  /// else computed by `executor` with about 2 MiB of memory. Cancelling the future stops the
  /// computation at the next MiB.
  ///
  /// The future fails with a [dev.mokume.error.MokumeException] if the source cannot be read or
  /// changes meanwhile.
  public CompletableFuture<String> sha256(ByteSource source, Executor executor) {
    Optional<String> remembered =
        cache == null ? Optional.empty() : key(source).flatMap(cache::find);
    if (remembered.isPresent()) {
      return CompletableFuture.completedFuture(remembered.get());
    }
    CompletableFuture<String> result = new CompletableFuture<>();
    try {
      executor.execute(() -> complete(result, source));
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  private void complete(CompletableFuture<String> result, ByteSource source) {
    try {
      result.complete(compute(source, result::isDone));
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private String compute(ByteSource source, BooleanSupplier cancelled) {
    long start = TimeUnit.MILLISECONDS.toNanos(clock.millis());
    Optional<FingerprintCache.Key> before = key(source);
    HashEvent event =
        FlightRecorder.isInitialized() ? HashEvent.begun(source.name(), source.size()) : null;
    String sha256 = digest(source, cancelled);
    if (event != null) {
      event.commit();
    }
    source.verifyUnchanged();
    if (cache != null
        && before.isPresent()
        && before.equals(key(source))
        && isOld(before.get(), start)) {
      cache.put(before.get(), sha256);
    }
    return sha256;
  }

  private static boolean isOld(FingerprintCache.Key key, long now) {
    return Math.max(key.identity().modifiedNanos(), key.changedNanos()) < now - YOUNG_NANOS;
  }

  private static Optional<FingerprintCache.Key> key(ByteSource source) {
    return source instanceof FileSource file
        ? FingerprintCache.Key.of(file.path(), file.identity())
        : Optional.empty();
  }

  private static String digest(ByteSource source, BooleanSupplier cancelled) {
    MessageDigest digest = sha256();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(Math.min(PIECE, source.size()));
      // Hashing native memory directly would go through pieces of 4 KiB.
      byte[] heap = new byte[(int) buffer.byteSize()];
      for (long offset = 0; offset < source.size(); ) {
        if (cancelled.getAsBoolean()) {
          throw new CancellationException();
        }
        int length = (int) Math.min(heap.length, source.size() - offset);
        source.read(offset, buffer.asSlice(0, length));
        MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, heap, 0, length);
        digest.update(heap, 0, length);
        offset += length;
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// The SHA-256 of a text in UTF-8, in hexadecimal digits.
  public static String of(String text) {
    return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
