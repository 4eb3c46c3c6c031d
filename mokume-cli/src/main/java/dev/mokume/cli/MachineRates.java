package dev.mokume.cli;

import dev.mokume.checkpoint.DirectIo;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// What this machine can do at the most, in bytes a second, measured in a fraction of a second.
///
/// @param copying how many bytes all threads together move from memory into a buffer, or out of it;
///   NaN if it was not measured
/// @param hashing how many bytes one thread hashes; NaN if it was not measured
/// @param reading how many bytes the disk gives; NaN if it was not measured
record MachineRates(double copying, double hashing, double reading) {
  /// Where there is nothing to compare them with.
  static final MachineRates UNKNOWN = new MachineRates(Double.NaN, Double.NaN, Double.NaN);

  /// More than caches hold, and within what a merge gives back when it ends.
  private static final long REGION = 32L << 20;

  /// As the engine's strips.
  private static final int STRIP = 1 << 18;

  private static final int COPIES = 6;
  private static final int HASHES = 32;
  private static final int PIECE = 4 << 20;
  private static final long MOST_READ = 512L << 20;
  private static final long LONGEST_NANOS = 400_000_000;

  /// Those that a merge may be bound by; of a plan none.
  ///
  /// @param disk whether to measure the disk, by reading the input that most was read from past the
  ///   page cache
  static MachineRates measure(Profile profile, boolean disk) {
    if (profile.threads() == 0) {
      return UNKNOWN;
    }
    return new MachineRates(
        measureCopying(profile.threads()),
        profile.bytes(Stage.HASH) > 0 ? measureHashing() : Double.NaN,
        disk
            ? profile.largestInput().map(MachineRates::measureReading).orElse(Double.NaN)
            : Double.NaN);
  }

  /// Each thread copies strips of its part of one region into a buffer, and on into another region.
  private static double measureCopying(int threads) {
    try (Arena arena = Arena.ofShared()) {
      long part = REGION / threads / STRIP * STRIP;
      if (part == 0) {
        part = STRIP;
      }
      List<Callable<Void>> copies = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        MemorySegment from = arena.allocate(part, 4096);
        MemorySegment buffer = arena.allocate(STRIP, 4096);
        MemorySegment to = arena.allocate(part, 4096);
        copies.add(() -> {
          copy(from, buffer, to);
          return null;
        });
      }
      double best = 0;
      try (ExecutorService workers = Executors.newFixedThreadPool(threads)) {
        for (int i = 0; i < COPIES; i++) {
          long start = System.nanoTime();
          for (var done : workers.invokeAll(copies)) {
            done.get();
          }
          best = Math.max(best, 2.0 * part * threads / (System.nanoTime() - start) * 1e9);
        }
      }
      return best;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Double.NaN;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void copy(MemorySegment from, MemorySegment buffer, MemorySegment to) {
    for (long at = 0; at < from.byteSize(); at += STRIP) {
      buffer.copyFrom(from.asSlice(at, STRIP));
      to.asSlice(at, STRIP).copyFrom(buffer);
    }
  }

  private static double measureHashing() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] piece = new byte[1 << 20];
      double best = 0;
      for (int i = 0; i < HASHES; i++) {
        long start = System.nanoTime();
        digest.update(piece);
        best = Math.max(best, piece.length / ((System.nanoTime() - start) / 1e9));
      }
      return best;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static double measureReading(String input) {
    try {
      Path file = Path.of(input);
      int block = Math.toIntExact(Files.getFileStore(file).getBlockSize());
      ByteBuffer piece = ByteBuffer.allocateDirect(PIECE + block).alignedSlice(block).limit(PIECE);
      try (FileChannel channel = DirectIo.open(file, StandardOpenOption.READ)) {
        long most = Math.min(channel.size() / PIECE * PIECE, MOST_READ);
        long start = System.nanoTime();
        long done = 0;
        while (done < most && System.nanoTime() - start < LONGEST_NANOS) {
          piece.clear().limit(PIECE);
          done += channel.read(piece, done);
        }
        return done == 0 ? Double.NaN : done / ((System.nanoTime() - start) / 1e9);
      }
    } catch (IOException | InvalidPathException | UnsupportedOperationException e) {
      // An address, or a file system that has a page cache only.
      return Double.NaN;
    }
  }
}
