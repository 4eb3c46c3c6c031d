package dev.mokume.event;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/// Where the time of a merge went, from the events that it made; of all merges of a recording, if
/// it has several.
///
/// Record one with [#recording()], or with any of the JDK's own ways (`-XX:StartFlightRecording`,
/// `jcmd`, JDK Mission Control): the events are on unless they are switched off.
///
/// @param threads workers of the merges, at the most
/// @param seconds of wall time: plans and merges
/// @param tensorSeconds of them, in which tensors were under way
/// @param bytesWritten of all outputs
/// @param parts by stage and pass; stages that took no time are not there
/// @param inputs how many bytes were read from each, by name
public record Profile(
    int threads,
    double seconds,
    double tensorSeconds,
    long bytesWritten,
    List<Part> parts,
    Map<String, Long> inputs) {
  private static final double NANOS = 1e9;

  private static final String PREFIX = "dev.mokume.";

  private static final List<String> EVENTS =
      List.of(
          "Plan", "Hash", "Read", "Compute", "Write", "Copy", "Spill", "Pass", "Sync", "Rename",
          "Merge");

  /// One stage, or one pass of it.
  ///
  /// @param pass from 1; 0 for stages that have no passes
  /// @param wallSeconds in which at least one thread was at it
  /// @param threadSeconds of all threads together
  /// @param bytes read, moved or written; 0 for stages that move none
  public record Part(Stage stage, int pass, double wallSeconds, double threadSeconds, long bytes) {
    /// Bytes a second of wall time; NaN if there were none.
    public double bytesPerSecond() {
      return bytes == 0 || wallSeconds == 0 ? Double.NaN : bytes / wallSeconds;
    }
  }

  public Profile {
    parts = List.copyOf(parts);
    inputs = Map.copyOf(inputs);
  }

  /// A recording of Mokume's events and no others, not yet started.
  public static Recording recording() {
    Recording recording = new Recording();
    EVENTS.forEach(name -> recording.enable(PREFIX + name).withoutThreshold().withoutStackTrace());
    return recording;
  }

  /// The sums over a recording's file. Takes 16 bytes of memory an event.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if it is no recording
  public static Profile of(Path recording) {
    Sums sums = new Sums();
    try (RecordingFile events = new RecordingFile(recording)) {
      while (events.hasMoreEvents()) {
        sums.add(events.readEvent());
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          recording + ": is no recording of Java Flight Recorder: " + Reason.of(e) + ".",
          e);
    }
    return sums.profile();
  }

  /// The seconds that threads spent on a stage, in all passes.
  public double threadSeconds(Stage stage) {
    return parts.stream()
        .filter(part -> part.stage() == stage)
        .mapToDouble(Part::threadSeconds)
        .sum();
  }

  /// The wall seconds of a stage, in all passes; passes of several tensors may overlap.
  public double wallSeconds(Stage stage) {
    return parts.stream()
        .filter(part -> part.stage() == stage)
        .mapToDouble(Part::wallSeconds)
        .sum();
  }

  /// The bytes of a stage, in all passes.
  public long bytes(Stage stage) {
    return parts.stream().filter(part -> part.stage() == stage).mapToLong(Part::bytes).sum();
  }

  /// The input that most was read from.
  public Optional<String> largestInput() {
    return inputs.entrySet().stream()
        .max(Map.Entry.<String, Long>comparingByValue().thenComparing(Map.Entry.comparingByKey()))
        .map(Map.Entry::getKey);
  }

  private record Place(Stage stage, int pass) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byStage = stage.compareTo(other.stage);
      return byStage == 0 ? Integer.compare(pass, other.pass) : byStage;
    }
  }

  private static final class Sums {
    private final Map<Place, Stretches> times = new TreeMap<>();
    private final Map<Place, Long> bytes = new HashMap<>();
    private final Map<String, Long> inputs = new HashMap<>();
    private final Stretches whole = new Stretches();
    private final Stretches tensors = new Stretches();
    private int threads;
    private long written;

    void add(RecordedEvent event) {
      switch (event.getEventType().getName()) {
        case PREFIX + "Plan" -> {
          add(new Place(Stage.PLAN, 0), event, 0);
          whole.add(start(event), end(event));
        }
        case PREFIX + "Hash" -> {
          add(new Place(Stage.HASH, 0), event, event.getLong("bytes"));
          // An update hashes before the merge begins.
          whole.add(start(event), end(event));
        }
        case PREFIX + "Read" -> {
          add(new Place(Stage.READ, event.getInt("pass")), event, event.getLong("bytes"));
          inputs.merge(event.getString("file"), event.getLong("bytes"), Long::sum);
        }
        case PREFIX + "Compute" ->
            add(new Place(Stage.COMPUTE, event.getInt("pass")), event, event.getLong("bytes"));
        case PREFIX + "Write" ->
            add(new Place(Stage.WRITE, event.getInt("pass")), event, event.getLong("bytes"));
        case PREFIX + "Copy" -> {
          add(new Place(Stage.COPY, 0), event, event.getLong("bytes"));
          inputs.merge(event.getString("file"), event.getLong("bytes"), Long::sum);
        }
        case PREFIX + "Spill" -> add(new Place(Stage.SPILL, 0), event, event.getLong("bytes"));
        case PREFIX + "Pass" -> tensors.add(start(event), end(event));
        case PREFIX + "Sync" -> add(new Place(Stage.SYNC, 0), event, event.getLong("bytes"));
        case PREFIX + "Rename" -> add(new Place(Stage.RENAME, 0), event, 0);
        case PREFIX + "Merge" -> {
          whole.add(start(event), end(event));
          threads = Math.max(threads, event.getInt("threads"));
          written += event.getLong("bytesWritten");
        }
        default -> {
          // Another program's.
        }
      }
    }

    private void add(Place place, RecordedEvent event, long moved) {
      times.computeIfAbsent(place, _ -> new Stretches()).add(start(event), end(event));
      bytes.merge(place, moved, Long::sum);
    }

    private static long start(RecordedEvent event) {
      return nanos(event.getStartTime());
    }

    private static long end(RecordedEvent event) {
      return nanos(event.getEndTime());
    }

    /// Since 1970, which a `long` holds until 2262.
    private static long nanos(Instant instant) {
      return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
    }

    Profile profile() {
      List<Part> parts =
          times.entrySet().stream()
              .map(entry ->
                  new Part(
                      entry.getKey().stage(),
                      entry.getKey().pass(),
                      entry.getValue().union() / NANOS,
                      entry.getValue().total() / NANOS,
                      bytes.getOrDefault(entry.getKey(), 0L)))
              .toList();
      return new Profile(
          threads, whole.union() / NANOS, tensors.union() / NANOS, written, parts, inputs);
    }
  }
}
