package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import dev.mokume.sweep.Axis;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a merge tells Flight Recorder: as many bytes as it moves, and nothing that changes them.
class ProfileTest {
  /// Three tiles of the smallest size, in F16.
  private static final int COUNT = 3 * 4096;

  private static final long BYTES = 2 * COUNT;

  private static final Result HALF =
      SmallMerge.only(
          Component.OTHER,
          new Weights.Interpolate(
              Interpolation.LINEAR, A, B, new Ratio.Constant(0.5), Optional.empty()));

  @TempDir private Path folder;

  private SmallMerge merge;

  @BeforeEach
  void models() {
    merge = new SmallMerge(folder);
    merge.model("a", filled(1)).model("b", filled(3));
    merge.options =
        merge
            .options
            .withThreads(1)
            .withTileElements(4096)
            .withDurable(true)
            .withFingerprints(true);
  }

  private static SmallCheckpoint filled(float value) {
    float[] values = new float[COUNT];
    Arrays.fill(values, value);
    return new SmallCheckpoint()
        .with("w", DType.F16, Shape.of(COUNT), values)
        .withBytes("n", DType.I64, Shape.of(1), new byte[8]);
  }

  private MergeReport merge() {
    return Mokume.merge(merge.recipe(HALF), merge.output(), merge.options);
  }

  /// A file with what happens meanwhile.
  private Path recorded(Runnable work) {
    Path file = folder.resolve("merge.jfr");
    try (Recording recording = Profile.recording()) {
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  private static List<RecordedEvent> events(Path recording, String name) throws IOException {
    return RecordingFile.readAllEvents(recording).stream()
        .filter(event -> event.getEventType().getName().equals(name))
        .toList();
  }

  @Test
  void tellsOfEveryStripThatIsReadComputedAndWritten() throws IOException {
    Path recording = recorded(this::merge);
    String a = merge.models.get("a").toString();
    String b = merge.models.get("b").toString();
    String out = merge.output().toString();

    assertThat(events(recording, "dev.mokume.Read"))
        .extracting(
            event -> event.getString("tensor"),
            event -> event.getString("file"),
            event -> event.getInt("pass"),
            event -> event.getLong("bytes"))
        .containsExactlyInAnyOrder(
            tuple("w", a, 1, 8192L),
            tuple("w", a, 1, 8192L),
            tuple("w", a, 1, 8192L),
            tuple("w", b, 1, 8192L),
            tuple("w", b, 1, 8192L),
            tuple("w", b, 1, 8192L));
    assertThat(events(recording, "dev.mokume.Compute"))
        .extracting(
            event -> event.getString("tensor"),
            event -> event.getLong("elements"),
            event -> event.getLong("bytes"))
        .containsExactly(
            tuple("w", 4096L, 3 * 8192L),
            tuple("w", 4096L, 3 * 8192L),
            tuple("w", 4096L, 3 * 8192L));
    assertThat(events(recording, "dev.mokume.Write"))
        .extracting(
            event -> event.getString("tensor"),
            event -> event.getString("file"),
            event -> event.getLong("bytes"))
        .containsExactlyInAnyOrder(
            tuple("w", out, 8192L), tuple("w", out, 8192L), tuple("w", out, 8192L));
    assertThat(events(recording, "dev.mokume.Copy"))
        .extracting(
            event -> event.getString("tensor"),
            event -> event.getString("file"),
            event -> event.getLong("bytes"))
        .containsExactly(tuple("n", a, 8L));
    assertThat(events(recording, "dev.mokume.Pass"))
        .extracting(
            event -> event.getString("tensor"),
            event -> event.getInt("pass"),
            event -> event.getLong("elements"))
        .containsExactlyInAnyOrder(tuple("w", 1, (long) COUNT), tuple("n", 1, 1L));
  }

  @Test
  void tellsOfTheStepsAroundThem() throws IOException {
    Path recording = recorded(this::merge);
    long size = Files.size(merge.output());

    assertThat(events(recording, "dev.mokume.Plan"))
        .extracting(event -> event.getInt("outputs"))
        .containsExactly(1);
    Path a = merge.models.get("a");
    Path b = merge.models.get("b");
    // Files this young are always hashed anew.
    assertThat(events(recording, "dev.mokume.Hash"))
        .extracting(event -> event.getString("file"), event -> event.getLong("bytes"))
        .containsExactlyInAnyOrder(
            tuple(a.toString(), Files.size(a)), tuple(b.toString(), Files.size(b)));
    assertThat(events(recording, "dev.mokume.Sync"))
        .extracting(event -> event.getString("file"), event -> event.getLong("bytes"))
        .containsExactly(tuple(merge.output().toString(), size));
    assertThat(events(recording, "dev.mokume.Rename"))
        .extracting(event -> event.getInt("files"))
        .containsExactly(1);
    assertThat(events(recording, "dev.mokume.Merge"))
        .extracting(
            event -> event.getInt("outputs"),
            event -> event.getInt("threads"),
            event -> event.getLong("bytesRead"),
            event -> event.getLong("bytesWritten"))
        .containsExactly(tuple(1, 1, 2 * BYTES + 8, size));
  }

  /// Its inputs are hashed between two steps of the plan, and long before the merge begins.
  @Test
  void tellsOfAnUpdateHowItIsPlanned() throws IOException {
    merge();
    MergeOutput same = new MergeOutput(merge.recipe(HALF), merge.output());
    Path recording = recorded(() -> Mokume.update(same, MergeMethods.installed(), merge.options));

    List<RecordedEvent> plans = events(recording, "dev.mokume.Plan");
    assertThat(plans).extracting(event -> event.getInt("outputs")).containsExactly(1, 1);
    Instant from = plans.get(0).getEndTime();
    Instant to = plans.get(1).getStartTime();
    // Files this young are remembered by no cache, and yet the merge does not hash them again.
    assertThat(events(recording, "dev.mokume.Hash"))
        .hasSize(2)
        .allMatch(hash -> !hash.getStartTime().isBefore(from) && !hash.getEndTime().isAfter(to));
    Profile profile = Profile.of(recording);
    assertThat(profile.seconds())
        .isGreaterThanOrEqualTo(
            profile.wallSeconds(Stage.PLAN) + profile.wallSeconds(Stage.HASH) - 1e-6);
  }

  /// The first one's plan tells how many go together, and is theirs too.
  @Test
  void tellsOfASweepThatEachVariantIsPlannedOnce() throws IOException {
    Sweep sweep =
        Sweep.of(
            merge.recipe(HALF),
            List.of(Axis.parse("alpha=0.25,0.5,0.75")),
            MergeMethods.installed(),
            Sweep.USUAL_MOST);

    assertThat(planned(() -> Mokume.plan(sweep, folder, merge.options))).containsExactly(1, 2);
    assertThat(planned(() -> Mokume.sweep(sweep, folder, SweepOptions.defaults(), merge.options)))
        .containsExactly(1, 2);
  }

  /// Of how many outputs plans were made.
  private List<Integer> planned(Runnable work) throws IOException {
    return events(recorded(work), "dev.mokume.Plan").stream()
        .map(event -> event.getInt("outputs"))
        .toList();
  }

  @Test
  void addsThemUp() {
    Profile profile = Profile.of(recorded(this::merge));

    assertThat(profile.threads()).isEqualTo(1);
    assertThat(profile.bytes(Stage.READ)).isEqualTo(2 * BYTES);
    assertThat(profile.bytes(Stage.COPY)).isEqualTo(8);
    assertThat(profile.bytes(Stage.COMPUTE)).isEqualTo(3 * BYTES);
    assertThat(profile.bytes(Stage.WRITE)).isEqualTo(BYTES);
    assertThat(profile.parts())
        .extracting(Profile.Part::stage)
        .contains(Stage.PLAN, Stage.READ, Stage.COMPUTE, Stage.WRITE, Stage.SYNC, Stage.RENAME)
        .isSorted();
    assertThat(profile.largestInput()).contains(merge.models.get("a").toString());
  }

  /// What is rescaled to its own range needs that first, and its inputs stay in memory meanwhile.
  @Test
  void tellsPassesApart() {
    Result bislerp =
        SmallMerge.only(
            Component.OTHER,
            new Weights.Interpolate(
                Interpolation.BISLERP, A, B, new Ratio.Constant(0.5), Optional.empty()));

    Profile profile =
        Profile.of(
            recorded(() -> Mokume.merge(merge.recipe(bislerp), merge.output(), merge.options)));

    assertThat(profile.parts().stream().filter(part -> part.pass() > 0))
        .extracting(Profile.Part::stage, Profile.Part::pass, Profile.Part::bytes)
        .containsExactly(
            tuple(Stage.READ, 1, 2 * BYTES),
            tuple(Stage.COMPUTE, 1, 2 * BYTES),
            tuple(Stage.COMPUTE, 2, 3 * BYTES),
            tuple(Stage.WRITE, 2, BYTES));
  }

  @Test
  void changesNoByte() throws IOException {
    merge();
    byte[] without = Files.readAllBytes(merge.output());

    recorded(this::merge);

    assertThat(Files.readAllBytes(merge.output())).isEqualTo(without);
  }

  @Test
  void refusesAFileThatIsNoRecording() throws IOException {
    Path file = Files.writeString(folder.resolve("x.jfr"), "not a recording, though long enough");

    assertThatThrownBy(() -> Profile.of(file))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREADABLE_INPUT))
        .hasMessageStartingWith(file + ": is no recording of Java Flight Recorder: ");
  }
}
