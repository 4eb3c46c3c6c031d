package dev.mokume;

import dev.mokume.internal.engine.MergeEngine;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// How a merge is run. Nothing here changes the weights that come out.
///
/// @param threads worker threads, at least 1
/// @param tileElements elements a tile, a multiple of 4,096; what is read, computed and written at
///   a time
/// @param memory bytes of buffers that the engine may take (the process's budget less what the JVM
///   needs itself)
/// @param overwrite whether an existing output may be replaced
/// @param nonFinite what to do about NaN and infinity in what is computed
/// @param durable whether the output is forced to disk before it gets its name
/// @param fingerprints whether the inputs' SHA-256 go into the output's metadata
/// @param strict whether what is skipped of an input is a problem, where otherwise a note tells of
///   it
/// @param executor runs the workers; threads of our own if null
/// @param listener told of progress
/// @param cancellation asked between tiles
public record MergeOptions(
    int threads,
    int tileElements,
    long memory,
    boolean overwrite,
    NonFinite nonFinite,
    boolean durable,
    boolean fingerprints,
    boolean strict,
    @Nullable Executor executor,
    MergeListener listener,
    Cancellation cancellation) {
  /// What to do about NaN and infinity in what is computed.
  public enum NonFinite {
    /// The merge fails and names the tensors.
    REFUSE,
    /// They are written as they are, and the tensors are named in a warning.
    WARN
  }

  public MergeOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1 but was " + threads);
    }
    if (tileElements < 4096 || tileElements % 4096 != 0) {
      throw new IllegalArgumentException(
          "tileElements must be a positive multiple of 4096 but was " + tileElements);
    }
  }

  /// As many threads as processors, tiles of 256 Ki elements, 256 MiB of buffers, nothing
  /// overwritten.
  public static MergeOptions defaults() {
    return new MergeOptions(
        Runtime.getRuntime().availableProcessors(),
        1 << 18,
        256L << 20,
        false,
        NonFinite.REFUSE,
        true,
        true,
        false,
        null,
        MergeListener.NONE,
        new Cancellation());
  }

  /// What can be held of a tensor's inputs between passes: what the workers' own buffers leave of
  /// the memory.
  public long heldBytes() {
    return MergeEngine.heldBytes(memory, threads, tileElements);
  }

  public MergeOptions withThreads(int value) {
    return new MergeOptions(
        value,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withTileElements(int value) {
    return new MergeOptions(
        threads,
        value,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withMemory(long value) {
    return new MergeOptions(
        threads,
        tileElements,
        value,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withOverwrite(boolean value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        value,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withNonFinite(NonFinite value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        value,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withDurable(boolean value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        value,
        fingerprints,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withFingerprints(boolean value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        value,
        strict,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withStrict(boolean value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        value,
        executor,
        listener,
        cancellation);
  }

  public MergeOptions withExecutor(Executor value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        value,
        listener,
        cancellation);
  }

  public MergeOptions withListener(MergeListener value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        value,
        cancellation);
  }

  public MergeOptions withCancellation(Cancellation value) {
    return new MergeOptions(
        threads,
        tileElements,
        memory,
        overwrite,
        nonFinite,
        durable,
        fingerprints,
        strict,
        executor,
        listener,
        value);
  }
}
