package dev.mokume.cli;

import static dev.mokume.cli.TinyCheckpoint.CLIP;
import static dev.mokume.cli.TinyCheckpoint.IN;
import static dev.mokume.cli.TinyCheckpoint.OUT;
import static dev.mokume.cli.TinyCheckpoint.SCALE;
import static dev.mokume.cli.TinyCheckpoint.VAE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RunCommandTest {
  private static final String NOTE =
      "note: CLIPMergeSimple follows ComfyUI's code: ratio is the share of clip1. Its published"
          + " page says the opposite; --compat none follows the page.\n";

  /// Two models, merged with their text encoders, saved with the second's VAE; a sampler besides.
  private static final String GRAPH =
      """
      {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "b.safetensors"}},
        "7": {"class_type": "ModelMergeBlocks", "_meta": {"title": "Merge both"}, "inputs": {
          "model1": ["1", 0], "model2": ["2", 0], "input": 0.5, "middle": 1, "out": 0}},
        "8": {"class_type": "CLIPMergeSimple", "inputs": {
          "clip1": ["1", 1], "clip2": ["2", 1], "ratio": 0.75}},
        "9": {"class_type": "CheckpointSave", "inputs": {
          "model": ["7", 0], "clip": ["8", 0], "vae": ["2", 2], "filename_prefix": "mixes/Mix"}},
        "10": {"class_type": "KSampler", "inputs": {"model": ["7", 0], "seed": 1}}
      }
      """;

  @TempDir private Path folder;

  @BeforeEach
  void writeModels() throws IOException {
    Path checkpoints = Files.createDirectories(folder.resolve("models/checkpoints"));
    TinyCheckpoint.stableDiffusion(1, 2)
        .with("alphas_cumprod", 1, 1)
        .write(checkpoints.resolve("a.safetensors"));
    TinyCheckpoint.stableDiffusion(3, 6).write(checkpoints.resolve("b.safetensors"));
  }

  private Run run(String graph, Object... options) {
    try {
      Path file = Files.writeString(folder.resolve("graph.json"), graph);
      Object[] fixed = {
        "run",
        file,
        "--models",
        folder.resolve("models"),
        "--output-dir",
        folder.resolve("output"),
        "--no-fsync"
      };
      return Run.of(Stream.concat(Arrays.stream(fixed), Arrays.stream(options)).toArray());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void savesWhatTheWorkflowSaves() {
    Run run = run(GRAPH);

    assertThat(run.err()).isEqualTo(NOTE);
    assertThat(run.code()).isZero();
    Path mix = folder.resolve("output/mixes/Mix_00001_.safetensors");
    assertThat(run.out()).startsWith("wrote " + mix + ": ");
    assertThat(TinyCheckpoint.read(mix, IN)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(mix, OUT)).containsExactly(3, 6);
    assertThat(TinyCheckpoint.read(mix, CLIP)).containsExactly(1.5f, 3);
    assertThat(TinyCheckpoint.read(mix, SCALE)).containsExactly(1, 2);
    assertThat(TinyCheckpoint.read(mix, VAE)).containsExactly(3, 6);
    try (Checkpoint opened = Checkpoints.open(mix)) {
      assertThat(opened.tensors()).hasSize(5);
      assertThat(opened.metadata())
          .containsEntry("modelspec.title", "Mix 1")
          .containsEntry("modelspec.predict_key", "epsilon")
          .hasEntrySatisfying("prompt", text -> assertThat(text).contains("\"Merge both\""))
          .containsKeys("mokume.recipe", "mokume.inputs", "mokume.version");
    }
  }

  @Test
  void countsOnAndRunsWhatItSaved() {
    run(GRAPH);
    Path first = folder.resolve("output/mixes/Mix_00001_.safetensors");

    Run again =
        Run.of(
            "run",
            first,
            "--models",
            folder.resolve("models"),
            "--output-dir",
            folder.resolve("output"));

    assertThat(again.code()).isZero();
    assertThat(TinyCheckpoint.read(folder.resolve("output/mixes/Mix_00002_.safetensors"), IN))
        .containsExactly(2, 4);
  }

  @Test
  void writesAnOutputThatNothingSaves() {
    String sampled = GRAPH.replaceAll("(?s) {2}\"8\".*\"10\"", "  \"10\"");
    Path out = folder.resolve("merged.safetensors");

    Run run = run(sampled, "--output", "Merge both=" + out);

    assertThat(run.err()).isEmpty();
    assertThat(TinyCheckpoint.read(out, IN)).containsExactly(2, 4);
    // The rest of the checkpoint that the model came from is kept.
    assertThat(TinyCheckpoint.read(out, VAE)).containsExactly(1, 2);
    assertThat(TinyCheckpoint.read(out, "alphas_cumprod")).containsExactly(1, 1);
  }

  @Test
  void withoutCompatibilityClipMergeSimpleFollowsItsPage() {
    Run run = run(GRAPH, "--compat", "none");

    assertThat(run.err())
        .isEqualTo(
            "note: CLIPMergeSimple follows its published page: ratio is the share of clip2."
                + " ComfyUI's code does the opposite; leave --compat out to follow that.\n");
    assertThat(TinyCheckpoint.read(folder.resolve("output/mixes/Mix_00001_.safetensors"), CLIP))
        .containsExactly(2.5f, 5);
  }

  @Test
  void setsInputsAndDtypesAndPlaces() {
    Path out = folder.resolve("here.safetensors");

    Run run = run(GRAPH, "--set", "7.input=1", "--dtype", "unet=f16", "--output", "9=" + out);

    assertThat(run.code()).isZero();
    assertThat(folder.resolve("output")).doesNotExist();
    try (Checkpoint opened = Checkpoints.open(out)) {
      assertThat(opened.tensors().get(IN).spec().dtype().name()).isEqualTo("F16");
      assertThat(opened.tensors().get(CLIP).spec().dtype().name()).isEqualTo("F32");
      assertThat(opened.metadata().get("prompt")).contains("\"input\":1");
    }
  }

  @Test
  void listsTheGraphAsText() {
    Run run = run(GRAPH, "--list");

    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            """
            Nodes
              1  CheckpointLoaderSimple  a = loads a.safetensors
              2  CheckpointLoaderSimple  b = loads b.safetensors
              7  Merge both              merge_both_7 = a and b by block: shares of the first 0 to 1
              8  CLIPMergeSimple         clipmergesimple_8 = 75 % a + 25 % b
              9  CheckpointSave          saves the model merge_both_7, the text encoders clipmergesimple_8, the
                                         VAE of b as mixes/Mix

            Left out
              10 KSampler: it samples

            Outputs
              OUTPUT/mixes/Mix_00001_.safetensors
                saves the model merge_both_7, the text encoders clipmergesimple_8, the VAE of b as mixes/Mix

            Notes
              CLIPMergeSimple follows ComfyUI's code: ratio is the share of clip1. Its published page says the
                opposite; --compat none follows the page.
            """
                .replace("OUTPUT", folder.resolve("output").toString()));
    assertThat(folder.resolve("output")).doesNotExist();
  }

  /// A graph of sixty nodes, as people share them, in a terminal of a hundred columns.
  @Test
  void aLargeGraphFitsTheScreen() throws IOException {
    for (String file :
        List.of("checkpoints/photo", "checkpoints/anime", "checkpoints/base", "vae/vae-ft-mse")) {
      Path model = folder.resolve("models").resolve(file + ".safetensors");
      Files.createDirectories(model.getParent());
      TinyCheckpoint.stableDiffusion(1, 2).write(model);
    }
    String graph;
    try (InputStream stored = RunCommandTest.class.getResourceAsStream("large-shared-graph.json")) {
      graph = new String(stored.readAllBytes(), StandardCharsets.UTF_8);
    }

    Run run = run(graph, "--list");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out().lines().filter(line -> !line.contains(folder.toString())))
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
    assertThat(run.out())
        .contains(
            """
              12  Both                          both_12 = intersect of where_training_moved_least_10 and
                                                where_anime_moved_most_11
            """)
        .contains(
            """
              30  Anime into realistic, only what did not matter before
                                                anime_into_realistic_only_what_did_not_matter_before_30 = photo
                                                and anime, DARE, comfy: drops 90 %, elects a sign by sum, seed
                                                1337; shares of the first keep_the_first_two_blocks_24, where
                                                but_never_the_text_attention_13
            """)
        .contains(
            """
              50 Prompt before, 51 Negative before, 55 Prompt first, 56 Negative first, 60 Prompt second,
                61 Negative second, 65 Prompt last, 66 Negative last: it encodes a prompt
            """);
  }

  @Test
  void theRecipeDoesTheSame() throws IOException {
    run(GRAPH);
    Run printed = run(GRAPH, "--as-recipe");
    Path recipe = Files.writeString(folder.resolve("same.yaml"), printed.out());
    Path out = folder.resolve("same.safetensors");

    Run merged = Run.of("merge", recipe, "-o", out);

    assertThat(merged.err()).isEmpty();
    Path mix = folder.resolve("output/mixes/Mix_00001_.safetensors");
    for (String tensor : new String[] {IN, OUT, CLIP, SCALE, VAE}) {
      assertThat(TinyCheckpoint.read(out, tensor)).isEqualTo(TinyCheckpoint.read(mix, tensor));
    }
  }

  @Test
  void savesMasksRatiosAndReports() throws IOException {
    String graph =
        """
        {
          "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
          "2": {"class_type": "DM_SimpleMasker", "inputs": {"model": ["1", 0],
            "operation": "true", "arg_one": 0, "arg_two": 0, "seed": 1}},
          "3": {"class_type": "DM_BlockGradient", "inputs": {"model": ["1", 0], "time": 1,
            "label": 1, "input": 0.25, "middle": 0.5, "output": 0.75, "out": 1}},
          "4": {"class_type": "DM_MaskReporting", "inputs": {"mask": ["2", 0], "report": "size"}}
        }
        """;
    Path ratios = folder.resolve("ratios.json");
    Path report = folder.resolve("report.txt");
    Path mask = folder.resolve("mask.safetensors");

    Run run =
        run(
            graph,
            "--output",
            "2=" + mask,
            "--output",
            "DM_BlockGradient=" + ratios,
            "--output",
            "4.0=" + report);

    assertThat(run.err()).isEmpty();
    assertThat(Files.readString(ratios))
        .isEqualTo(
            """
            {
              "diffusion_model.input_blocks.1.0.in_layers.2.weight": 0.25,
              "diffusion_model.output_blocks.2.0.in_layers.2.weight": 0.75
            }
            """);
    assertThat(Files.readString(report))
        .isEqualTo("input_blocks: 2 / 2 (100.00%)\noutput_blocks: 2 / 2 (100.00%)\n");
    assertThat(Run.of("mask", "info", mask).code()).isZero();
  }

  private static final String PICTURE =
      """
      {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
        "2": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "b.safetensors"}},
        "3": {"class_type": "ModelMergeSimple", "inputs": {
          "model1": ["1", 0], "model2": ["2", 0], "ratio": 0.5}},
        "4": {"class_type": "DM_ModelReporting", "inputs": {"model": ["3", 0],
          "layer": "diffusion_model.input_blocks.1.0.in_layers.2.weight", "scaling": "max"}}
      }
      """;

  @Test
  void drawsTheLayerThatANodeDraws() throws IOException {
    Path picture = folder.resolve("pictures/layer.png");
    Path layer = folder.resolve("layer.txt");

    Run run = run(PICTURE, "--output", "4.1=" + picture, "--output", "4=" + layer);

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo(
            "wrote "
                + picture
                + ": the picture of diffusion_model.input_blocks.1.0.in_layers.2.weight\nwrote "
                + layer
                + ": a text\n");
    assertThat(pngWidth(picture)).isBetween(500, 1200);
    assertThat(Files.readString(layer))
        .isEqualTo("diffusion_model.input_blocks.1.0.in_layers.2.weight\n");
  }

  /// Whatever a workflow makes: here nothing is merged into a file.
  @Test
  void tellsWhereTheTimeOfAPictureWent() {
    Path picture = folder.resolve("layer.png");

    Run run = run(PICTURE, "--output", "4.1=" + picture, "--profile");

    assertThat(run.err()).isEmpty();
    assertThat(run.out().replaceAll("[0-9.]+ (s|GB/s|%)", "# $1").replaceAll(" +", " "))
        .contains(
            """
            : the picture of diffusion_model.input_blocks.1.0.in_layers.2.weight

            Profile
             stage wall threads bytes GB/s of the bound
             plan # s # s
            """);
  }

  /// Of a PNG, whose first chunk is its header.
  private static int pngWidth(Path file) throws IOException {
    ByteBuffer png = ByteBuffer.wrap(Files.readAllBytes(file));
    assertThat(png.getLong(0)).isEqualTo(0x89504e470d0a1a0aL);
    return png.getInt(16);
  }

  /// A picture that cannot be made stops the run before the merge, which stands before it.
  @Test
  void aLayerThatIsNotThereStopsTheRun() {
    Path merged = folder.resolve("merged.safetensors");

    Run run =
        run(
            PICTURE.replace(".in_layers.2", ".in_layers.3"),
            "--output",
            "3=" + merged,
            "--output",
            "4.IMAGE=" + folder.resolve("layer.png"));

    assertThat(run.err())
        .isEqualTo(
            "mokume: the layer 'diffusion_model.input_blocks.1.0.in_layers.3.weight' is not in the"
                + " model; did you mean 'diffusion_model.input_blocks.1.0.in_layers.2.weight'?\n");
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(merged).doesNotExist();
  }

  /// A layer by the name that a file has it under, of a model whose file has no prefix.
  @Test
  void drawsALayerOfABareModel() throws IOException {
    Path bare = Files.createDirectories(folder.resolve("models/unet"));
    Run.of(
        "merge",
        folder.resolve("models/checkpoints/a.safetensors"),
        folder.resolve("models/checkpoints/b.safetensors"),
        "--method",
        "weighted-sum",
        "--only",
        "unet",
        "--names",
        "bare",
        "-o",
        bare.resolve("bare.safetensors"));
    Path picture = folder.resolve("layer.png");

    Run run =
        run(
            """
            {
              "1": {"class_type": "UNETLoader", "inputs": {
                "unet_name": "bare.safetensors", "weight_dtype": "default"}},
              "4": {"class_type": "DM_ModelReporting", "inputs": {"model": ["1", 0],
                "layer": "diffusion_model.input_blocks.1.0.in_layers.2.weight",
                "scaling": "none"}}
            }
            """,
            "--output",
            "4.1=" + picture);

    assertThat(run.err()).isEmpty();
    assertThat(pngWidth(picture)).isPositive();
  }

  @Test
  void drawsTheGraphWithWhatIsLeftOutInGrey() throws IOException {
    Path drawing = folder.resolve("graph.svg");

    Run run = run(GRAPH, "--draw", drawing);

    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .isEqualTo("wrote " + drawing + ": a graph of 6 nodes, 1 of them left out\n");
    assertThat(folder.resolve("output")).doesNotExist();
    String svg = Files.readString(drawing);
    assertThat(svg).contains("Merge both", "ModelMergeBlocks", "KSampler");
    // The second model's VAE: only the registry knows what output 2 of a loader is.
    assertThat(svg).contains(">VAE<");
    String other = GRAPH.replace("KSampler", "ModelSave");
    run(other, "--draw", folder.resolve("saved.svg"));
    assertThat(greyBoxes(svg)).isEqualTo(1);
    assertThat(greyBoxes(Files.readString(folder.resolve("saved.svg")))).isZero();
  }

  private static long greyBoxes(String svg) {
    return Pattern.compile("<rect[^>]*fill=\"#fafafa\"").matcher(svg).results().count();
  }

  @Test
  void drawsTheGraphAsPngAndReplacesNothing() throws IOException {
    Path drawing = folder.resolve("graph.PNG");
    run(GRAPH, "--draw", drawing, "--json");
    byte[] first = Files.readAllBytes(drawing);

    Run again = run(GRAPH.replace("Merge both", "Merge"), "--draw", drawing);

    assertThat(pngWidth(drawing)).isGreaterThan(600);
    assertThat(again.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(Files.readAllBytes(drawing)).isEqualTo(first);
  }

  @Test
  void aGraphIsDrawnAsSvgOrPng() {
    Run run = run(GRAPH, "--draw", "graph.jpg");

    assertThat(run.err())
        .isEqualTo(
            "mokume: graph.jpg: a graph is drawn as SVG or PNG; give --draw a name that ends in"
                + " .svg or .png.\n");
  }

  @Test
  void textEncodersAreSavedOneAFile() {
    Run run =
        run(
            """
            {
              "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "a.safetensors"}},
              "2": {"class_type": "CLIPSave", "inputs": {"clip": ["1", 1], "filename_prefix": "clip/x"}},
              "3": {"class_type": "VAESave", "inputs": {"vae": ["1", 2], "filename_prefix": "vae/x"}}
            }
            """);

    assertThat(run.code()).isZero();
    assertThat(names(folder.resolve("output/clip/x_clip_l_00001_.safetensors")))
        .containsExactlyInAnyOrder(
            "text_model.encoder.layers.0.mlp.fc1.weight", "text_model.logit_scale");
    assertThat(names(folder.resolve("output/vae/x_00001_.safetensors")))
        .containsExactly("decoder.conv_in.weight");
  }

  private static Iterable<String> names(Path file) {
    try (Checkpoint opened = Checkpoints.open(file)) {
      return Map.copyOf(opened.tensors()).keySet();
    }
  }

  /// The graph's own save node, the merged model and a mask that nothing saves.
  private Run saveThree(Object... options) {
    String graph =
        GRAPH.replace(
            "\"10\": {",
            """
            "11": {"class_type": "DM_MagnitudeMasker", "inputs": {"model_a": ["1", 0],
              "model_b": ["2", 0], "threshold": 0.5, "select": "above",
              "threshold_type": "median"}},
            "10": {\
            """);
    Object[] outputs = {
      "--output", "7=" + folder.resolve("model.safetensors"),
      "--output", "11=" + folder.resolve("mask.safetensors")
    };
    return run(graph, Stream.concat(Arrays.stream(outputs), Arrays.stream(options)).toArray());
  }

  /// Of a: six tensors of eight bytes; of b: all five but the scale, which stays the first's.
  @Test
  void whatIsMadeTogetherIsReadOnce() {
    Run run = saveThree();

    assertThat(run.err()).isEqualTo(NOTE);
    Path mix = folder.resolve("output/mixes/Mix_00001_.safetensors");
    assertThat(run.out().replaceAll(" in [0-9.]+ s ", " in TIME ").replaceAll(": [0-9.]+ kB", ""))
        .isEqualTo(
            """
            wrote MIX (2 tensors merged, 3 copied)
            wrote FOLDER/model.safetensors (1 tensor merged, 5 copied)
            wrote FOLDER/mask.safetensors (2 tensors merged)
            made all 3 together in TIME (80 bytes read)
            """
                .replace("MIX", mix.toString())
                .replace("FOLDER", folder.toString()));
    assertThat(TinyCheckpoint.read(mix, IN)).containsExactly(2, 4);
    assertThat(TinyCheckpoint.read(folder.resolve("model.safetensors"), IN)).containsExactly(2, 4);
    assertThat(Run.of("mask", "info", folder.resolve("mask.safetensors")).code()).isZero();
  }

  @Test
  void theirReportIsOneJsonDocument() {
    JsonNode report = JsonMapper.builder().build().readTree(saveThree("--json").out());

    assertThat(report.get("outputs")).hasSize(3);
    assertThat(report.get("outputs").get(1).get("node").stringValue()).isEqualTo("7");
    assertThat(report.get("bytesRead").longValue()).isEqualTo(80);
  }

  @Test
  void aDryRunShowsEachPlanAndWhatTheyReadTogether() {
    Run run = saveThree("--dry-run", "--memory", "512M");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(folder.resolve("output")).doesNotExist();
    String together = run.out().substring(run.out().indexOf("All 3 outputs together"));
    assertThat(
            together
                .replace(folder.resolve("models/checkpoints").toString(), "MODELS")
                .replaceAll(" +passes", " passes")
                .replaceAll("(writes|memory|time) .*", "$1 ..."))
        .isEqualTo(
            """
            All 3 outputs together
              input passes      read
              MODELS/a.safetensors       3  48 bytes
              MODELS/b.safetensors       3  32 bytes

            Work
              reads   80 bytes
              writes ...
              memory ...
              time ...
            """);
  }

  @Test
  void theirPlansAreOneJsonDocument() {
    JsonNode plan = JsonMapper.builder().build().readTree(saveThree("--dry-run", "--json").out());

    assertThat(plan.get("outputs")).hasSize(3);
    assertThat(plan.get("outputs").get(0).get("file").stringValue())
        .isEqualTo(folder.resolve("output/mixes/Mix_00001_.safetensors").toString());
    assertThat(plan.get("readBytes").longValue()).isEqualTo(80);
    assertThat(plan.get("inputs").get(1).get("readBytes").longValue()).isEqualTo(32);
    assertThat(plan.get("inputs").get(1).get("passes").intValue()).isEqualTo(3);
  }

  /// Checkpoints, under the names they would have; masks are one file each.
  @Test
  void savesCheckpointsInShards() {
    Run run = saveThree("--max-shard", "24");

    assertThat(run.code()).isZero();
    Path mixes = folder.resolve("output/mixes");
    assertThat(run.out())
        .startsWith(
            "wrote " + mixes.resolve("Mix_00001_.safetensors.index.json") + " and 2 shards: ")
        .contains("wrote " + folder.resolve("mask.safetensors") + ": ");
    assertThat(mixes.resolve("Mix_00001_-00002-of-00002.safetensors")).isRegularFile();
    assertThat(TinyCheckpoint.read(mixes.resolve("Mix_00001_.safetensors.index.json"), IN))
        .containsExactly(2, 4);
    assertThat(saveThree("--max-shard", "24", "--force").out())
        .startsWith("wrote " + mixes.resolve("Mix_00002_.safetensors.index.json"));
  }

  @Test
  void twoOutputsOfOneNameAreRefused() {
    Path out = folder.resolve("out.safetensors");

    Run run = run(GRAPH, "--output", "7=" + out, "--output", "1.VAE=" + out);

    assertThat(run.err())
        .isEqualTo(
            NOTE
                + "mokume: "
                + out
                + ": two outputs would be written there; give each a name of its own.\n");
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(out).doesNotExist();
  }

  @Test
  void bakesInAnotherVae() {
    Path clip = folder.resolve("clip.safetensors");
    Path other = TinyCheckpoint.stableDiffusion(7, 8).write(folder.resolve("other.safetensors"));

    Run run = run(GRAPH, "--vae", other, "--output", "8=" + clip);

    assertThat(run.err()).isEqualTo(NOTE);
    assertThat(TinyCheckpoint.read(folder.resolve("output/mixes/Mix_00001_.safetensors"), VAE))
        .containsExactly(7, 8);
    // What the node gives has no VAE, and gets none.
    assertThat(names(clip)).noneMatch(name -> name.contains("decoder"));
  }

  @Test
  void nothingIsWrittenIfAnythingIsWrong() {
    Run run =
        run(
            GRAPH.replace("\"ratio\": 0.75", "\"ratio\": 2"),
            "--output",
            "7=" + folder.resolve("x.safetensors"));

    assertThat(run.err())
        .isEqualTo(
            "mokume: node 8 (CLIPMergeSimple): input 'ratio': 2 is larger than the greatest, 1.\n");
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.INVALID_RECIPE));
    assertThat(folder.resolve("x.safetensors")).doesNotExist();
    assertThat(folder.resolve("output")).doesNotExist();
  }

  @Test
  void aMissingFileIsAnUnreadableInput() {
    Run run = run(GRAPH.replace("b.safetensors", "quite/another-model.ckpt"));

    assertThat(run.err())
        .isEqualTo(
            "mokume: node 2 (CheckpointLoaderSimple): input 'ckpt_name': there is no file"
                + " 'quite/another-model.ckpt' below checkpoints of "
                + folder.resolve("models")
                + "; there are 'a.safetensors', 'b.safetensors'.\n");
    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNREADABLE_INPUT));
  }

  /// As in whatever folder somebody is who gives no --models.
  @Test
  void withoutAFileOfThatKindTheFolderIsAskedFor() throws IOException {
    Files.delete(folder.resolve("models/checkpoints/a.safetensors"));
    Files.delete(folder.resolve("models/checkpoints/b.safetensors"));

    assertThat(run(PICTURE, "--output", "3=" + folder.resolve("x.safetensors")).err())
        .contains(
            "there is no file 'a.safetensors' below checkpoints of "
                + folder.resolve("models")
                + "; there is none of that kind. Name ComfyUI's models folder with --models.\n");
  }

  /// One clear message, and nothing written.
  private void assertRefused(Run run, ErrorCode code, String message) {
    assertThat(run.err()).isEqualTo("mokume: " + message + "\n");
    assertThat(run.out()).isEmpty();
    assertThat(run.code()).isEqualTo(ExitCode.of(code));
    assertThat(folder.resolve("output")).doesNotExist();
  }

  @Test
  void aNodeThatNobodyKnowsMattersIfAnOutputNeedsIt() {
    String graph = GRAPH.replace("\"KSampler\"", "\"Magic Sampler (rgthree)\"");
    assertThat(run(graph, "--list").code()).isZero();

    assertRefused(
        run(GRAPH.replace("\"ModelMergeBlocks\"", "\"Magic Merge (rgthree)\"")),
        ErrorCode.INVALID_RECIPE,
        "node 9 (CheckpointSave) needs node 7 (Magic Merge (rgthree) \"Merge both\"), which is not"
            + " run: it is a node of rgthree-comfy, which Mokume does not know.");
  }

  @Test
  void aMissingFileOffersTheNearest() {
    assertRefused(
        run(GRAPH.replace("a.safetensors", "A1.safetensors")),
        ErrorCode.UNREADABLE_INPUT,
        "node 1 (CheckpointLoaderSimple): input 'ckpt_name': there is no file 'A1.safetensors'"
            + " below checkpoints of "
            + folder.resolve("models")
            + "; did you mean 'a.safetensors'?");
  }

  @Test
  void aRing() {
    assertRefused(
        run(GRAPH.replace("\"model2\": [\"2\", 0]", "\"model2\": [\"7\", 0]")),
        ErrorCode.INVALID_RECIPE,
        "these nodes need each other in a circle, so none of them can be first: node '7'"
            + " (ModelMergeBlocks) -> node '7' (ModelMergeBlocks). Take one of the links away.");
  }

  @Test
  void aLinkOfAnotherType() {
    assertRefused(
        run(GRAPH.replace("\"model2\": [\"2\", 0]", "\"model2\": [\"2\", 2]")),
        ErrorCode.INVALID_RECIPE,
        "node 7 (ModelMergeBlocks \"Merge both\"): input 'model2': it takes MODEL, but node 2"
            + " (CheckpointLoaderSimple) gives VAE there.");
  }

  @Test
  void aValueOutOfRange() {
    assertRefused(
        run(GRAPH.replace("\"middle\": 1", "\"middle\": -0.5")),
        ErrorCode.INVALID_RECIPE,
        "node 7 (ModelMergeBlocks \"Merge both\"): input 'middle': -0.5 is smaller than the least,"
            + " 0.");
  }

  @Test
  void aHundredThousandNodes() {
    StringBuilder nodes = new StringBuilder("{");
    for (int i = 0; i < 100_000; i++) {
      nodes.append(i == 0 ? "" : ",").append("\"").append(i).append("\":{\"class_type\":\"Note\"}");
    }

    Run run = run(nodes.append("}").toString());

    assertRefused(
        run,
        ErrorCode.INVALID_RECIPE,
        folder.resolve("graph.json")
            + ": the workflow has more than 20,000 nodes, its subgraphs laid out: the most that"
            + " Mokume reads.");
  }

  @Test
  void aThousandListsInsideEachOther() {
    Run run =
        run(
            "{\"1\": {\"class_type\": \"Note\", \"inputs\": {\"x\": "
                + "[".repeat(1000)
                + "]".repeat(1000)
                + "}}}");

    assertRefused(
        run,
        ErrorCode.INVALID_RECIPE,
        folder.resolve("graph.json")
            + ": the file goes beyond what a workflow needs, at line 1, column 244: at most 200"
            + " objects and lists inside each other and 4,000,000 names and values are read.");
  }

  @Test
  void aPictureWhoseTextInflatesWithoutEnd() throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes("prompt\0\0".getBytes(StandardCharsets.ISO_8859_1));
    try (DeflaterOutputStream bomb = new DeflaterOutputStream(data)) {
      bomb.write(new byte[65_000_000]);
    }
    CRC32 checksum = new CRC32();
    byte[] type = "zTXt".getBytes(StandardCharsets.ISO_8859_1);
    checksum.update(type);
    checksum.update(data.toByteArray());
    ByteBuffer png =
        ByteBuffer.allocate(8 + 12 + data.size())
            .put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'})
            .putInt(data.size())
            .put(type)
            .put(data.toByteArray())
            .putInt((int) checksum.getValue());
    Path picture = Files.write(folder.resolve("bomb.png"), png.array());

    Run run = Run.of("run", picture, "--output-dir", folder.resolve("output"));

    assertRefused(
        run,
        ErrorCode.INVALID_RECIPE,
        picture
            + ": the zTXt chunk 'prompt' inflates to more than 64.0 MB, the most that is read:"
            + " fetch or save the image again.");
  }
}
