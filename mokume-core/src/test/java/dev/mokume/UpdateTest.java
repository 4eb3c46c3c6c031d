package dev.mokume;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Version;
import dev.mokume.event.Profile;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An output that is brought to another recipe: the bytes of a merge of that recipe, and nothing
/// computed that is the same in both.
class UpdateTest {
  private static final String IN = "model.diffusion_model.input_blocks.1.0.in_layers.2.weight";
  private static final String MIDDLE = "model.diffusion_model.middle_block.0.in_layers.2.weight";
  private static final String BIAS = "model.diffusion_model.middle_block.0.in_layers.2.bias";
  private static final String TEXT =
      "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
  private static final String DECODER = "first_stage_model.decoder.conv_in.weight";
  private static final List<String> ALL = List.of(IN, MIDDLE, BIAS, TEXT, DECODER);

  private static final String MODELS =
      "mokume: 1\nmodels: {a: a.safetensors, b: b.safetensors, c: c.safetensors}\n";

  @TempDir Path folder;

  private final MergeOptions options =
      MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(16 << 20);

  private Path out;
  private Path anew;

  @BeforeEach
  void models() {
    model("a", 1);
    model("b", 2);
    model("c", 3);
    out = folder.resolve("out.safetensors");
    anew = folder.resolve("anew").resolve("out.safetensors");
  }

  private void model(String name, int seed) {
    model(seed).write(folder.resolve(name + ".safetensors"));
  }

  private static SmallCheckpoint model(int seed) {
    return new SmallCheckpoint()
        .with(IN, DType.F16, Shape.of(100, 50), values(seed, 5000))
        .with(MIDDLE, DType.BF16, Shape.of(90, 50), values(seed + 1, 4500))
        .with(BIAS, DType.F16, Shape.of(90), values(seed + 2, 90))
        .with(TEXT, DType.F16, Shape.of(8, 8), values(seed + 3, 64))
        .with(DECODER, DType.F32, Shape.of(8, 8), values(seed + 4, 64));
  }

  private static float[] values(int seed, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = ((i + 31 * seed) * 7919 % 1001 - 500) / 1000f;
    }
    return values;
  }

  private Recipe recipe(String text) {
    return RecipeReader.read(MODELS + text, "the recipe", folder);
  }

  private void merge(String recipe) {
    Mokume.merge(recipe(recipe), out, options);
  }

  private MergePlan planUpdate(Recipe recipe) {
    return Mokume.planUpdate(new MergeOutput(recipe, out), MergeMethods.installed(), options);
  }

  private MergeReport update(Recipe recipe) {
    return Mokume.update(new MergeOutput(recipe, out), MergeMethods.installed(), options);
  }

  private static List<String> made(MergePlan plan) {
    return plan.tensors().stream()
        .filter(tensor -> tensor.treatment() != Treatment.KEPT)
        .map(tensor -> tensor.spec().name())
        .toList();
  }

  /// Brings the output to a recipe, which makes just these tensors anew.
  private void assertUpdated(Recipe recipe, String... made) throws IOException {
    MergePlan plan = planUpdate(recipe);
    assertThat(made(plan)).containsExactlyInAnyOrder(made);
    MergeReport report = update(recipe);
    assertThat(plan.writes()).isEqualTo(report.written());
    if (!plan.writes()) {
      assertThat(plan.readBytes()).isZero();
    }
    assertThat(made(report.plan())).containsExactlyInAnyOrder(made);
    assertIsMergeOf(recipe);
  }

  private void assertIsMergeOf(Recipe recipe) throws IOException {
    Files.createDirectories(anew.getParent());
    Mokume.merge(recipe, anew, options);
    assertThat(out).hasSameBinaryContentAs(anew);
  }

  private void assertUpdated(String from, String to, String... made) throws IOException {
    merge(from);
    assertUpdated(recipe(to), made);
  }

  /// Everything is computed, for that reason, and the result is right.
  private void assertAllMade(Recipe recipe, String reason) throws IOException {
    MergePlan plan = planUpdate(recipe);
    assertThat(made(plan)).hasSameSizeAs(plan.tensors());
    assertThat(plan.notes()).contains("everything is computed: " + reason);
    update(recipe);
    assertIsMergeOf(recipe);
  }

  private static String blend(double alpha) {
    return "output: {all: {weighted_sum: {a: a, b: b, alpha: " + alpha + "}}}\n";
  }

  // What is computed

  @Test
  void sameRecipeComputesNothing() throws IOException {
    assertUpdated(blend(0.5), blend(0.5));
    assertThat(update(recipe(blend(0.5))).plan().readBytes())
        .as("each tensor is copied once")
        .isEqualTo(2 * (5000 + 4500 + 90 + 64) + 4 * 64);
  }

  @Test
  void whatIsThereAlreadyIsLeftAlone() throws IOException {
    merge(blend(0.5));
    FileTime then = FileTime.fromMillis(0);
    Files.setLastModifiedTime(out, then);

    MergeReport report = update(recipe(blend(0.5)));

    assertThat(report.written()).isFalse();
    assertThat(report.bytesRead()).isZero();
    assertThat(report.output()).isEqualTo(out.toString());
    assertThat(Files.getLastModifiedTime(out)).isEqualTo(then);
    assertIsMergeOf(recipe(blend(0.5)));
  }

  @Test
  void whatDiffersInItsHeaderIsWrittenAnew() throws IOException {
    merge(blend(0.5));
    FileTime then = FileTime.fromMillis(0);
    Files.setLastModifiedTime(out, then);

    assertUpdated(recipe(blend(0.5) + "metadata: {modelspec.title: mine}\n"));

    assertThat(Files.getLastModifiedTime(out)).isNotEqualTo(then);
  }

  /// Once for the plan, and once for the header, whatever comes of it: files this young are not
  /// remembered.
  @Test
  void anInputIsHashedTwiceAtTheMost() throws IOException {
    merge(blend(0.5));
    Path file = folder.resolve("update.jfr");
    try (Recording recording = Profile.recording()) {
      recording.start();
      update(recipe(blend(0.5) + "metadata: {modelspec.title: mine}\n"));
      recording.stop();
      recording.dump(file);
    }

    assertThat(RecordingFile.readAllEvents(file))
        .filteredOn(event -> event.getEventType().getName().equals("dev.mokume.Hash"))
        .filteredOn(event -> event.getString("file").endsWith("a.safetensors"))
        .hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void shareOfOneBlock() throws IOException {
    String byName =
        "output: {all: {weighted_sum: {a: a, b: b, alpha: {patterns: {%s: 0.25, '*': 0.5}}}}}\n";
    assertUpdated(blend(0.5), byName.formatted("'*input_blocks.1.*'"), IN);
    assertUpdated(recipe(byName.formatted("'*middle_block.0.*'")), IN, MIDDLE, BIAS);
  }

  @Test
  void seedOfOneComponent() throws IOException {
    String dare =
        "output: {unet: {dare: {a: a, b: b, alpha: 1, seed: %d}},"
            + " clip: {dare: {a: a, b: b, alpha: 1, seed: 1}}}\n";
    assertUpdated(dare.formatted(1), dare.formatted(2), IN, MIDDLE, BIAS);
  }

  @Test
  void thresholdOfAMask() throws IOException {
    String masked =
        "masks: {large: {magnitude: {a: a, b: b, threshold: %s, select: above}}}\n"
            + "output: {unet: {weighted_sum: {a: a, b: b, alpha: 0.5, mask: large}}, clip: b}\n";
    assertUpdated(masked.formatted("0.5"), masked.formatted("0.75"), IN, MIDDLE, BIAS);
    assertUpdated(
        recipe(masked.formatted("{patterns: {'*in_layers.2.bias': 0.5, '*': 0.75}}")), BIAS);
  }

  @Test
  void dtypeOfAComponent() throws IOException {
    assertUpdated(blend(0.5), blend(0.5) + "dtype: {vae: bf16}\n", DECODER);
    assertUpdated(recipe(blend(0.5) + "dtype: {clip: f32, vae: bf16}\n"), TEXT);
  }

  @Test
  void anotherMethod() throws IOException {
    String methods = "output: {unet: {%s: {a: a, b: b, alpha: 0.5}}, vae: c}\n";
    assertUpdated(
        methods.formatted("weighted_sum"), methods.formatted("nuslerp"), IN, MIDDLE, BIAS);
  }

  @Test
  void tensorsLeftOutAndTakenIn() throws IOException {
    assertUpdated(blend(0.5), blend(0.5) + "exclude: ['*middle_block*']\n", MIDDLE, BIAS);
    assertUpdated(recipe(blend(0.5) + "exclude: ['*middle_block*.weight']\n"), BIAS);
    assertUpdated(recipe(blend(0.5) + "exclude: ['*middle_block*.weight']\nonly: [unet]\n"));
    assertUpdated(
        recipe(blend(0.5) + "exclude: ['*middle_block*.weight']\nonly: [unet, vae]\n"), DECODER);
  }

  @Test
  void metadataAreNoTensors() throws IOException {
    assertUpdated(blend(0.5), blend(0.5) + "metadata: {modelspec.title: Another}\n");
  }

  @Test
  void anotherNameForTheSame() throws IOException {
    merge(blend(0.5));
    Files.createDirectory(folder.resolve("moved"));
    Files.move(folder.resolve("b.safetensors"), folder.resolve("moved").resolve("bee.safetensors"));
    Recipe moved =
        RecipeReader.read(
            "mokume: 1\nmodels: {x: a.safetensors, y: moved/bee.safetensors}\n"
                + "output: {all: {weighted_sum: {a: x, b: y, alpha: 0.5}}}\n",
            "the recipe",
            folder);
    assertUpdated(moved);
  }

  @Test
  void modelInThePlaceOfAnother() throws IOException {
    model("d", 7);
    String baked = "output: {unet: {weighted_sum: {a: a, b: b, alpha: 0.5}}, vae: c}\n";
    merge(baked);
    Recipe other =
        RecipeReader.read(
            MODELS.replace("c.safetensors", "d.safetensors") + baked, "the recipe", folder);
    assertUpdated(other, DECODER);
  }

  @Test
  void numbersAboutOtherTensorsAreMeasuredWhereTheyAreNeeded() throws IOException {
    String normal =
        "output: {unet: {normalize: {model: {weighted_sum: {a: a, b: b, alpha:"
            + " {patterns: {'*input_blocks*': %s, '*': 0.5}}}}, reference: a, method: all}}}\n";
    assertUpdated(normal.formatted("0.5"), normal.formatted("0.25"), IN);
    String trimmed =
        "output: {unet: {add_delta: {base: c, delta: {sparse: {delta: {difference: {of: b, base:"
            + " c}}, keep: {of_model: {drop_rate: %s}}}}}}}\n";
    assertUpdated(trimmed.formatted("0.5"), trimmed.formatted("0.5"));
    assertUpdated(recipe(trimmed.formatted("0.75")), IN, MIDDLE, BIAS);
  }

  @Test
  void weightsWithScales() throws IOException {
    String scaled =
        "output: {all: {weighted_sum: {a: a, b: b, alpha: {patterns: {'*input_blocks*': %s, '*':"
            + " 0.5}}}}}\ndtype: {unet: f8_e4m3_scaled}\nrounding: {stochastic: %d}\n";
    assertUpdated(scaled.formatted(0.5, 1), scaled.formatted(0.5, 1));
    // A weight and its scale are made together.
    assertUpdated(recipe(scaled.formatted(0.25, 1)), IN, scale(IN));
    // Another draw rounds all weights of eight bits otherwise.
    assertUpdated(recipe(scaled.formatted(0.25, 2)), IN, scale(IN), MIDDLE, scale(MIDDLE));
    assertUpdated(recipe(scaled.formatted(0.25, 2).replace("f8_e4m3_scaled", "f16")), IN, MIDDLE);
  }

  private static String scale(String weight) {
    return weight.replace("weight", "weight_scale");
  }

  @Test
  void modelsWithScaledWeights() throws IOException {
    merge("output: {all: a}\ndtype: {unet: f8_e4m3_scaled}\n");
    Files.move(out, folder.resolve("d.safetensors"));
    String blend =
        "mokume: 1\nmodels: {d: d.safetensors, b: b.safetensors}\n"
            + "output: {all: {weighted_sum: {a: d, b: b, alpha: {patterns: {'*input_blocks*': %s,"
            + " '*': 0.5}}}}}\n";
    Recipe before = RecipeReader.read(blend.formatted(0.5), "the recipe", folder);
    Mokume.merge(before, out, options);
    assertUpdated(before);
    assertUpdated(RecipeReader.read(blend.formatted(0.25), "the recipe", folder), IN, scale(IN));
  }

  @Test
  void maskFiles() throws IOException {
    String mask = "mask: {magnitude: {a: a, b: b, threshold: {patterns: {%s: 0.5, '*': 0.25}}}}\n";
    assertUpdated(mask.formatted("'*input_blocks*'"), mask.formatted("'*.bias'"), IN, BIAS);
  }

  @Test
  void shards() throws IOException {
    Path index = folder.resolve("out.safetensors.index.json");
    MergeOutput before = new MergeOutput(recipe(blend(0.5)), index, 10_000);
    Mokume.merge(List.of(before), options);
    Recipe after = recipe(blend(0.5) + "exclude: ['*.bias']\n");
    MergeOutput output = new MergeOutput(after, index, 10_000);

    MergeReport report = Mokume.update(output, MergeMethods.installed(), options);

    assertThat(made(report.plan())).containsExactly(BIAS);
    Path other = Files.createDirectory(folder.resolve("anew"));
    MergeOutput whole = new MergeOutput(after, other.resolve(index.getFileName()), 10_000);
    Mokume.merge(List.of(whole), options);
    try (Stream<Path> files = Files.list(other)) {
      assertThat(files)
          .hasSize(4)
          .allSatisfy(
              file -> assertThat(folder.resolve(file.getFileName())).hasSameBinaryContentAs(file));
    }
  }

  @Test
  void shardsOfAnotherSize() throws IOException {
    Path index = folder.resolve("out.safetensors.index.json");
    Mokume.merge(List.of(new MergeOutput(recipe(blend(0.5)), index, 10_000)), options);

    MergeReport report =
        Mokume.update(
            new MergeOutput(recipe(blend(0.5)), index, 20_000), MergeMethods.installed(), options);

    assertThat(report.plan().notes())
        .containsExactly(
            "everything is computed: "
                + index
                + " is not as Mokume writes what its recipe makes: its shards had another greatest"
                + " size (--max-shard), or something has changed it since.");
  }

  // What is not known

  @Test
  void inputOverwritten() throws IOException {
    merge(blend(0.5));
    model("b", 9);
    assertAllMade(
        recipe(blend(0.5)),
        out + " was made of another b.safetensors than any that lies beside it or the models now.");
  }

  @Test
  void inputNamedAlikeElsewhere() throws IOException {
    merge(blend(0.5));
    Path other = Files.createDirectory(folder.resolve("other"));
    model(9).write(other.resolve("b.safetensors"));
    Recipe from =
        RecipeReader.read(
            MODELS.replace("b.safetensors", "other/b.safetensors") + blend(0.5),
            "the recipe",
            folder);
    assertUpdated(from, ALL.toArray(String[]::new));
    assertThat(planUpdate(from).notes()).isEmpty();
  }

  @Test
  void masksOfOneName() throws IOException {
    for (String each : List.of("one", "two")) {
      Mokume.merge(
          recipe(
              "mask: {random: {model: a, clear_share: 0.5, seed: %d}}\n"
                  .formatted(each.length() + each.charAt(0))),
          Files.createDirectory(folder.resolve(each)).resolve("m.safetensors"),
          options);
    }
    String masked =
        "output: {unet: {weighted_sum: {a: a, b: b, alpha: 0.5,"
            + " mask: {union: [{file: one/m.safetensors}, {file: two/m.safetensors}]}}}}\n";
    merge(masked);
    assertAllMade(
        recipe(masked),
        out + " says of other files that it was made of them than its recipe names.");
  }

  @Test
  void hashesLeftOut() throws IOException {
    Mokume.merge(recipe(blend(0.5)), out, options.withFingerprints(false));
    assertAllMade(recipe(blend(0.5)), out + " does not say which a.safetensors it was made of.");
  }

  @Test
  void hashesNotToBeTaken() {
    merge(blend(0.5));
    MergePlan plan =
        Mokume.planUpdate(
            new MergeOutput(recipe(blend(0.5)), out),
            MergeMethods.installed(),
            options.withFingerprints(false));
    assertThat(plan.notes())
        .containsExactly(
            "everything is computed: "
                + out
                + " is compared by the hashes of its files, which are not to be taken.");
  }

  /// Puts another text of the same length into the output's header.
  private void replace(String text, String other) throws IOException {
    String content = Files.readString(out, ISO_8859_1);
    assertThat(content).contains(text);
    assertThat(other).hasSameSizeAs(text);
    Files.writeString(out, content.replace(text, other), ISO_8859_1);
  }

  @Test
  void anotherVersion() throws IOException {
    merge(blend(0.5));
    String older = "0.0" + Version.current().substring(3);
    replace("\"" + Version.current() + "\"", "\"" + older + "\"");
    assertAllMade(
        recipe(blend(0.5)),
        out + " was written by Mokume " + older + ", and this is " + Version.current() + ".");
  }

  @Test
  void recipeNotReadable() throws IOException {
    merge(blend(0.5));
    replace("weighted_sum", "weighted-sum");
    MergePlan plan = planUpdate(recipe(blend(0.5)));
    assertThat(made(plan)).hasSameElementsAs(ALL);
    assertThat(plan.notes())
        .singleElement()
        .asString()
        .startsWith("everything is computed: the recipe in " + out + ":1:")
        .contains("'weighted-sum'");
  }

  /// A file from elsewhere says nothing about other places of this machine.
  @Test
  void recipeWithPaths() throws IOException {
    merge(blend(0.5));
    replace("\\\"c\\\": \\\"c.safetensors\\\"", "\\\"c\\\": \\\"/c.afetensors\\\"");
    assertThat(planUpdate(recipe(blend(0.5))).notes())
        .singleElement()
        .asString()
        .startsWith("everything is computed: the recipe in " + out)
        .contains(out + " names the files that it was made of otherwise than Mokume does.");
  }

  @Test
  void changedByAnotherProgram() throws IOException {
    merge(blend(0.5) + "metadata: {modelspec.title: Mine}\n");
    replace("\"modelspec.title\":\"Mine\"", "\"modelspec.title\":\"Your\"");
    assertAllMade(
        recipe(blend(0.5)),
        out + " is not as Mokume writes what its recipe makes: something has changed it since.");
  }

  // What is refused, and leaves everything as it was

  @Test
  void nothingThere() {
    assertThatThrownBy(() -> update(recipe(blend(0.5))))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            out + ": there is no such file, so there is nothing to bring up to date; merge anew.")
        .extracting(e -> ((MokumeException) e).code())
        .isEqualTo(ErrorCode.UNREADABLE_INPUT);
  }

  /// Whoever names the wrong file does not lose it.
  @Test
  void aMaskDoesNotBecomeACheckpointNorTheOtherWayRound() throws IOException {
    String checkpoint = blend(0.5);
    String mask = "mask: {magnitude: {a: a, b: b, threshold: 0.7}}\n";
    merge(mask);
    byte[] before = Files.readAllBytes(out);
    assertThatThrownBy(() -> update(recipe(checkpoint)))
        .hasMessage(
            out
                + ": is a mask, but the recipe makes a checkpoint, and it is left alone; choose"
                + " another name for the output.");
    assertThat(out).hasBinaryContent(before);
    merge(checkpoint);
    assertThatThrownBy(() -> planUpdate(recipe(mask)))
        .hasMessage(
            out
                + ": is a checkpoint, but the recipe makes a mask, and it is left alone; choose"
                + " another name for the output.");
  }

  @Test
  void notOfMokume() throws IOException {
    model(5).write(out);
    byte[] before = Files.readAllBytes(out);
    assertThatThrownBy(() -> update(recipe(blend(0.5))))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            out
                + ": carries no recipe, so Mokume did not write it, and it is left alone; choose"
                + " another name for the output.")
        .extracting(e -> ((MokumeException) e).code())
        .isEqualTo(ErrorCode.UNWRITABLE_OUTPUT);
    assertThat(out).hasBinaryContent(before);
  }

  @Test
  void cutOff() throws IOException {
    merge(blend(0.5));
    byte[] half = java.util.Arrays.copyOf(Files.readAllBytes(out), 8000);
    Files.write(out, half);
    assertThatThrownBy(() -> update(recipe(blend(0.25))))
        .isInstanceOf(MokumeException.class)
        .hasMessageStartingWith(out.toString())
        .extracting(e -> ((MokumeException) e).code())
        .isEqualTo(ErrorCode.MALFORMED_CHECKPOINT);
    assertThat(out).hasBinaryContent(half);
  }

  @Test
  void interrupted() throws IOException {
    merge(blend(0.5));
    byte[] before = Files.readAllBytes(out);
    Cancellation stop = new Cancellation();
    MergeListener stopsAtOnce =
        new MergeListener() {
          @Override
          public void progressed(long done, long total) {
            stop.cancel();
          }
        };
    MergeOptions stopped = options.withListener(stopsAtOnce).withCancellation(stop);
    assertThatThrownBy(() ->
            Mokume.update(
                new MergeOutput(recipe(blend(0.25)), out), MergeMethods.installed(), stopped))
        .isInstanceOf(MokumeException.class)
        .extracting(e -> ((MokumeException) e).code())
        .isEqualTo(ErrorCode.CANCELLED);
    assertThat(out).hasBinaryContent(before);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files)
          .extracting(file -> file.getFileName().toString())
          .containsExactlyInAnyOrder(
              "a.safetensors", "b.safetensors", "c.safetensors", "out.safetensors");
    }
  }

  @Test
  void outputThatIsAnInput() throws IOException {
    merge(blend(0.5));
    Recipe onto =
        RecipeReader.read(
            "mokume: 1\nmodels: {a: a.safetensors, b: out.safetensors}\n" + blend(0.5),
            "the recipe",
            folder);
    assertThatThrownBy(() -> update(onto))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            out
                + ": is the same file as the input "
                + out
                + ", and an input is never written over; choose another name for the output.");
  }

  /// The values are believed: no hash of them is recorded.
  @Test
  void valuesAreBelieved() throws IOException {
    merge(blend(0.5));
    byte[] changed = Files.readAllBytes(out);
    changed[changed.length - 1] ^= 1;
    Files.write(out, changed);
    assertThat(made(update(recipe(blend(0.5))).plan())).isEmpty();
    assertThat(out).hasBinaryContent(changed);
  }
}
