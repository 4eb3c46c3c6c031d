package dev.mokume.internal.engine;

import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// How the engine runs. None of it changes the bytes that come out.
///
/// @param threads workers, at least 1
/// @param tileElements the most elements a tile has
/// @param memory bytes of native memory for all buffers together
/// @param executor runs the workers; threads of our own if null
/// @param spillFolder where values go that do not fit the memory
/// @param cancelled asked between tiles
/// @param progress told how many of the jobs' output bytes' worth of work was done since the last
///   call
public record EngineSettings(
    int threads,
    int tileElements,
    long memory,
    @Nullable Executor executor,
    Path spillFolder,
    BooleanSupplier cancelled,
    LongConsumer progress) {}
