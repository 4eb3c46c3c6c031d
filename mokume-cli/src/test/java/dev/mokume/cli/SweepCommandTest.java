package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SweepCommandTest {
  @TempDir private Path folder;

  private Path a;
  private Path b;
  private Path out;

  @BeforeEach
  void models() {
    a = TinyCheckpoint.stableDiffusion(3, 4).write(folder.resolve("a.safetensors"));
    b = TinyCheckpoint.stableDiffusion(4, -3).write(folder.resolve("b.safetensors"));
    out = folder.resolve("out");
  }

  private Run sweep(Object... arguments) {
    return Run.of(
        Stream.concat(
                Stream.of("sweep", "--method", "weighted-sum", a, b, "-o", out),
                Stream.of(arguments))
            .toArray());
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(out)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void tellsOfEachResultHowFarItIsFromTheModels() throws IOException {
    Run run = sweep("--vary", "alpha=0,0.5,1", "--sample", 1);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    // (3, 4), (3.5, 0.5), (4, -3): |x - A| is 0, sqrt(12.5), sqrt(50); |A| and |B| are 5.
    assertThat(run.out())
        .startsWith(
            """
            A  %s
            B  %s

            result     |x-A|/|A|  changed  opposed  |x-B|/|B|  changed  opposed  file
            alpha=0      0.00000    0.0 %%    0.0 %%    1.41421  100.0 %%   50.0 %%  written
            alpha=0.5    0.70711  100.0 %%    0.0 %%    0.70711  100.0 %%   50.0 %%  written
            alpha=1      1.41421  100.0 %%   50.0 %%    0.00000    0.0 %%    0.0 %%  written

            3 results, all written, in \
            """
                .formatted(a, b))
        .endsWith("; distances are of all elements\n");
    assertThat(files())
        .containsExactly(
            "alpha=0.5.safetensors", "alpha=0.safetensors", "alpha=1.safetensors", "sweep.jsonl");
  }

  @Test
  void aRecipeIsVariedToo() throws IOException {
    Path recipe = folder.resolve("recipe.yaml");
    Files.writeString(
        recipe,
        """
        mokume: 1
        models: {first: a.safetensors, second: b.safetensors}
        output:
          all: {weighted_sum: {a: first, b: second, alpha: 0.5}}
        """);

    Run run =
        Run.of(
            "sweep",
            recipe,
            "--vary",
            "weighted_sum.alpha=0.1,0.9",
            "-o",
            out,
            "--write",
            "most:1",
            "--by",
            "changed:first",
            "--sample",
            1);

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("weighted_sum.alpha=0.1").contains("2 results, 1 of them");
    assertThat(files()).containsExactly("sweep.jsonl", "weighted_sum.alpha=0.1.safetensors");
  }

  @Test
  void goesOnWithWhatIsMissing() {
    sweep("--vary", "alpha=0,0.5", "--sample", 1);

    assertThat(sweep("--vary", "alpha=0,0.5,1", "--sample", 1).out())
        .contains("was there\nalpha=0.5", "was there\nalpha=1", "  written\n")
        .contains("3 results, 1 of them written");
  }

  @Test
  void jsonHasEveryBlock() {
    assertThat(
            sweep(
                    "--vary",
                    "alpha=0.5",
                    "--sample",
                    1,
                    "--metrics-only",
                    "--by",
                    "distance:B",
                    "--json")
                .out())
        .startsWith(
            "{\"sample\":1.0,\"metric\":\"distance:B\",\"variants\":[{\"name\":\"alpha=0.5\","
                + "\"values\":{\"alpha\":0.5},\"metric\":0.7071067811865475,\"written\":false,"
                + "\"distances\":[{\"model\":\"A\",\"tensors\":5,\"elements\":10,")
        .contains("\"components\":[{\"component\":\"unet\",\"tensors\":2,\"elements\":4,")
        .contains("{\"component\":\"unet\",\"block\":\"IN01\",\"tensors\":1,");
  }

  @Test
  void dryRunListsTheResultsAndTouchesNothing() {
    Run run = sweep("--vary", "alpha=0,1", "--dry-run");

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .startsWith(
            "Results\n  "
                + out.resolve("alpha=0.safetensors")
                + "\n  "
                + out.resolve("alpha=1.safetensors")
                + "\n\nWork\n  results  2, 2 at once\n")
        .contains(" in 1 run over the models, of 1 pass at most\n");
    assertThat(out).doesNotExist();
  }

  @Test
  void drawsTheMetric() throws IOException {
    Path picture = folder.resolve("grid.png");
    Run run =
        sweep("--vary", "alpha=0,0.5,1", "--metrics-only", "--sample", 1, "--picture", picture);

    assertThat(run.out()).endsWith("wrote " + picture + "\n");
    assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
  }

  @Test
  void aPictureIsAPngAndNeverTakesAModelsPlace() throws IOException {
    byte[] before = Files.readAllBytes(a);
    Run run = sweep("--vary", "alpha=0,1", "--metrics-only", "--picture", a);

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .isEqualTo(
            "mokume: "
                + a
                + ": a picture is drawn as PNG; give --picture a name that ends in .png.\n");
    assertThat(a).hasBinaryContent(before);
    assertThat(out).doesNotExist();
  }

  @Test
  void aPictureOfTooManyResultsIsRefusedBeforeTheyAreMade() {
    Run run =
        sweep(
            "--vary",
            "alpha=0..1:0.00005",
            "--most-variants",
            30_000,
            "--metrics-only",
            "--picture",
            folder.resolve("grid.png"));

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .isEqualTo(
            "mokume: --picture shows at most 10,000 results, but 20,001 are asked for; vary fewer"
                + " values, or leave --picture out.\n");
  }

  @Test
  void tellsWhatIsWrongWithTheOptions() {
    Run run =
        sweep(
            "--vary",
            "alpha",
            "--vary",
            "seed=x",
            "--sample",
            2,
            "--metrics-only",
            "--write",
            "all");

    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err())
        .contains("'alpha' does not say what to vary")
        .contains("'seed' cannot be 'x'")
        .contains("--sample must be a share above 0 and at most 1 but was 2.0; 1 is everything.")
        .contains("--metrics-only writes nothing: leave --write out, or --metrics-only.");
    assertThat(sweep("--vary", "alhpa=1").err())
        .contains("the recipe has no number 'alhpa'; did you mean 'alpha'? It has 'alpha'.");
    assertThat(sweep("--vary", "alpha=1", "--write", "some").err())
        .contains("--write: 'some' says nothing; write all, none, best:3 or most:3.");
    assertThat(sweep("--vary", "alpha=1", "--max-shard", "1GB").err())
        .contains(
            "--max-shard does not go with a sweep, where each result is one file, so that many are"
                + " made at once of one reading. Sweep without it, and divide the results that you"
                + " keep: mokume convert RESULT.safetensors FOLDER --max-shard 1GB\n");
    assertThat(sweep("--vary", "alpha=0..1:0.1", "--most-variants", 10).err())
        .contains("11 variants are asked for, but at most 10 are made");
    assertThat(out).doesNotExist();
  }

  @Test
  void whatIsInTheFoldersPlaceIsToldOnce() {
    out = a;
    assertThat(sweep("--vary", "alpha=0.2,0.4").err())
        .isEqualTo(
            "mokume: " + a + ": is a file, but the output is a folder; choose another name.\n");
  }
}
