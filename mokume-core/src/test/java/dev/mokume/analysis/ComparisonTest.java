package dev.mokume.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.Cancellation;
import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.analysis.Comparison.Row;
import dev.mokume.analysis.Comparison.Unmeasured;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TinyCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.engine.EngineSettings;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {
  private static final Path WEIGHTS = Path.of("..", "samples", "weights");
  private static final MergeOptions OPTIONS = MergeOptions.defaults().withThreads(1);

  @TempDir Path folder;

  @Test
  void comparesTheWeightsThemselvesWithoutABase() {
    Path a = new TinyCheckpoint().f32("layers.0.weight", 3, 4, 0, -1).write(file("a"));
    Path b = new TinyCheckpoint().f32("layers.0.weight", 3, 0, 5, 1).write(file("b"));

    Comparison comparison = Mokume.diff(a, b, null, OPTIONS);

    Row row = comparison.rows().getFirst();
    assertThat(comparison.rows()).hasSize(1);
    assertThat(row.component()).isEqualTo(Component.OTHER);
    assertThat(row.block()).isEqualTo("layers.0");
    assertThat(row.tensors()).isEqualTo(1);
    assertThat(row.elements()).isEqualTo(4);
    // b - a = (0, -4, 5, 2)
    assertThat(row.relativeDelta()).isEqualTo(Math.sqrt(45) / Math.sqrt(26));
    assertThat(row.cosine()).isEqualTo(8 / Math.sqrt(26.0 * 35.0));
    // The first and the last element have a sign in both.
    assertThat(row.signAgreement()).isEqualTo(0.5);
    assertThat(row.changed()).isEqualTo(0.75);
  }

  @Test
  void comparesTaskVectorsWithABase() {
    Path base = new TinyCheckpoint().f32("layers.0.weight", 1, 1, 1, 1).write(file("base"));
    Path a = new TinyCheckpoint().f32("layers.0.weight", 2, 0, 1, 4).write(file("a"));
    Path b = new TinyCheckpoint().f32("layers.0.weight", 3, 2, 1, 1).write(file("b"));

    Row row = Mokume.diff(a, b, base, OPTIONS).rows().getFirst();

    // a - base = (1, -1, 0, 3), b - base = (2, 1, 0, 0), b - a = (1, 2, 0, -3)
    assertThat(row.relativeDelta()).isEqualTo(Math.sqrt(14) / Math.sqrt(21));
    assertThat(row.cosine()).isEqualTo(1 / Math.sqrt(11.0 * 5.0));
    assertThat(row.signAgreement()).isEqualTo(0.5);
    assertThat(row.changed()).isEqualTo(0.75);
  }

  @Test
  void addsUpTheTensorsOfABlockAndTheBlocksOfAComponent() {
    Path a =
        new TinyCheckpoint()
            .f32("layers.0.weight", 1, 0)
            .f32("layers.0.bias", 2)
            .f32("layers.1.weight", 2)
            .write(file("a"));
    Path b =
        new TinyCheckpoint()
            .f32("layers.0.weight", 1, 1)
            .f32("layers.0.bias", 2)
            .f32("layers.1.weight", 5)
            .write(file("b"));

    Comparison comparison = Mokume.diff(a, b, null, OPTIONS);

    assertThat(comparison.rows())
        .containsExactly(
            new Row(
                Component.OTHER, "layers.0", 2, 3, 1 / Math.sqrt(5), 5 / Math.sqrt(30), 1, 1 / 3.0),
            new Row(Component.OTHER, "layers.1", 1, 1, 1.5, 1, 1, 1));
    assertThat(comparison.components())
        .containsExactly(
            new Row(
                Component.OTHER, "", 3, 4, Math.sqrt(10) / 3, 15 / Math.sqrt(9.0 * 31.0), 1, 0.5));
  }

  @Test
  void equalValuesAreEqualWhateverTheirDtype() {
    Path a = new TinyCheckpoint().f32("w.0", 0.1f, 1, -2).write(file("a"));
    Path b = new TinyCheckpoint().f16("w.0", 0.1f, 1, -2).write(file("b"));
    Path same = new TinyCheckpoint().f16("w.0", 0.5f, 1, -2).write(file("same"));
    Path wide = new TinyCheckpoint().f32("w.0", 0.5f, 1, -2).write(file("wide"));

    // 0.1 is another number in F16.
    assertThat(Mokume.diff(a, b, null, OPTIONS).rows().getFirst().changed()).isEqualTo(1 / 3.0);
    assertThat(Mokume.diff(same, wide, null, OPTIONS).rows())
        .containsExactly(new Row(Component.OTHER, "w.0", 1, 3, 0, 1, 1, 0));
  }

  @Test
  void theSmallestDifferenceCounts() {
    Path a = new TinyCheckpoint().f32("w.0", Float.MIN_VALUE, Float.MIN_VALUE).write(file("a"));
    Path b = new TinyCheckpoint().f32("w.0", Float.MIN_VALUE, 2 * Float.MIN_VALUE).write(file("b"));

    assertThat(Mokume.diff(a, b, null, OPTIONS).rows().getFirst().changed()).isEqualTo(0.5);
  }

  @Test
  void zerosHaveNoDirection() {
    Path a = new TinyCheckpoint().f32("w.0", 0, -0f).f32("w.1", 0).write(file("a"));
    Path b = new TinyCheckpoint().f32("w.0", -0f, 0).f32("w.1", 1).write(file("b"));

    assertThat(Mokume.diff(a, b, null, OPTIONS).rows())
        .containsExactly(
            new Row(Component.OTHER, "w.0", 1, 2, 0, Double.NaN, Double.NaN, 0),
            new Row(
                Component.OTHER, "w.1", 1, 1, Double.POSITIVE_INFINITY, Double.NaN, Double.NaN, 1));
  }

  @Test
  void listsWhatCannotBeCompared() {
    Path a =
        new TinyCheckpoint()
            .f32("w.0", 1)
            .f32("gone", 1)
            .f32("matrix", Shape.of(2, 1), 1, 2)
            .i64("ids", 0, 1)
            .i64("other_ids", 0, 1)
            .i64("became_float", 7)
            .tensor("empty", DType.F32, Shape.of(0, 4))
            .write(file("a"));
    Path b =
        new TinyCheckpoint()
            .f32("w.0", 1)
            .f32("new", 1)
            .f32("matrix", Shape.of(1, 2), 1, 2)
            .i64("ids", 0, 1)
            .i64("other_ids", 0, 2)
            .f32("became_float", 7)
            .tensor("empty", DType.F32, Shape.of(0, 4))
            .write(file("b"));

    Comparison comparison = Mokume.diff(a, b, null, OPTIONS);

    assertThat(comparison.onlyInFirst()).containsExactly("gone");
    assertThat(comparison.onlyInSecond()).containsExactly("new");
    assertThat(comparison.otherShape()).containsExactly("matrix: [2, 1] against [1, 2]");
    assertThat(comparison.unmeasured())
        .containsExactlyInAnyOrder(
            new Unmeasured("became_float", "I64 against F32"),
            new Unmeasured("other_ids", "I64, and the bytes differ"));
    assertThat(comparison.rows()).extracting(Row::tensors).containsExactly(1);
  }

  @Test
  void whatTheBaseLacksIsListed() {
    Path base =
        new TinyCheckpoint().f32("w.0", 1).f32("w.1", 1, 2).i64("w.2", 1).write(file("base"));
    Path a =
        new TinyCheckpoint()
            .f32("w.0", 1)
            .f32("w.1", 1)
            .f32("w.2", 1)
            .f32("w.3", 1)
            .write(file("a"));

    Comparison comparison = Mokume.diff(a, a, base, OPTIONS);

    assertThat(comparison.rows()).extracting(Row::block).containsExactly("w.0");
    assertThat(comparison.unmeasured())
        .containsExactly(
            new Unmeasured("w.1", "the base has it in shape [2]"),
            new Unmeasured("w.2", "the base has it as I64"),
            new Unmeasured("w.3", "the base lacks it"));
  }

  @Test
  void brokenValuesSpoilNoRow() {
    Path a =
        new TinyCheckpoint()
            .f32("w.0", 1, Float.NaN)
            .f32("w.1", Float.POSITIVE_INFINITY)
            .f32("w.2", 1)
            .write(file("a"));
    Path b =
        new TinyCheckpoint()
            .f32("w.0", 1, 1)
            .f32("w.1", Float.POSITIVE_INFINITY)
            .f32("w.2", 3)
            .write(file("b"));

    Comparison comparison = Mokume.diff(a, b, null, OPTIONS);

    assertThat(comparison.rows())
        .containsExactly(new Row(Component.OTHER, "w.2", 1, 1, 2, 1, 1, 1));
    assertThat(comparison.unmeasured())
        .containsExactly(
            new Unmeasured("w.0", "NaN or infinite values"),
            new Unmeasured("w.1", "NaN or infinite values"));
  }

  @Test
  void threadsAndTilesChangeNothing() {
    Path a =
        new TinyCheckpoint()
            .f32("w.0", random(1, 30_001))
            .f32("w.1", random(2, 9_000))
            .write(file("a"));
    Path b =
        new TinyCheckpoint()
            .f32("w.0", random(3, 30_001))
            .f32("w.1", random(4, 9_000))
            .write(file("b"));

    Comparison one = Mokume.diff(a, b, null, OPTIONS);
    Comparison many = Mokume.diff(a, b, null, OPTIONS.withThreads(3).withTileElements(4096));

    assertThat(many).isEqualTo(one);
  }

  @Test
  void everyElementIsReadOnce() {
    Path a = new TinyCheckpoint().f32("w.0", random(1, 30_001)).write(file("a"));
    Path b = new TinyCheckpoint().f16("w.0", random(2, 30_001)).write(file("b"));
    Path base = new TinyCheckpoint().f32("w.0", random(3, 30_001)).write(file("base"));
    try (Checkpoint first = Checkpoints.open(a);
        Checkpoint second = Checkpoints.open(b);
        Checkpoint from = Checkpoints.open(base)) {
      MergeEngine engine =
          new MergeEngine(
              new EngineSettings(1, 8192, 64 << 20, null, folder, () -> false, _ -> {}));

      engine.run(Comparison.prepare(first, second, Optional.of(from)).tasks(), List.of());

      assertThat(engine.bytesRead()).isEqualTo(length(first) + length(second) + length(from));
    }
  }

  @Test
  void tellsItsProgress() {
    Path a = new TinyCheckpoint().f32("w.0", random(1, 30_001)).write(file("a"));
    AtomicLong last = new AtomicLong();
    AtomicLong all = new AtomicLong();
    MergeListener listener =
        new MergeListener() {
          @Override
          public void progressed(long done, long total) {
            last.set(done);
            all.set(total);
          }
        };

    Mokume.diff(a, a, null, OPTIONS.withTileElements(4096).withListener(listener));

    // What is read: two times 30,001 elements of F32.
    assertThat(all.get()).isEqualTo(240_008);
    assertThat(last.get()).isEqualTo(240_008);
  }

  @Test
  void canBeCancelled() {
    Path a = new TinyCheckpoint().f32("w.0", 1).write(file("a"));
    Cancellation cancellation = new Cancellation();
    cancellation.cancel();

    assertThatThrownBy(() -> Mokume.diff(a, a, null, OPTIONS.withCancellation(cancellation)))
        .isInstanceOf(MokumeException.class)
        .hasMessageContaining("cancelled");
  }

  @Test
  void strangersHaveNothingToCompare() {
    Path a = new TinyCheckpoint().f32("encoder.0", 1).write(file("a"));
    Path b = new TinyCheckpoint().f32("decoder.0", 1).write(file("b"));

    assertThatThrownBy(() -> Mokume.diff(a, b, null, OPTIONS))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            b
                + " has no tensor of the same name as one of "
                + a
                + ": there is nothing to compare. Compare checkpoints of one family.");
  }

  @Test
  void quantisedWeightsAreRefused() {
    Path a = new TinyCheckpoint().f32("w.0", 1).write(file("a"));
    Path b = new TinyCheckpoint().f32("w.0", 1).f32("w.0.scale_weight", 2).write(file("b"));

    assertThatThrownBy(() -> Mokume.diff(a, b, null, OPTIONS))
        .isInstanceOf(MokumeException.class)
        .hasMessageStartingWith(b + ": holds scaled 8-bit weights");
  }

  @Test
  void scaledWeightsAreComparedByTheirValues() {
    Path a =
        new SmallCheckpoint()
            .with("w.weight", DType.F8_E4M3, Shape.of(2), 1, 2)
            .with("w.scale_weight", Shape.of(), 0.5f)
            .write(file("a"));
    Path b = new SmallCheckpoint().with("w.weight", 0.5f, 1).write(file("b"));

    Comparison compared = Mokume.diff(a, b, null, OPTIONS);

    assertThat(compared.components().getFirst().changed()).isZero();
    assertThat(compared.onlyInFirst()).isEmpty();
  }

  @Test
  void tellsEveryFileThatCannotBeOpened() {
    assertThatThrownBy(() -> Mokume.diff(file("a"), file("b"), file("c"), OPTIONS))
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.problems()).hasSize(3));
  }

  @Test
  void realModelsOfOneFamily() {
    Path base = WEIGHTS.resolve("realcugan-up2x-no-denoise.safetensors");
    Path once = WEIGHTS.resolve("realcugan-up2x-denoise1x.safetensors");
    Path thrice = WEIGHTS.resolve("realcugan-up2x-denoise3x.safetensors");

    Row near = Mokume.diff(base, once, null, OPTIONS).components().getFirst();
    Row far = Mokume.diff(base, thrice, null, OPTIONS).components().getFirst();
    Row vectors = Mokume.diff(once, thrice, base, OPTIONS).components().getFirst();

    assertThat(near.tensors()).isEqualTo(60);
    assertThat(near.elements()).isEqualTo(1_284_598);
    assertThat(near.cosine()).isCloseTo(0.96, within(0.005));
    assertThat(far.cosine()).isCloseTo(0.72, within(0.005));
    assertThat(vectors.cosine()).isBetween(0.0, near.cosine());
  }

  private Path file(String name) {
    return folder.resolve(name + ".safetensors");
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return values;
  }

  private static long length(Checkpoint checkpoint) {
    return checkpoint.tensors().values().stream().mapToLong(StoredTensor::length).sum();
  }
}
