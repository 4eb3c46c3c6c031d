package dev.mokume.lowrank;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.internal.threads.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Does jobs side by side within a budget: as many threads as there is memory for, and the largest
/// jobs first, since the last ones to finish decide when all is done.
final class JobQueue {
  /// Problems that are told by name.
  private static final int SHOWN = 20;

  private final List<Job> jobs;
  private final RunSettings settings;
  private final Map<String, Problem> problems = new ConcurrentHashMap<>();

  JobQueue(List<? extends Job> jobs, RunSettings settings) {
    this.jobs = new ArrayList<>(jobs);
    this.jobs.sort(Comparator.comparingLong(Job::size).reversed().thenComparing(Job::tensor));
    this.settings = settings;
  }

  /// @throws MokumeException with every problem found
  void run() {
    if (jobs.isEmpty()) {
      return;
    }
    int threads = threads();
    long most = jobs.stream().mapToLong(Job::mostMemory).max().orElseThrow();
    long share = Math.min(settings.memory() / threads, most);
    AtomicInteger next = new AtomicInteger();
    Workers.run(
        threads,
        "mokume-lora",
        failed -> {
          try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(share, 64);
            for (int i = next.getAndIncrement();
                i < jobs.size() && !failed.isPresent();
                i = next.getAndIncrement()) {
              run(jobs.get(i), memory);
            }
          }
        });
    if (!problems.isEmpty()) {
      throw new MokumeException(shown());
    }
  }

  private int threads() {
    Job greediest = jobs.stream().max(Comparator.comparingLong(Job::leastMemory)).orElseThrow();
    long threads =
        Math.min(
            Math.min(settings.threads(), jobs.size()), settings.memory() / greediest.leastMemory());
    if (threads < 1) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor %s needs %s of buffers at this rank, but the budget leaves %s; give more memory, or a smaller rank."
              .formatted(
                  Quoted.name(greediest.tensor()),
                  Amount.bytes(greediest.leastMemory()),
                  Amount.bytes(settings.memory())));
    }
    return (int) threads;
  }

  private void run(Job job, MemorySegment memory) {
    if (settings.cancelled().getAsBoolean()) {
      throw new MokumeException(ErrorCode.CANCELLED, "Cancelled; no file was written.");
    }
    try {
      job.run(memory);
    } catch (MokumeException e) {
      if (e.code() != ErrorCode.NON_FINITE_WEIGHTS) {
        throw e;
      }
      // Others may have the same: all of them are told.
      problems.put(job.tensor(), e.problems().getFirst());
    }
  }

  private List<Problem> shown() {
    List<Problem> shown =
        new ArrayList<>(new TreeMap<>(problems).values().stream().limit(SHOWN).toList());
    if (problems.size() > SHOWN) {
      shown.add(
          new Problem(
              ErrorCode.NON_FINITE_WEIGHTS,
              "and " + (problems.size() - SHOWN) + " more tensors with such values."));
    }
    return shown;
  }
}
