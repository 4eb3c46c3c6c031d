package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.AtomicFileOutput.Options;
import dev.mokume.checkpoint.AtomicFileSet.Target;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that appear together or not at all.
class AtomicFileSetTest {
  private static final Options NEW = Options.defaults();
  private static final Options REPLACE = NEW.replaceExisting(true);

  @TempDir Path folder;

  private Path first;
  private Path second;
  private List<Target> both;

  @BeforeEach
  void names() {
    first = folder.resolve("first");
    second = folder.resolve("second");
    both = List.of(new Target(first, 1), new Target(second, 1));
  }

  private AtomicFileSet written(Options options) {
    AtomicFileSet set = AtomicFileSet.create(both, options);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocateFrom(ValueLayout.JAVA_BYTE, (byte) '!');
      set.files().forEach(file -> file.write(0, part));
    }
    return set;
  }

  private List<String> files() throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void theyAppearAtTheEnd() throws IOException {
    try (AtomicFileSet set = written(NEW)) {
      assertThat(set.files()).extracting(ByteSink::name).containsExactly(first + "", second + "");
      assertThat(first).doesNotExist();
      assertThat(second).doesNotExist();
      set.commit();
    }
    assertThat(first).hasContent("!");
    assertThat(second).hasContent("!");
    assertThat(files()).containsExactly("first", "second");
  }

  @Test
  void withoutACommitNothingIsLeft() throws IOException {
    Files.writeString(second, "old");
    written(REPLACE).close();
    assertThat(second).hasContent("old");
    assertThat(files()).containsExactly("second");
  }

  @Test
  void aNameThatWasTakenMeanwhileStopsAll() throws IOException {
    try (AtomicFileSet set = written(NEW)) {
      Files.writeString(second, "somebody else's");
      assertThatThrownBy(set::commit)
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              second
                  + ": exists already; choose another name, or allow it to be replaced with"
                  + " --force.");
    }
    assertThat(second).hasContent("somebody else's");
    assertThat(files()).containsExactly("second");
  }

  /// What nobody can know beforehand; here somebody deletes a temporary file.
  @Test
  void theFirstIsTakenAwayIfTheSecondFails() throws IOException {
    try (AtomicFileSet set = written(NEW)) {
      Path temporary =
          folder.resolve(
              files().stream()
                  .filter(file -> file.startsWith(".second"))
                  .findFirst()
                  .orElseThrow());
      Files.delete(temporary);
      assertThatThrownBy(set::commit)
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              second
                  + ": completing the file (of 1 bytes) failed: its temporary file '"
                  + temporary
                  + "' is not there any more. Run again, and let nothing remove it or its folder"
                  + " meanwhile.");
    }
    assertThat(files()).isEmpty();
  }

  @Test
  void everyProblemOfEveryFileIsTold() throws IOException {
    Files.writeString(first, "old");
    Path missing = folder.resolve("missing/third");
    List<Target> targets =
        List.of(new Target(first, 1), new Target(missing, 1), new Target(second, 1));

    assertThat(AtomicFileSet.problems(targets, NEW))
        .extracting(Problem::message)
        .containsExactly(
            first
                + ": exists already; choose another name, or allow it to be replaced with"
                + " --force.",
            missing + ": there is no folder '" + missing.getParent() + "'; create it first.");
    assertThatThrownBy(() -> AtomicFileSet.create(targets, NEW))
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.problems()).hasSize(2));
    assertThat(files()).containsExactly("first");
  }

  @Test
  void twoOfOneNameHoweverItIsSpelt() {
    Path again = folder.resolve("../" + folder.getFileName() + "/./first");

    assertThat(AtomicFileSet.clashes(List.of(first, second, again)))
        .containsExactly(
            new Problem(
                ErrorCode.UNWRITABLE_OUTPUT,
                again + ": two outputs would be written there; give each a name of its own."));
    assertThat(AtomicFileSet.problems(List.of(new Target(first, 1), new Target(again, 1)), NEW))
        .hasSize(1);
  }

  /// Each would fit alone.
  @Test
  void theDiskNeedsRoomForAllOfThem() throws IOException {
    long usable = Files.getFileStore(folder).getUsableSpace();
    Files.writeString(second, "old");
    long size = usable / 4 * 3;
    List<Target> targets = List.of(new Target(first, size), new Target(second, size));

    assertThat(AtomicFileSet.problems(targets, REPLACE))
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.code()).isEqualTo(ErrorCode.NO_SPACE);
          assertThat(problem.message())
              .startsWith(first + " and 1 other file: need together ")
              .contains("(" + 2 * size + " bytes), but '" + folder + "' has ")
              .endsWith(
                  " free (files that are replaced stay until the new ones are complete); free some"
                      + " space or choose a folder on another disk.");
        });
    assertThat(AtomicFileSet.problems(List.of(new Target(first, size)), NEW)).isEmpty();
  }

  // Sets of shards

  private Path named(String name) {
    return folder.resolve(name);
  }

  private List<Target> shards(int count) {
    List<Target> targets = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      targets.add(new Target(named("m-0000" + i + "-of-0000" + count + ".safetensors"), 1));
    }
    targets.add(new Target(named("m.safetensors.index.json"), 1));
    return targets;
  }

  @Test
  void shardsOfAnOlderSetGoOnceTheNewOnesAreThere() throws IOException {
    for (Target target : shards(3)) {
      Files.writeString(target.path(), "old");
    }
    both = shards(2);
    try (AtomicFileSet set = written(REPLACE)) {
      assertThat(named("m-00003-of-00003.safetensors")).hasContent("old");
      set.commit();
    }
    assertThat(files())
        .containsExactly(
            "m-00001-of-00002.safetensors",
            "m-00002-of-00002.safetensors",
            "m.safetensors.index.json");
    assertThat(named("m.safetensors.index.json")).hasContent("!");
  }

  @Test
  void aPrivateSetStaysPrivateHoweverManyShardsItHas() throws IOException {
    for (Target target : shards(3)) {
      Files.writeString(target.path(), "old");
      Files.setPosixFilePermissions(target.path(), PosixFilePermissions.fromString("rw-------"));
    }
    both = shards(2);
    both.add(new Target(first, 1));
    Files.writeString(first, "old");
    Files.setPosixFilePermissions(first, PosixFilePermissions.fromString("rw-r--r--"));
    try (AtomicFileSet set = written(REPLACE)) {
      set.commit();
    }
    assertThat(permissions())
        .containsExactly(
            "first rw-r--r--",
            "m-00001-of-00002.safetensors rw-------",
            "m-00002-of-00002.safetensors rw-------",
            "m.safetensors.index.json rw-------");
  }

  /// An index that somebody has deleted.
  @Test
  void shardsWithoutAnIndexSayWhoMayReadTheNewSet() throws IOException {
    Path shard = Files.writeString(named("m-00001-of-00001.safetensors"), "old");
    Files.setPosixFilePermissions(shard, PosixFilePermissions.fromString("rw-------"));
    both = shards(2);
    try (AtomicFileSet set = written(REPLACE)) {
      set.commit();
    }
    assertThat(permissions())
        .containsExactly(
            "m-00001-of-00002.safetensors rw-------",
            "m-00002-of-00002.safetensors rw-------",
            "m.safetensors.index.json rw-------");
  }

  private List<String> permissions() throws IOException {
    List<String> permissions = new ArrayList<>();
    for (String file : files()) {
      permissions.add(
          file + " " + PosixFilePermissions.toString(Files.getPosixFilePermissions(named(file))));
    }
    return permissions;
  }

  /// Of shards of the same names, some would be the new set's and some the old one's.
  @Test
  void noIndexStandsOverShardsOfTwoSets() throws IOException {
    for (Target target : shards(2)) {
      Files.writeString(target.path(), "old");
    }
    both = shards(2);
    try (AtomicFileSet set = written(REPLACE)) {
      for (String file : files()) {
        if (file.startsWith(".m-00002")) {
          Files.delete(named(file));
        }
      }
      assertThatThrownBy(set::commit).isInstanceOf(MokumeException.class);
    }
    assertThat(named("m-00001-of-00002.safetensors")).hasContent("!");
    assertThat(named("m-00002-of-00002.safetensors")).hasContent("old");
    assertThat(named("m.safetensors.index.json")).doesNotExist();
  }

  @Test
  void aSignalLeavesTheOlderSetAsItWas() throws IOException {
    for (Target target : shards(2)) {
      Files.writeString(target.path(), "old");
    }
    both = shards(1);
    try (AtomicFileSet set = written(REPLACE.durable(false))) {
      PendingOutputs.removeAll();
      assertThatThrownBy(set::commit).isInstanceOf(MokumeException.class);
    }
    assertThat(files()).hasSize(3);
    assertThat(named("m.safetensors.index.json")).hasContent("old");
  }

  @Test
  void shardsThatCameMeanwhileStayIfNothingMayBeReplaced() throws IOException {
    both = shards(1);
    try (AtomicFileSet set = written(NEW)) {
      Files.writeString(named("m-00002-of-00002.safetensors"), "somebody else's");
      set.commit();
    }
    assertThat(named("m-00002-of-00002.safetensors")).hasContent("somebody else's");
    assertThat(named("m.safetensors.index.json")).hasContent("!");
  }

  @Test
  void anOlderShardMayBeAnInput() throws IOException {
    Path input = Files.writeString(named("m-00003-of-00003.safetensors"), "old");

    assertThat(AtomicFileSet.problems(shards(2), REPLACE.inputs(List.of(input))))
        .extracting(Problem::message)
        .containsExactly(
            input
                + ": is the same file as the input "
                + input
                + ", and an input is never written over; choose another name for the output.");
  }

  @Test
  void aSignalTakesAllOfThem() throws IOException {
    try (AtomicFileSet set = written(NEW)) {
      assertThat(PendingOutputs.removeAll()).isEqualTo(2);
      assertThatThrownBy(set::commit)
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
    }
    assertThat(files()).isEmpty();
  }
}
