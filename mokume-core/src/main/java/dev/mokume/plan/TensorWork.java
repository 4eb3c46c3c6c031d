package dev.mokume.plan;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.StoredTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A task, what it reads and how often.
///
/// @param reads the bytes of its inputs, each once
/// @param passes over them
record TensorWork(TensorTask task, List<ByteRange> reads, int passes) {
  TensorWork {
    // Shorter than a set, of which there would be tens of thousands.
    reads = List.copyOf(reads);
  }

  /// @param inputs the stored tensors that the task reads
  static TensorWork of(TensorTask task, Set<StoredTensor> inputs, int passes) {
    return new TensorWork(
        task, inputs.stream().map(StoredTensor::range).distinct().toList(), passes);
  }

  /// The bytes of its inputs, read once.
  long readBytes() {
    return reads.stream().mapToLong(ByteRange::fetched).sum();
  }

  /// What its inputs take in memory.
  long heldBytes() {
    return reads.stream().mapToLong(ByteRange::length).sum();
  }

  /// What the largest takes in memory of those that go over their inputs more than once.
  static long largestHeld(List<TensorWork> works) {
    return works.stream()
        .filter(work -> work.passes > 1)
        .mapToLong(TensorWork::heldBytes)
        .max()
        .orElse(0);
  }

  /// Elements can be worked on together if they are as many and come of the same bytes.
  private record Meeting(long count, ByteRange bytes) {}

  /// Those that go over their inputs more than once.
  static List<Repetition> repetitions(List<TensorWork> works) {
    return works.stream()
        .filter(work -> work.passes > 1)
        .map(work -> new Repetition(work.heldBytes(), work.passes))
        .toList();
  }

  /// Makes one of those that read the same bytes element by element, so that these are read once.
  /// Each stands where its first part stood.
  static List<TensorWork> joined(List<TensorWork> works) {
    int[] leader = new int[works.size()];
    Map<Meeting, Integer> met = new HashMap<>();
    for (int i = 0; i < leader.length; i++) {
      leader[i] = i;
      TensorWork work = works.get(i);
      for (ByteRange bytes : work.reads) {
        if (bytes.length() > 0) {
          Integer other = met.putIfAbsent(new Meeting(work.task.count(), bytes), i);
          unite(leader, i, other == null ? i : other);
        }
      }
    }
    Map<Integer, List<TensorWork>> groups = new LinkedHashMap<>();
    for (int i = 0; i < leader.length; i++) {
      groups.computeIfAbsent(leaderOf(leader, i), _ -> new ArrayList<>()).add(works.get(i));
    }
    return groups.values().stream().map(TensorWork::together).toList();
  }

  private static void unite(int[] leader, int a, int b) {
    int first = leaderOf(leader, a);
    int second = leaderOf(leader, b);
    leader[Math.max(first, second)] = Math.min(first, second);
  }

  private static int leaderOf(int[] leader, int work) {
    int last = work;
    while (leader[last] != last) {
      leader[last] = leader[leader[last]];
      last = leader[last];
    }
    return last;
  }

  private static TensorWork together(List<TensorWork> works) {
    TensorWork first = works.getFirst();
    if (works.size() == 1) {
      return first;
    }
    Set<ByteRange> reads = new LinkedHashSet<>();
    works.forEach(work -> reads.addAll(work.reads));
    return new TensorWork(
        new TensorTask(
            first.task.tensor(),
            first.task.count(),
            works.stream().flatMap(work -> work.task.writes().stream()).toList(),
            works.stream().flatMap(work -> work.task.measures().stream()).toList()),
        List.copyOf(reads),
        works.stream().mapToInt(TensorWork::passes).max().orElse(0));
  }
}
