package dev.mokume.lowrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.Change;
import dev.mokume.lowrank.ExtractionReport.Layer;
import dev.mokume.lowrank.ExtractionReport.Left;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExtractionTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String PROJ = UNET + "input_blocks.1.1.proj_in.weight";
  private static final String MODULE = "lora_unet_down_blocks_0_attentions_0_proj_in";
  private static final Shape TWO = Shape.of(2, 2);

  private static final ExtractionOptions F32 =
      ExtractionOptions.ofRank(new RankChoice.Fixed(2)).withDtype(DType.F32);

  @TempDir private Path folder;

  private Path tuned() {
    return folder.resolve("tuned.safetensors");
  }

  private Path base() {
    return folder.resolve("base.safetensors");
  }

  private Path output() {
    return folder.resolve("lora.safetensors");
  }

  private static RunSettings settings(int threads, long memory) {
    return new RunSettings(
        threads,
        memory,
        false,
        AtomicFileOutput.Options.defaults().replaceExisting(true).durable(false),
        () -> false,
        (_, _) -> {});
  }

  private ExtractionReport extract(
      SmallCheckpoint tuned, SmallCheckpoint base, ExtractionOptions options) {
    tuned.write(tuned());
    base.write(base());
    return Extraction.write(tuned(), base(), output(), options, settings(2, 64 << 20));
  }

  private SmallCheckpoint lora() {
    return SmallCheckpoint.read(output());
  }

  /// `up * down`, from the definition.
  private static float[] product(SmallCheckpoint lora, String module) {
    float[] up = lora.values(module + ".lora_up.weight");
    float[] down = lora.values(module + ".lora_down.weight");
    int rank = (int) lora.spec(module + ".lora_up.weight").shape().dimension(1);
    int rows = up.length / rank;
    int columns = down.length / rank;
    float[] product = new float[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += (double) up[i * rank + k] * down[k * columns + j];
        }
        product[i * columns + j] = (float) sum;
      }
    }
    return product;
  }

  private static float[] random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void factorsALinearLayersDifference() {
    // The difference is (1 2; 2 4): rank 1, singular value 5.
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(PROJ, TWO, 11, 22, 32, 44),
            new SmallCheckpoint().with(PROJ, TWO, 10, 20, 30, 40),
            F32);

    SmallCheckpoint lora = lora();
    assertThat(lora.names())
        .containsExactlyInAnyOrder(
            MODULE + ".lora_up.weight", MODULE + ".lora_down.weight", MODULE + ".alpha");
    assertThat(lora.spec(MODULE + ".lora_up.weight").shape()).isEqualTo(Shape.of(2, 1));
    assertThat(lora.spec(MODULE + ".lora_down.weight").shape()).isEqualTo(Shape.of(1, 2));
    assertThat(lora.spec(MODULE + ".alpha").shape()).isEqualTo(Shape.of());
    assertThat(lora.values(MODULE + ".alpha")).containsExactly(1);
    assertThat(product(lora, MODULE)).containsExactly(new float[] {1, 2, 2, 4}, within(1e-6f));
    assertThat(report.layers())
        .singleElement()
        .satisfies(layer -> {
          assertThat(layer.tensor()).isEqualTo(PROJ);
          assertThat(layer.component()).isEqualTo(Component.UNET);
          assertThat(layer.rank()).isEqualTo(1);
          assertThat(layer.norm()).isEqualTo(5);
          assertThat(layer.error()).isLessThan(1e-5);
          assertThat(layer.bestFactor()).isEqualTo(1);
        });
  }

  @Test
  void allColumnsGiveTheDifferenceToF32Rounding() {
    Shape shape = Shape.of(48, 40);
    float[] base = random(1, 48 * 40);
    float[] tuned = random(2, 48 * 40);
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(PROJ, shape, tuned),
            new SmallCheckpoint().with(PROJ, shape, base),
            ExtractionOptions.ofRank(new RankChoice.Fixed(40)).withDtype(DType.F32));

    float[] product = product(lora(), MODULE);
    double norm = report.layers().getFirst().norm();
    for (int i = 0; i < product.length; i++) {
      assertThat((double) product[i])
          .isCloseTo(tuned[i] - base[i], within(2 * norm * Math.ulp(1f)));
    }
    assertThat(report.layers().getFirst().rank()).isEqualTo(40);
    assertThat(report.relativeError()).isLessThan(1e-6);
  }

  @Test
  void reportsWhatTheFactorsLeave() {
    Shape shape = Shape.of(60, 50);
    float[] tuned = random(3, 3000);
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(PROJ, shape, tuned),
            new SmallCheckpoint().with(PROJ, shape, new float[3000]),
            ExtractionOptions.ofRank(new RankChoice.Fixed(10)));

    float[] product = product(lora(), MODULE);
    double squares = 0;
    for (int i = 0; i < product.length; i++) {
      squares += Math.pow(tuned[i] - product[i], 2);
    }
    Layer layer = report.layers().getFirst();
    assertThat(layer.rank()).isEqualTo(10);
    assertThat(layer.error()).isCloseTo(Math.sqrt(squares), within(1e-4 * layer.norm()));
    assertThat(lora().spec(MODULE + ".lora_up.weight").dtype()).isEqualTo(DType.F16);
  }

  @Test
  void aConvolutionIsTheMatrixOfItsOutputsByAllElse() {
    String conv = UNET + "input_blocks.1.0.in_layers.2.weight";
    String point = UNET + "input_blocks.4.0.skip_connection.weight";
    extract(
        new SmallCheckpoint()
            .with(conv, Shape.of(4, 2, 3, 3), random(1, 72))
            .with(point, Shape.of(3, 2, 1, 1), random(2, 6)),
        new SmallCheckpoint()
            .with(conv, Shape.of(4, 2, 3, 3), new float[72])
            .with(point, Shape.of(3, 2, 1, 1), new float[6]),
        ExtractionOptions.ofRank(new RankChoice.Fixed(8)).withDtype(DType.F32));

    SmallCheckpoint lora = lora();
    String module = "lora_unet_down_blocks_0_resnets_0_conv1";
    assertThat(lora.spec(module + ".lora_up.weight").shape()).isEqualTo(Shape.of(4, 4, 1, 1));
    assertThat(lora.spec(module + ".lora_down.weight").shape()).isEqualTo(Shape.of(4, 2, 3, 3));
    assertThat(product(lora, module)).containsExactly(random(1, 72), within(1e-5f));
    String pointModule = "lora_unet_down_blocks_1_resnets_0_conv_shortcut";
    assertThat(lora.spec(pointModule + ".lora_up.weight").shape()).isEqualTo(Shape.of(3, 2, 1, 1));
    assertThat(lora.spec(pointModule + ".lora_down.weight").shape())
        .isEqualTo(Shape.of(2, 2, 1, 1));
  }

  @Test
  void largeConvolutionsHaveARankOfTheirOwn() {
    String conv = UNET + "input_blocks.1.0.in_layers.2.weight";
    SmallCheckpoint tuned = new SmallCheckpoint().with(conv, Shape.of(4, 2, 3, 3), random(1, 72));
    SmallCheckpoint base = new SmallCheckpoint().with(conv, Shape.of(4, 2, 3, 3), new float[72]);

    assertThat(extract(tuned, base, F32.withConvolutionRank(1)).layers().getFirst().rank())
        .isEqualTo(1);
    ExtractionReport without = extract(tuned, base, F32.withConvolutionRank(0));
    assertThat(without.layers()).isEmpty();
    assertThat(without.left()).containsExactly(new Left(conv, "convolutions were left out"));
  }

  @Test
  void splitsAFusedProjectionOfATextEncoder() {
    String label = UNET + "label_emb.0.0.weight";
    String fused = "conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_weight";
    String first = "conditioner.embedders.0.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
    extract(
        new SmallCheckpoint()
            .with(PROJ, TWO, 0, 0, 0, 0)
            .with(label, TWO, 0, 0, 0, 0)
            .with(first, TWO, 1, 0, 0, 0)
            .with(fused, Shape.of(6, 2), 1, 0, 0, 1, 2, 0, 0, 2, 3, 0, 0, 3),
        new SmallCheckpoint()
            .with(PROJ, TWO, 0, 0, 0, 0)
            .with(label, TWO, 0, 0, 0, 0)
            .with(first, TWO, 0, 0, 0, 0)
            .with(fused, Shape.of(6, 2), new float[12]),
        F32);

    SmallCheckpoint lora = lora();
    String layer = "lora_te2_text_model_encoder_layers_0_self_attn_";
    assertThat(product(lora, layer + "q_proj"))
        .containsExactly(new float[] {1, 0, 0, 1}, within(1e-6f));
    assertThat(product(lora, layer + "k_proj"))
        .containsExactly(new float[] {2, 0, 0, 2}, within(1e-6f));
    assertThat(product(lora, layer + "v_proj"))
        .containsExactly(new float[] {3, 0, 0, 3}, within(1e-6f));
    assertThat(product(lora, "lora_te1_text_model_encoder_layers_0_mlp_fc1"))
        .containsExactly(new float[] {1, 0, 0, 0}, within(1e-6f));
  }

  @Test
  void aLayerThatDoesNotDifferHasNoFactors() {
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4),
            new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4),
            F32);
    assertThat(lora().names()).isEmpty();
    assertThat(report.layers()).singleElement().extracting(Layer::rank).isEqualTo(0);
    assertThat(report.relativeError()).isZero();
  }

  @Test
  void givesEachLayerTheRankThatItsEnergyNeeds() {
    String other = UNET + "input_blocks.1.1.proj_out.weight";
    // Squares 64, 16, 4, 1 against 64, 1, 1, 1: nine tenths take two columns and one.
    ExtractionReport report =
        extract(
            new SmallCheckpoint()
                .with(PROJ, Shape.of(4, 4), 8, 0, 0, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1)
                .with(other, Shape.of(4, 4), 8, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
            new SmallCheckpoint()
                .with(PROJ, Shape.of(4, 4), new float[16])
                .with(other, Shape.of(4, 4), new float[16]),
            ExtractionOptions.ofRank(new RankChoice.Energy(0.9, 4)));
    assertThat(report.layers()).extracting(Layer::rank).containsExactly(2, 1);
    assertThat(lora().values(MODULE + ".alpha")).containsExactly(2);
  }

  @Test
  void leavesOutWhatIsNotAboveALimit() {
    String other = UNET + "input_blocks.1.1.proj_out.weight";
    // Singular values 8, 4, 2, 1 against 1, 1, 1, 1.
    ExtractionReport report =
        extract(
            new SmallCheckpoint()
                .with(PROJ, Shape.of(4, 4), 8, 0, 0, 0, 0, 4, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1)
                .with(other, Shape.of(4, 4), 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1),
            new SmallCheckpoint()
                .with(PROJ, Shape.of(4, 4), new float[16])
                .with(other, Shape.of(4, 4), new float[16]),
            ExtractionOptions.ofRank(new RankChoice.Above(1.5, 4)));
    assertThat(report.layers()).extracting(Layer::rank).containsExactly(3, 0);
    assertThat(lora().values(MODULE + ".alpha")).containsExactly(3);
  }

  @Test
  void storesBiasesAndNormsIfAsked() {
    String bias = UNET + "input_blocks.1.1.proj_in.bias";
    String norm = UNET + "input_blocks.1.1.norm.weight";
    String still = UNET + "input_blocks.1.1.norm.bias";
    SmallCheckpoint tuned =
        new SmallCheckpoint().with(bias, 3, 4).with(norm, 1.5f, 1).with(still, 7, 7);
    SmallCheckpoint base =
        new SmallCheckpoint().with(bias, 1, 1).with(norm, 1, 1).with(still, 7, 7);

    ExtractionReport report = extract(tuned, base, F32.withSmallTensors(true));
    assertThat(lora().names())
        .containsExactlyInAnyOrder(
            "lora_unet_down_blocks_0_attentions_0_proj_in.diff_b",
            "lora_unet_down_blocks_0_attentions_0_norm.diff");
    assertThat(lora().values("lora_unet_down_blocks_0_attentions_0_proj_in.diff_b"))
        .containsExactly(2, 3);
    assertThat(lora().values("lora_unet_down_blocks_0_attentions_0_norm.diff"))
        .containsExactly(0.5f, 0);
    assertThat(report.smallTensors()).isEqualTo(2);

    assertThat(extract(tuned, base, F32).left())
        .contains(new Left(bias, "biases and norms were not asked for"));
  }

  @Test
  void laterModelsKeepTheirOwnNames() {
    extract(
        new SmallCheckpoint()
            .with(PROJ, TWO, 1, 0, 0, 0)
            .with(UNET + "label_emb.0.0.weight", TWO, 1, 0, 0, 0),
        new SmallCheckpoint()
            .with(PROJ, TWO, 0, 0, 0, 0)
            .with(UNET + "label_emb.0.0.weight", TWO, 0, 0, 0, 0),
        F32);
    assertThat(lora().names())
        .contains(
            "lora_unet_input_blocks_1_1_proj_in.lora_up.weight",
            "lora_unet_label_emb_0_0.lora_up.weight");
  }

  @Test
  void peftsNamesOfADiffusionModelAreTheDiffusersLibrarys() {
    extract(
        new SmallCheckpoint().with(PROJ, TWO, 1, 0, 0, 0),
        new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0),
        F32.withNames(FactorNames.PEFT));
    assertThat(lora().names())
        .containsExactlyInAnyOrder(
            "unet.down_blocks.0.attentions.0.proj_in.lora_A.weight",
            "unet.down_blocks.0.attentions.0.proj_in.lora_B.weight");
  }

  @Test
  void comfyUisNamesAreThoseOfItsNode() {
    String clip = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight";
    extract(
        new SmallCheckpoint().with(PROJ, TWO, 1, 0, 0, 0).with(clip, TWO, 1, 0, 0, 0),
        new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).with(clip, TWO, 0, 0, 0, 0),
        F32.withNames(FactorNames.COMFYUI));
    assertThat(lora().names())
        .containsExactlyInAnyOrder(
            "diffusion_model.input_blocks.1.1.proj_in.lora_down.weight",
            "diffusion_model.input_blocks.1.1.proj_in.lora_up.weight",
            "text_encoders.clip_l.transformer.text_model.embeddings.token_embedding.lora_down.weight",
            "text_encoders.clip_l.transformer.text_model.embeddings.token_embedding.lora_up.weight");
  }

  @Test
  void factorsACheckpointOfDifferences() {
    new SmallCheckpoint().with(PROJ, TWO, 1, 2, 2, 4).write(tuned());
    Extraction.ofDifference(tuned(), output(), F32, settings(1, 64 << 20));
    assertThat(product(lora(), MODULE)).containsExactly(new float[] {1, 2, 2, 4}, within(1e-6f));
  }

  /// The difference is 5 times the product of (1, 2) / sqrt(5) with itself.
  @Test
  void comfyUisFactorsHaveTheSingularValuesOnOneSideAndAreCut() {
    new SmallCheckpoint().with(PROJ, TWO, 1, 2, 2, 4).write(tuned());
    ExtractionReport report =
        Extraction.ofDifference(
            tuned(),
            output(),
            F32.withNames(FactorNames.COMFYUI).withLayers(LayerForm.COMFYUI_FACTORS),
            settings(1, 64 << 20));

    SmallCheckpoint lora = lora();
    String module = lora.names().getFirst().replaceFirst("\\.lora_.*", "");
    float[] up = lora.values(module + ".lora_up.weight");
    float[] down = lora.values(module + ".lora_down.weight");
    // Magnitudes 0.4472, 0.8944, 2.2361, 4.4721: rank 0.98 * 3 = 2.94 lies between the last two.
    float cut = 2.236068f + 0.94f * 2.236068f;
    assertThat(Math.abs(up[0])).isCloseTo(2.236068f, within(1e-5f));
    assertThat(Math.abs(up[1])).isCloseTo(cut, within(1e-5f));
    assertThat(Math.abs(down[0])).isCloseTo(0.4472136f, within(1e-5f));
    assertThat(Math.abs(down[1])).isCloseTo(0.8944272f, within(1e-5f));
    // What was cut off is told: 0.06 sqrt(5) in the second row.
    assertThat(report.layers().getFirst().error()).isCloseTo(0.06 * Math.sqrt(5), within(1e-4));
  }

  @Test
  void aDifferenceMayBeStoredAsItIs() {
    new SmallCheckpoint().with(PROJ, TWO, 1, 2, 2, 4).write(tuned());
    Extraction.ofDifference(
        tuned(), output(), F32.withLayers(LayerForm.DIFFERENCE), settings(1, 64 << 20));

    assertThat(lora().names()).containsExactly(MODULE + ".diff");
    assertThat(lora().values(MODULE + ".diff")).containsExactly(1, 2, 2, 4);
  }

  @Test
  void languageModelsHavePeftsNames() {
    String q = "model.layers.0.self_attn.q_proj.weight";
    String embedding = "model.embed_tokens.weight";
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(q, TWO, 2, 0, 0, 2).with(embedding, TWO, 1, 1, 1, 1),
            new SmallCheckpoint().with(q, TWO, 0, 0, 0, 0).with(embedding, TWO, 0, 0, 0, 0),
            F32.withNames(FactorNames.PEFT));
    assertThat(lora().names())
        .containsExactlyInAnyOrder(
            "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight",
            "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight");
    assertThat(report.left())
        .containsExactly(new Left(embedding, "a LoRA has no factors for such a tensor"));
  }

  @Test
  void tokensThatWereAddedDoNotMatter() {
    String q = "model.layers.0.self_attn.q_proj.weight";
    String embedding = "model.embed_tokens.weight";
    String head = "lm_head.weight";
    Shape three = Shape.of(3, 2);
    ExtractionReport report =
        extract(
            new SmallCheckpoint()
                .with(q, TWO, 2, 0, 0, 2)
                .with(embedding, three, 1, 1, 1, 1, 1, 1)
                .with(head, three, 1, 1, 1, 1, 1, 1),
            new SmallCheckpoint()
                .with(q, TWO, 0, 0, 0, 0)
                .with(embedding, TWO, 0, 0, 0, 0)
                .with(head, TWO, 0, 0, 0, 0),
            F32.withNames(FactorNames.PEFT));

    String reason = base() + " has another shape of it";
    assertThat(report.left()).containsExactly(new Left(head, reason), new Left(embedding, reason));
    assertThat(report.layers()).hasSize(1);
  }

  /// Though with these names an embedding of the same shape has factors.
  @Test
  void tokensThatWereAddedDoNotMatterToComfyUisNames() {
    String embedding = "cond_stage_model.transformer.text_model.embeddings.token_embedding.weight";
    ExtractionReport report =
        extract(
            new SmallCheckpoint()
                .with(PROJ, TWO, 1, 0, 0, 0)
                .with(embedding, Shape.of(3, 2), 1, 0, 0, 0, 1, 1),
            new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).with(embedding, TWO, 0, 0, 0, 0),
            F32.withNames(FactorNames.COMFYUI));

    assertThat(report.left())
        .containsExactly(new Left(embedding, base() + " has another shape of it"));
    assertThat(report.layers()).hasSize(1);
  }

  /// A language model whose queries differ by a matrix of rank 2, and its keys by one of rank 1.
  private void writeLanguageModels(float lastQuery) {
    String q = "model.layers.0.self_attn.q_proj.weight";
    String k = "model.layers.0.self_attn.k_proj.weight";
    new SmallCheckpoint().with(q, TWO, 2, 0, 0, lastQuery).with(k, TWO, 1, 2, 2, 4).write(tuned());
    new SmallCheckpoint().with(q, TWO, 0, 0, 0, 0).with(k, TWO, 0, 0, 0, 0).write(base());
  }

  @Test
  void peftsFolderSaysTheRanks() throws IOException {
    writeLanguageModels(1);
    Path adapter = folder.resolve("adapter");
    ExtractionOptions peft = F32.withNames(FactorNames.PEFT);
    Extraction.write(tuned(), base(), adapter, peft, settings(2, 64 << 20));

    try (Stream<Path> files = Files.list(adapter)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .containsExactlyInAnyOrder("adapter_model.safetensors", "adapter_config.json");
    }
    assertThat(adapter.resolve("adapter_config.json"))
        .hasContent(
            """
            {
              "alpha_pattern" : {
                "model.layers.0.self_attn.k_proj" : 1
              },
              "base_model_name_or_path" : null,
              "bias" : "none",
              "fan_in_fan_out" : false,
              "inference_mode" : true,
              "lora_alpha" : 2,
              "lora_dropout" : 0.0,
              "modules_to_save" : null,
              "peft_type" : "LORA",
              "r" : 2,
              "rank_pattern" : {
                "model.layers.0.self_attn.k_proj" : 1
              },
              "target_modules" : [ "model.layers.0.self_attn.k_proj", "model.layers.0.self_attn.q_proj" ],
              "task_type" : "CAUSAL_LM",
              "use_dora" : false,
              "use_rslora" : false
            }
            """);
    try (Adapter read = Adapter.open(adapter)) {
      assertThat(read.changes())
          .extracting(change -> ((Change.LowRank) change.change()).scale())
          .containsExactly(1.0, 1.0);
    }
  }

  @Test
  void aFileThatPeftWouldReadHasItsConfigBesideIt() {
    writeLanguageModels(1);
    Path file = folder.resolve("adapter_model.safetensors");
    ExtractionOptions peft = F32.withNames(FactorNames.PEFT);
    Extraction.write(tuned(), base(), file, peft, settings(2, 64 << 20));
    assertThat(file).exists();
    assertThat(folder.resolve("adapter_config.json")).exists();
  }

  @Test
  void anAdapterThatFailsLeavesNoFolder() {
    writeLanguageModels(Float.NaN);
    Path adapter = folder.resolve("adapter");
    ExtractionOptions peft = F32.withNames(FactorNames.PEFT);
    assertThatThrownBy(
            () -> Extraction.write(tuned(), base(), adapter, peft, settings(2, 64 << 20)))
        .isInstanceOf(MokumeException.class);
    assertNothingIsLeft();
  }

  @Test
  void refusesAnAdapterThatPeftWouldReadTurned() {
    String attention = "h.0.attn.c_attn.weight";
    new SmallCheckpoint().with(attention, TWO, 1, 2, 3, 4).write(tuned());
    new SmallCheckpoint().with(attention, TWO, 0, 0, 0, 0).write(base());
    ExtractionOptions peft = F32.withNames(FactorNames.PEFT);
    Path adapter = folder.resolve("adapter");
    assertThatThrownBy(
            () -> Extraction.write(tuned(), base(), adapter, peft, settings(2, 64 << 20)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            tuned()
                + ": GPT-2's matrices have rows for columns, and factors for the peft library would"
                + " have to be turned, which Mokume does not do. Write a file of another name,"
                + " which 'mokume lora apply' reads.");
    assertNothingIsLeft();
  }

  @Test
  void kohyaHasNoNamesForALanguageModel() {
    String q = "model.layers.0.self_attn.q_proj.weight";
    assertThatThrownBy(() ->
            extract(
                new SmallCheckpoint().with(q, TWO, 2, 0, 0, 2),
                new SmallCheckpoint().with(q, TWO, 0, 0, 0, 0),
                F32))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "kohya's names have no word for the language model of "
                + tuned()
                + "; choose PEFT's names (--names peft).");
  }

  @Test
  void readsTheModelsDtypes() {
    ExtractionReport report =
        extract(
            new SmallCheckpoint().with(PROJ, DType.BF16, TWO, 2, 0, 0, 0),
            new SmallCheckpoint().with(PROJ, DType.F16, TWO, 0.5f, 0, 0, 0),
            F32);
    assertThat(report.layers().getFirst().norm()).isEqualTo(1.5);
    assertThat(product(lora(), MODULE)).containsExactly(new float[] {1.5f, 0, 0, 0}, within(1e-6f));
  }

  @Test
  void looksAtTheComponentsAskedFor() {
    String clip = "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight";
    extract(
        new SmallCheckpoint().with(PROJ, TWO, 2, 0, 0, 0).with(clip, TWO, 1, 0, 0, 0),
        new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).with(clip, TWO, 0, 0, 0, 0),
        F32.withComponents(Set.of(Component.CLIP_L)));
    assertThat(lora().names())
        .allMatch(name -> name.startsWith("lora_te_text_model_encoder_layers_0_mlp_fc1."));
  }

  @Test
  void saysWhereItComesFrom() {
    extract(
        new SmallCheckpoint().with(PROJ, TWO, 2, 0, 0, 0),
        new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0),
        F32);
    assertThat(lora().metadata())
        .containsEntry(
            "mokume.lora", "extracted: rank 2, convolutions at most 2, iterations 2, seed 0")
        .containsEntry("ss_network_module", "networks.lora")
        .containsEntry("ss_network_dim", "1")
        .containsEntry("ss_network_alpha", "1")
        .containsEntry("ss_base_model_version", "sd_v1")
        .containsEntry("modelspec.architecture", "stable-diffusion-v1/lora")
        .containsEntry("modelspec.title", "lora")
        .containsKey("mokume.inputs");
  }

  @Test
  void givesTheSameBytesFromAnyNumberOfThreadsAndAnyMemory() throws IOException {
    SmallCheckpoint tuned = new SmallCheckpoint();
    SmallCheckpoint base = new SmallCheckpoint();
    for (int i : new int[] {1, 2, 4, 5, 7, 8}) {
      Shape shape = Shape.of(400 + 30 * i, 150);
      int count = (int) shape.elementCount();
      tuned.with(UNET + "input_blocks." + i + ".1.proj_in.weight", shape, random(i, count));
      base.with(UNET + "input_blocks." + i + ".1.proj_in.weight", shape, random(10 + i, count));
    }
    tuned.write(tuned());
    base.write(base());
    ExtractionOptions options = ExtractionOptions.ofRank(new RankChoice.Fixed(12));
    Extraction.write(tuned(), base(), output(), options, settings(1, 64 << 20));
    byte[] once = Files.readAllBytes(output());
    Extraction.write(tuned(), base(), output(), options, settings(4, 64 << 20));
    assertThat(Files.readAllBytes(output())).isEqualTo(once);
    // One band of one layer at a time.
    Extraction.write(tuned(), base(), output(), options, settings(4, 1_500_000));
    assertThat(Files.readAllBytes(output())).isEqualTo(once);
    Extraction.write(tuned(), base(), output(), options.withSeed(1), settings(4, 64 << 20));
    assertThat(Files.readAllBytes(output())).isNotEqualTo(once);
  }

  @Test
  void namesEveryTensorWithNaN() {
    String other = UNET + "input_blocks.1.1.proj_out.weight";
    assertThatThrownBy(() ->
            extract(
                new SmallCheckpoint()
                    .with(PROJ, TWO, Float.NaN, 0, 0, 0)
                    .with(other, TWO, 0, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0),
                new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).with(other, TWO, 0, 0, 0, 0),
                F32))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.NON_FINITE_WEIGHTS))
        .hasMessage(
            """
            tensor '%s': the difference of %s and %s has 1 value that is NaN or infinite, of which no factors can be made. Use sound copies of the models.
            tensor '%s': the difference of %s and %s has 2 values that are NaN or infinite, of which no factors can be made. Use sound copies of the models.\
            """
                .formatted(PROJ, tuned(), base(), other, tuned(), base()));
    assertNothingIsLeft();
  }

  @Test
  void refusesFactorsThatDoNotFitTheirDtype() {
    assertThatThrownBy(() ->
            extract(
                new SmallCheckpoint().with(PROJ, TWO, 1e20f, 0, 0, 0),
                new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0),
                F32.withDtype(DType.F16)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the factors of tensor '"
                + PROJ
                + "' would have 2 numbers that are NaN or infinite: they do not fit F16. Choose F32"
                + " or BF16 for them.");
  }

  @Test
  void refusesAnotherShape() {
    assertThatThrownBy(() ->
            extract(
                new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4),
                new SmallCheckpoint().with(PROJ, Shape.of(2, 3), new float[6]),
                F32))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "%s: tensor '%s' has shape [2, 2], but %s has [2, 3]. A LoRA is extracted from a model and the one that it was made of."
                .formatted(tuned(), PROJ, base()));
  }

  @Test
  void refusesModelsThatHaveNothingInCommon() {
    assertThatThrownBy(() ->
            extract(
                new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4),
                new SmallCheckpoint().with(PROJ.replace("_in", "_out"), TWO, 1, 2, 3, 4),
                F32.withComponents(Set.of(Component.UNET))))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "%s and %s have no tensor in common that a LoRA could change (components: unet). Name the fine-tuned checkpoint and the one that it was made of."
                .formatted(tuned(), base()));
  }

  @Test
  void refusesALayerThatDoesNotFitTheMemory() {
    new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4).write(tuned());
    new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).write(base());
    assertThatThrownBy(() -> Extraction.write(tuned(), base(), output(), F32, settings(1, 1000)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
        .hasMessage(
            "tensor '"
                + PROJ
                + "' needs 1.12 MB of buffers at this rank, but the budget leaves 1.00 kB; give"
                + " more memory, or a smaller rank.");
    assertNothingIsLeft();
  }

  @Test
  void refusesAnOutputThatIsAnInput() {
    new SmallCheckpoint().with(PROJ, TWO, 1, 2, 3, 4).write(tuned());
    new SmallCheckpoint().with(PROJ, TWO, 0, 0, 0, 0).write(base());
    assertThatThrownBy(() -> Extraction.write(tuned(), base(), tuned(), F32, settings(1, 64 << 20)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessageStartingWith(tuned() + ": is the same file as the input ");
  }

  @Test
  void refusesOptionsThatMakeNoSense() {
    assertThatThrownBy(() -> new RankChoice.Fixed(0))
        .hasMessage("a rank must be in 1..4096 but was 0; 16 to 128 are usual.");
    assertThatThrownBy(() -> new RankChoice.Energy(0, 8))
        .hasMessage(
            "the share of energy must be above 0 and at most 1 but was 0.0; 0.9 keeps nine tenths"
                + " of the sum of squares.");
    assertThatThrownBy(() -> new RankChoice.Above(-1, 8))
        .hasMessage(
            "the limit of singular values must be a number from 0 on but was -1.0; 0 keeps all that"
                + " can be told from rounding.");
    assertThatThrownBy(() -> F32.withDtype(DType.F8_E4M3))
        .hasMessage("factors are stored as F16, BF16, F32 or F64, not as F8_E4M3.");
  }

  private void assertNothingIsLeft() {
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(tuned(), base());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
