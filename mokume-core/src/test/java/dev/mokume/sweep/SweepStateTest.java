package dev.mokume.sweep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a sweep knows, from one run to the next.
class SweepStateTest {
  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void file() {
    file = folder.resolve("sweep.jsonl");
  }

  private SweepState open() {
    return SweepState.open(folder, "of this recipe", 16, false);
  }

  /// Two blocks of each of two models.
  private static List<Distance> distances(double difference) {
    SequencedMap<Block, Distance.Part> blocks = new TreeMap<>();
    blocks.put(
        new Block(Component.UNET, "IN00"), new Distance.Part(2, 100, difference, 4, 90, 80, 7));
    blocks.put(
        new Block(Component.UNET, "OUT11"), new Distance.Part(1, 50, 0.1, Double.NaN, 0, 0, 0));
    return List.of(new Distance("a", blocks), new Distance("b", blocks));
  }

  @Test
  void isALineForTheRecipeAndOneForEachVariant() throws IOException {
    SweepState state = open();
    state.put("seed=1", distances(0.25));
    state.write();

    assertThat(Files.readString(file))
        .isEqualTo(
            """
            {"mokume_sweep":2,"recipe":"of this recipe","sample":16}
            {"variant":"seed=1","distances":[\
            ["a","unet","IN00",2,100,0.25,4.0,90,80,7],["a","unet","OUT11",1,50,0.1,null,0,0,0],\
            ["b","unet","IN00",2,100,0.25,4.0,90,80,7],["b","unet","OUT11",1,50,0.1,null,0,0,0]]}
            """);
    assertThat(open().distances("seed=1")).contains(distances(0.25));
    assertThat(open().distances("seed=2")).isEmpty();
  }

  /// What is there is not written again: somebody has the end of the file only.
  @Test
  void whatIsNewIsAddedAtItsEnd() throws IOException {
    SweepState state = open();
    state.write();
    state.put("seed=1", distances(1));
    state.write();
    Files.writeString(file, Files.readString(file).replace("seed=1", "seed=7"));

    state.put("seed=2", distances(2));
    state.write();

    SweepState read = open();
    assertThat(read.distances("seed=1")).isEmpty();
    assertThat(read.distances("seed=7")).contains(distances(1));
    assertThat(read.distances("seed=2")).contains(distances(2));
  }

  @Test
  void aLineThatAKilledSweepWroteHalfIsNotThere() throws IOException {
    SweepState state = open();
    state.put("seed=1", distances(1));
    state.write();
    String whole = Files.readString(file);
    // Longer than the pieces in which the end of the last line is looked for.
    String half = "{\"variant\":\"" + "x".repeat(20_000);
    Files.write(file, half.getBytes(UTF_8), StandardOpenOption.APPEND);

    SweepState read = open();
    assertThat(read.distances("seed=1")).contains(distances(1));
    read.write();
    assertThat(Files.readString(file)).isEqualTo(whole);
  }

  /// What lay in its place before may be of other inputs.
  @Test
  void aFileIsOfThisSweepOnceItIsNoLongerWhatItWas() throws IOException {
    SweepState state = open();
    state.begin("seed=1", "");
    state.begin("seed=2", "100 7");
    state.write();

    assertThat(Files.readString(file))
        .isEqualTo(
            """
            {"mokume_sweep":2,"recipe":"of this recipe","sample":16}
            {"writes":"seed=1","over":""}
            {"writes":"seed=2","over":"100 7"}
            """);
    SweepState read = open();
    assertThat(read.hasWritten("seed=1", "")).isFalse();
    assertThat(read.hasWritten("seed=1", "100 8")).isTrue();
    assertThat(read.hasWritten("seed=2", "100 7")).isFalse();
    assertThat(read.hasWritten("seed=2", "100 8")).isTrue();
    assertThat(read.hasWritten("seed=3", "100 8")).isFalse();
    assertThat(read.mayWrite("seed=2", "100 7")).isTrue();
    assertThat(read.mayWrite("seed=2", "100 8")).isFalse();
    assertThat(read.mayWrite("seed=3", "100 7")).isFalse();
    assertThat(read.mayWrite("seed=3", "")).isTrue();
  }

  @Test
  void distancesOverAnotherSampleAreForgotten() throws IOException {
    SweepState state = open();
    state.put("seed=1", distances(1));
    state.write();

    SweepState other = SweepState.open(folder, "of this recipe", 4, false);
    assertThat(other.distances("seed=1")).isEmpty();
    other.write();
    assertThat(Files.readString(file))
        .isEqualTo("{\"mokume_sweep\":2,\"recipe\":\"of this recipe\",\"sample\":4}\n");
  }

  @Test
  void aFileThatHasNotEvenARecipeIsDamaged() throws IOException {
    Files.writeString(file, "{\"mokume_sweep\":2");

    assertThatThrownBy(this::open)
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT))
        .hasMessage(
            file
                + ": has no whole line. Begin the sweep anew with --force, or write to another"
                + " folder.");
  }

  @Test
  void isNotWrittenWhereItHasBeenTakenAway() throws IOException {
    SweepState state = open();
    state.write();
    Files.delete(file);
    state.put("seed=1", distances(1));

    assertThatThrownBy(state::write)
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.IO_FAILED))
        .hasMessage(
            file
                + ": cannot be added to (there is no file or folder '"
                + file
                + "'). What was whole by then stays, and the same sweep goes on from there.");
  }
}
