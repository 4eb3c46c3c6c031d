package dev.mokume.checkpoint;

import dev.mokume.checkpoint.AtomicFileOutput.Options;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.event.RenameEvent;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.FlightRecorder;

/// Files that appear together: each is an [AtomicFileOutput], and none gets its name before all are
/// complete and on the disk.
///
/// A file system renames one file at a time. What can be known beforehand is checked before the
/// first; if a later one fails all the same, those that came before are taken away again, except
/// where they have replaced an older file, which is gone. A signal waits for the renames.
///
/// An index of shards comes after its shards. One that is replaced goes before the first of them
/// gets its name, so that at no time an index stands over shards of two sets; and what is left of
/// the older shards goes last. The disk is told of these steps one by one, so that it is the same
/// after the power has failed; a signal waits for that too. Who may do what with the older set may
/// do it with the new one, however many shards it has.
public final class AtomicFileSet implements AutoCloseable {
  /// A file of the set.
  public record Target(Path path, long size) {}

  private static final int SHOWN = 3;

  private final List<AtomicFileOutput> files = new ArrayList<>();
  private final List<Target> targets;
  private final Options options;

  private AtomicFileSet(List<Target> targets, Options options) {
    this.targets = List.copyOf(targets);
    this.options = options;
  }

  /// Everything that speaks against writing the files, without writing any: what speaks against one
  /// of them, two of one name, a disk that has no room for all. Empty if nothing does.
  public static List<Problem> problems(List<Target> targets, Options options) {
    Set<Problem> problems = new LinkedHashSet<>();
    Map<FileStore, List<OutputTarget>> byStore = new LinkedHashMap<>();
    Map<FileStore, Long> sizes = new LinkedHashMap<>();
    for (Target target : targets) {
      OutputTarget place = OutputTarget.of(target.path());
      problems.addAll(place.placeProblems(options));
      place
          .store()
          .ifPresent(store -> {
            byStore.computeIfAbsent(store, _ -> new ArrayList<>()).add(place);
            sizes.merge(store, target.size(), AtomicFileSet::plus);
          });
    }
    for (Target target : targets) {
      List<Path> older = olderShards(target, targets);
      older.forEach(
          shard -> OutputTarget.of(shard).sameAsInput(options.inputs()).ifPresent(problems::add));
      if (!older.isEmpty() && !options.replaceExisting()) {
        problems.add(
            new Problem(
                ErrorCode.UNWRITABLE_OUTPUT,
                target.path()
                    + ": shards of another set of that name lie beside it, "
                    + Quoted.list(
                        older.stream().map(shard -> String.valueOf(shard.getFileName())).toList(),
                        SHOWN)
                    + "; choose another name, or allow them to be replaced with --force."));
      }
    }
    problems.addAll(clashes(targets.stream().map(Target::path).toList()));
    byStore.forEach((store, places) ->
        OutputTarget.spaceProblem(places, sizes.getOrDefault(store, 0L)).ifPresent(problems::add));
    return List.copyOf(problems);
  }

  /// Shards that are there for an index, and are none of the set's own.
  private static List<Path> olderShards(Target target, List<Target> targets) {
    Set<Path> own = new HashSet<>();
    targets.forEach(each -> own.add(OutputTarget.of(each.path()).place()));
    return Checkpoints.shardsThere(target.path()).stream()
        .filter(shard -> !own.contains(OutputTarget.of(shard).place()))
        .toList();
  }

  /// A sum that stays the largest number once it is.
  private static long plus(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  /// A problem for each path that names the same file as one before it.
  public static List<Problem> clashes(List<Path> paths) {
    Set<Path> taken = new LinkedHashSet<>();
    Set<Problem> problems = new LinkedHashSet<>();
    for (Path path : paths) {
      if (!taken.add(OutputTarget.of(path).place())) {
        problems.add(
            new Problem(
                ErrorCode.UNWRITABLE_OUTPUT,
                path + ": two outputs would be written there; give each a name of its own."));
      }
    }
    return List.copyOf(problems);
  }

  /// Begins all of them.
  ///
  /// @throws MokumeException with every problem of [#problems], before anything is written
  public static AtomicFileSet create(List<Target> targets, Options options) {
    List<Problem> problems = problems(targets, options);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    AtomicFileSet set = new AtomicFileSet(targets, options);
    try {
      for (Target target : targets) {
        set.files.add(
            AtomicFileOutput.create(
                target.path(), target.size(), options, access(target.path(), targets)));
      }
      return set;
    } catch (RuntimeException e) {
      set.close();
      throw e;
    }
  }

  /// Of the file that is replaced; of a shard with a new name, of the set that is.
  private static Optional<Access> access(Path file, List<Target> targets) {
    Stream<Path> older =
        targets.stream()
            .map(Target::path)
            .filter(index -> index.equals(file) || Checkpoints.isShard(file, index))
            .flatMap(
                index -> Stream.concat(Stream.of(index), Checkpoints.shardsThere(index).stream()));
    return Stream.concat(Stream.of(file), older)
        .flatMap(path -> Access.of(OutputTarget.of(path).file()).stream())
        .findFirst();
  }

  /// Where the bytes go, in the order of the targets. Only the set commits them.
  public List<AtomicFileOutput> files() {
    return List.copyOf(files);
  }

  /// Gives all files their names, in order.
  ///
  /// @throws MokumeException if that fails, or if something has taken one of the names
  public void commit() {
    files.forEach(AtomicFileOutput::seal);
    List<Problem> problems = files.stream().flatMap(file -> file.occupied().stream()).toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    RenameEvent event = FlightRecorder.isInitialized() ? RenameEvent.begun(files.size()) : null;
    PendingOutputs.undisturbed(this::rename);
    files.forEach(AtomicFileOutput::forceFolder);
    if (event != null) {
      event.commit();
    }
  }

  private void rename() {
    // A signal may have taken them; then nothing that is there may be touched.
    files.forEach(AtomicFileOutput::requireOpen);
    List<Path> older =
        options.replaceExisting()
            ? targets.stream().flatMap(target -> olderShards(target, targets).stream()).toList()
            : List.of();
    for (int i = 0; i < files.size(); i++) {
      if (isIndex(i)) {
        takeAway(files.get(i).file());
        files.get(i).forceFolder();
      }
    }
    List<Path> appeared = new ArrayList<>();
    try {
      for (int i = 0; i < files.size(); i++) {
        AtomicFileOutput file = files.get(i);
        if (isIndex(i)) {
          file.forceFolder();
        }
        boolean isNew = !Files.exists(file.file());
        file.rename();
        if (isNew) {
          appeared.add(file.file());
        }
      }
    } catch (RuntimeException e) {
      appeared.forEach(AtomicFileSet::takeAway);
      throw e;
    }
    older.forEach(AtomicFileSet::takeAway);
  }

  /// Whether a file is the index of others, which lie in its folder.
  private boolean isIndex(int file) {
    return Checkpoints.isIndex(targets.get(file).path());
  }

  private static void takeAway(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      System.getLogger(AtomicFileSet.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0} does not belong to what was written, and could not be deleted: {1}",
              file,
              e);
    }
  }

  /// Gives up what was not committed.
  @Override
  public void close() {
    files.forEach(AtomicFileOutput::close);
  }
}
