package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// mergekit's configs, from the text to the folder that a loader reads.
class MergekitTest {
  private static final String Q0 = "model.layers.0.self_attn.q_proj.weight";
  private static final String Q1 = "model.layers.1.self_attn.q_proj.weight";
  private static final String Q2 = "model.layers.2.self_attn.q_proj.weight";
  private static final String UP0 = "model.layers.0.mlp.up_proj.weight";

  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void writeModels() {
    new TinyLlama(0, 3).write(folder.resolve("zero"));
    new TinyLlama(10, 3).write(folder.resolve("ten"));
  }

  private MergekitRecipe recipe(String config) {
    return MergekitRecipe.of(
        MergekitConfig.read(config, "config.yml").getFirst(),
        new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
        MergekitOptions.defaults());
  }

  private LoadedModel merge(String config) {
    return merge(config, 5_000_000_000L);
  }

  private LoadedModel merge(String config, long largestShard) {
    Path out = folder.resolve("out");
    MergeListener listener =
        new MergeListener() {
          @Override
          public void warned(String message) {
            warnings.add(message);
          }
        };
    Mokume.mergeModel(
        recipe(config),
        new ModelFolder(out, largestShard, true, true),
        MergeOptions.defaults()
            .withOverwrite(true)
            .withDurable(false)
            .withMemory(16 << 20)
            .withListener(listener));
    return LoadedModel.of(out);
  }

  @Test
  void averagesModels() {
    LoadedModel model =
        merge(
            """
            models:
              - model: zero
                parameters:
                  weight: 3
              - model: ten
                parameters:
                  weight: 1
            merge_method: linear
            dtype: bfloat16
            """);

    assertThat(model.first("model.embed_tokens.weight")).isEqualTo(2.5f);
    assertThat(model.first(Q1)).isEqualTo(4.5f);
    assertThat(model.first("lm_head.weight")).isEqualTo(2.5f);
    assertThat(model.config.get("torch_dtype").stringValue()).isEqualTo("bfloat16");
    assertThat(warnings).isEmpty();
  }

  @Test
  void putsBesideTheWeightsWhatMakesAModelOfThem() {
    String config =
        """
        models:
          - model: ten
            parameters:
              weight: 1
          - model: zero
            parameters:
              weight: 1
        merge_method: linear
        """;
    LoadedModel model = merge(config);

    assertThat(model.text("tokenizer.json")).isEqualTo("{\"made\": \"of 10.0\"}");
    assertThat(model.text("generation_config.json")).isEqualTo("{\"do_sample\": true}");
    assertThat(model.text("chat_template.jinja")).isEqualTo("{{ messages }}");
    assertThat(model.text("mergekit_config.yml")).isEqualTo(config);
    assertThat(model.text("README.md"))
        .isEqualTo(
            """
            ---
            library_name: transformers
            tags:
            - mergekit
            - merge
            - mokume
            ---
            # out

            Made with Mokume by the method `linear` of mergekit.

            ## Models

            * `ten`
            * `zero`

            ## Config

            The file `mergekit_config.yml` beside this one:

            ```yaml
            """
                + config
                + "```\n");
  }

  @Test
  void writesShardsWithAnIndexIfOneFileWouldBeTooLarge() {
    LoadedModel model =
        merge(
            """
            models:
              - model: zero
                parameters: {weight: 1}
              - model: ten
                parameters: {weight: 1}
            merge_method: linear
            """,
            100);

    assertThat(model.first(Q0)).isEqualTo(6);
    assertThat(model.file(Q0)).isNotEqualTo(model.file("lm_head.weight"));
  }

  /// t of three layers is 0, 0.5, 1; that of tensors of no layer is 0, the head's too.
  @Test
  void interpolatesGradientsOverTheLayers() {
    LoadedModel model =
        merge(
            """
            models:
              - model: zero
                parameters:
                  weight: 1
              - model: ten
                parameters:
                  weight: [0, 0.5, 0.25]
            merge_method: linear
            parameters:
              normalize: false
            """);

    assertThat(model.first(Q0)).isEqualTo(1);
    assertThat(model.first(Q1)).isEqualTo(2 + 0.5f * 12);
    assertThat(model.first(Q2)).isEqualTo(3 + 0.25f * 13);
    assertThat(model.first("model.embed_tokens.weight")).isZero();
    assertThat(model.first("lm_head.weight")).isZero();
  }

  /// A filter that does not fit falls through to the next place.
  @Test
  void looksParametersUpFromTheModelToTheTop() {
    LoadedModel model =
        merge(
            """
            models:
              - model: zero
                parameters:
                  weight: 0
              - model: ten
                parameters:
                  weight:
                    - filter: self_attn
                      value: [1, 3]
            merge_method: linear
            parameters:
              normalize: false
              weight:
                - filter: mlp
                  value: 10
                - value: 0.5
            """);

    assertThat(model.first(Q0)).isEqualTo(11);
    assertThat(model.first(Q2)).isEqualTo(3 * 13);
    assertThat(model.first(UP0)).isEqualTo(115);
    assertThat(model.first("model.norm.weight")).isEqualTo(5);
  }

  @Test
  void stacksLayers() {
    new TinyLlama(20, 4).write(folder.resolve("twenty"));
    LoadedModel model =
        merge(
            """
            slices:
              - sources:
                  - model: zero
                    layer_range: [0, 2]
              - sources:
                  - model: twenty
                    layer_range: [1, 4]
            merge_method: passthrough
            dtype: float16
            """);

    assertThat(model.layers()).isEqualTo(5);
    assertThat(
            List.of(0, 1, 2, 3, 4).stream()
                .map(i -> model.first("model.layers." + i + ".self_attn.q_proj.weight")))
        .containsExactly(1f, 2f, 22f, 23f, 24f);
    assertThat(model.first("model.embed_tokens.weight")).isZero();
    assertThat(model.first("model.norm.weight")).isEqualTo(20);
    assertThat(model.first("lm_head.weight")).isEqualTo(20);
  }

  @Test
  void numbersTheLayersOfEachSliceFromItsOwnStart() {
    LoadedModel model =
        merge(
            """
            slices:
              - sources:
                  - model: zero
                    layer_range: [0, 1]
                  - model: ten
                    layer_range: [2, 3]
                parameters:
                  weight: 0.5
              - sources:
                  - model: zero
                    layer_range: [1, 3]
                    parameters:
                      weight: [1, 0]
                  - model: ten
                    layer_range: [0, 2]
                    parameters:
                      weight: [0, 1]
            merge_method: linear
            """);

    assertThat(model.layers()).isEqualTo(3);
    assertThat(model.first(Q0)).isEqualTo((1 + 13) / 2f);
    assertThat(model.first(Q1)).isEqualTo(2);
    assertThat(model.first(Q2)).isEqualTo(12);
    assertThat(model.first("model.norm.weight")).isZero();
  }

  @Test
  void theSameAsAPlainRecipe() {
    String text =
        RecipeWriter.yaml(
            recipe(
                    """
                    slices:
                      - sources:
                          - model: zero
                            layer_range: [0, 3]
                      - sources:
                          - model: ten
                            layer_range: [1, 3]
                            parameters: {scale: 2}
                    merge_method: passthrough
                    """)
                .recipe());

    assertThat(text)
        .contains(
            """
            stacks:
              stack-1:
                model.layers:
                - of: zero
                  layers:
                  - 0
                  - 3
                - of: ten
                  layers:
                  - 1
                  - 3
            """);
    assertThat(RecipeWriter.yaml(RecipeReader.read(text, "recipe.yaml", Path.of(""))))
        .isEqualTo(text);
  }

  /// A head that was the embedding stays the head behind another model's embedding.
  @Test
  void givesATiedHeadATensorOfItsOwn() {
    new TinyLlama(20, 3).tied().write(folder.resolve("tied"));
    LoadedModel model =
        merge(
            """
            slices:
              - sources:
                  - model: zero
                    layer_range: [0, 1]
              - sources:
                  - model: tied
                    layer_range: [1, 3]
            merge_method: passthrough
            """);

    assertThat(model.first("model.embed_tokens.weight")).isZero();
    assertThat(model.first("lm_head.weight")).isEqualTo(20);
  }

  @Test
  void keepsATiedModelTied() {
    new TinyLlama(20, 3).tied().write(folder.resolve("tied"));
    LoadedModel model =
        merge(
            """
            slices:
              - sources: [{model: tied, layer_range: [0, 3]}]
              - sources: [{model: tied, layer_range: [1, 3]}]
            merge_method: passthrough
            """);

    assertThat(model.layers()).isEqualTo(5);
    assertThat(model.config.get("tie_word_embeddings").asBoolean()).isTrue();
  }

  /// Where one model has a head of its own, the head of a tied one is its embedding, with what the
  /// config says of heads.
  @ParameterizedTest
  @ValueSource(strings = {"tied, ten", "ten, tied"})
  void mergesATiedHeadWithOneThatIsNot(String order) {
    new TinyLlama(20, 3).tied().write(folder.resolve("tied"));
    String[] names = order.split(", ");
    LoadedModel model =
        merge(
            """
            models:
              - model: %s
              - model: %s
            merge_method: linear
            parameters:
              weight:
                - {filter: lm_head, value: 1}
                - {filter: embed, value: 3}
                - {value: 2}
            """
                .formatted(names[0], names[1])
                .replace(
                    "- model: tied",
                    """
                    - model: tied
                        parameters:
                          weight:
                            - {filter: lm_head, value: 3}
                            - {filter: embed, value: 1}
                    """
                        .strip()));

    assertThat(model.first("model.embed_tokens.weight")).isEqualTo((1 * 20 + 3 * 10) / 4f);
    assertThat(model.first("lm_head.weight")).isEqualTo((3 * 20 + 1 * 10) / 4f);
    assertThat(model.first("model.norm.weight")).isEqualTo(15);
    assertThat(model.config.get("tie_word_embeddings").asBoolean()).isFalse();
    assertThat(warnings).isEmpty();
  }

  /// What is said of heads says nothing of embeddings, even if they are heads.
  @Test
  void tiedModelsHaveNoHeadToSpeakOf() {
    new TinyLlama(20, 3).tied().write(folder.resolve("tied"));
    new TinyLlama(40, 3).tied().write(folder.resolve("knotted"));
    LoadedModel model =
        merge(
            """
            models:
              - model: tied
                parameters: {weight: 1}
              - model: knotted
                parameters:
                  weight:
                    - {filter: lm_head, value: 7}
                    - {value: 3}
            merge_method: linear
            """);

    assertThat(model.first("model.embed_tokens.weight")).isEqualTo(35);
    assertThat(model.config.get("tie_word_embeddings").asBoolean()).isTrue();
  }

  /// Embeddings go by the first slice, with the first number of a gradient; norm and head by the
  /// last.
  @Test
  void takesTheNumbersOfTensorsOfNoLayerFromTheSlicesAtTheEnds() {
    new TinyLlama(20, 3).write(folder.resolve("twenty"));
    LoadedModel model =
        merge(
            """
            slices:
              - sources:
                  - {model: ten, layer_range: [0, 2]}
                  - {model: twenty, layer_range: [0, 2]}
                parameters: {t: [0.25, 1]}
              - sources:
                  - {model: ten, layer_range: [2, 3]}
                  - {model: twenty, layer_range: [2, 3]}
                parameters:
                  t:
                    - {filter: lm_head, value: 1}
                    - {value: [0.5, 0.75]}
            base_model: ten
            merge_method: slerp
            """);

    assertThat(model.first("model.embed_tokens.weight")).isEqualTo(12.5f);
    assertThat(model.first(Q0)).isCloseTo(11 + 2.5f, within(1e-5f));
    assertThat(model.first(Q1)).isCloseTo(22, within(1e-5f));
    assertThat(model.first(Q2)).isCloseTo(13 + 7.5f, within(1e-5f));
    assertThat(model.first("model.norm.weight")).isEqualTo(15);
    assertThat(model.first("lm_head.weight")).isEqualTo(20);
  }

  @Test
  void asksForTheNumbersOfTensorsOfNoLayerToo() {
    assertThatThrownBy(() ->
            recipe(
                """
                slices:
                  - sources:
                      - {model: zero, layer_range: [0, 3]}
                      - {model: ten, layer_range: [0, 3]}
                base_model: zero
                merge_method: slerp
                parameters:
                  t:
                    - {filter: layers, value: 0.5}
                """))
        .hasMessage(
            "config.yml: slerp needs t, but there is none for tensor model.embed_tokens.weight."
                + " Give it under parameters.");
  }

  /// Adds 1 to the queries of layer 0, 2 to those of layer 1 and 5 to the head.
  private void writeAdapter() throws IOException {
    String layer = "base_model.model.model.layers.%s.self_attn.q_proj.lora_%s.weight";
    String head = "base_model.model.lm_head.lora_%s.weight";
    Path adapter = Files.createDirectories(folder.resolve("lora"));
    new SmallCheckpoint()
        .with(layer.formatted(0, "A"), Shape.of(1, 2), 1, 1)
        .with(layer.formatted(0, "B"), Shape.of(2, 1), 1, 1)
        .with(layer.formatted(1, "A"), Shape.of(1, 2), 2, 2)
        .with(layer.formatted(1, "B"), Shape.of(2, 1), 1, 1)
        .with(head.formatted("A"), Shape.of(1, 2), 5, 5)
        .with(head.formatted("B"), Shape.of(4, 1), 1, 1, 1, 1)
        .write(adapter.resolve("adapter_model.safetensors"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1}");
  }

  @Test
  void appliesAnAdapterToAWholeModel() throws IOException {
    writeAdapter();
    LoadedModel model =
        merge(
            """
            models:
              - model: zero+lora
              - model: zero
            merge_method: linear
            parameters: {weight: 1}
            """);

    assertThat(model.first(Q0)).isEqualTo(1.5f);
    assertThat(model.first(Q1)).isEqualTo(3);
    assertThat(model.first(Q2)).isEqualTo(3);
    assertThat(model.first("lm_head.weight")).isEqualTo(2.5f);
  }

  /// Layers take along what an adapter does to them, whatever their new numbers.
  @Test
  void stacksLayersOfAModelWithAnAdapter() throws IOException {
    writeAdapter();
    LoadedModel model =
        merge(
            """
            slices:
              - sources: [{model: ten, layer_range: [0, 2]}]
              - sources: [{model: zero+lora, layer_range: [0, 2]}]
              - sources: [{model: zero, layer_range: [0, 2]}]
              - sources: [{model: zero+lora, layer_range: [1, 3]}]
            merge_method: passthrough
            """);

    assertThat(
            List.of(0, 1, 2, 3, 4, 5, 6, 7).stream()
                .map(i -> model.first("model.layers." + i + ".self_attn.q_proj.weight")))
        .containsExactly(11f, 12f, 1 + 1f, 2 + 2f, 1f, 2f, 2 + 2f, 3f);
    assertThat(model.first("lm_head.weight")).isEqualTo(5);
    assertThat(warnings).isEmpty();
  }

  @Test
  void mergesSlicesOfModelsWithAdapters() throws IOException {
    writeAdapter();
    LoadedModel model =
        merge(
            """
            slices:
              - sources:
                  - {model: ten, layer_range: [1, 3]}
                  - {model: zero+lora, layer_range: [0, 2]}
            merge_method: linear
            parameters: {weight: 0.5}
            """);

    assertThat(model.first(Q0)).isEqualTo((12 + 2) / 2f);
    assertThat(model.first(Q1)).isEqualTo((13 + 4) / 2f);
    assertThat(model.first("lm_head.weight")).isEqualTo((10 + 5) / 2f);
  }

  @Test
  void aPlainRecipeSaysAdaptersOfLayersToo() throws IOException {
    writeAdapter();
    String text =
        RecipeWriter.yaml(
            recipe(
                    """
                    slices:
                      - sources: [{model: zero+lora, layer_range: [1, 3]}]
                    merge_method: passthrough
                    """)
                .recipe());

    assertThat(text).contains("lora:", "strict: false\n", "trained_on: zero\n");
    assertThat(RecipeWriter.yaml(RecipeReader.read(text, "recipe.yaml", Path.of(""))))
        .isEqualTo(text);
  }

  /// Models, numbers and each result are rounded to the config's dtype, whatever is stored: 1.01 is
  /// 1.0078125 in BF16 and 3.005 is 3, 0.3 is 0.30078125 and 0.7 is 0.69921875; the products are
  /// 0.302734375 and 2.09375, and their sum 2.390625.
  @ParameterizedTest
  @CsvSource({
    "F32, bfloat16, bfloat16, 2.390625",
    "F32, bfloat16, float32, 2.390625",
    "BF16, float32, float32, 2.4023438",
    "BF16, float32, bfloat16, 2.40625",
  })
  void roundsToTheDtypeOfTheConfigWhereMergekitIsReproduced(
      String stored, String dtype, String outDtype, float expected) {
    writeNumber("x", stored, 1.01f);
    writeNumber("y", stored, 3.005f);

    assertThat(
            mergeLikeMergekit(
                """
                models:
                  - {model: x, parameters: {weight: 0.3}}
                  - {model: y, parameters: {weight: 0.7}}
                merge_method: linear
                parameters: {normalize: false}
                dtype: %s
                out_dtype: %s
                """
                    .formatted(dtype, outDtype)))
        .isEqualTo(expected);
  }

  @Test
  void roundsWhatIsPassedThroughToo() {
    writeNumber("x", "F32", 1.01f);

    assertThat(
            mergeLikeMergekit(
                """
                models: [{model: x}]
                merge_method: passthrough
                dtype: bfloat16
                out_dtype: float32
                """))
        .isEqualTo(1.0078125f);
  }

  private void writeNumber(String name, String dtype, float number) {
    try {
      Path model = Files.createDirectories(folder.resolve(name));
      new SmallCheckpoint()
          .with("model.norm.weight", DType.of(dtype), Shape.of(1), number)
          .write(model.resolve("model.safetensors"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private float mergeLikeMergekit(String config) {
    Path out = folder.resolve("out");
    Mokume.mergeModel(
        MergekitRecipe.of(
            MergekitConfig.read(config, "config.yml").getFirst(),
            new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
            MergekitOptions.defaults().withCompat(Compat.MERGEKIT)),
        ModelFolder.of(out),
        MergeOptions.defaults().withDurable(false).withMemory(16 << 20));
    return SmallCheckpoint.read(out.resolve("model.safetensors")).values("model.norm.weight")[0];
  }

  @Test
  void refusesAMethodWithoutItsBase() {
    assertThatThrownBy(() ->
            recipe(
                """
                models:
                  - model: zero
                  - model: ten
                merge_method: ties
                parameters: {weight: 1}
                """))
        .hasMessage(
            "config.yml: ties works on a base model, but base_model is none of zero, ten; name it,"
                + " and in slices list it among the sources.");
  }

  @Test
  void refusesValuesOfTheWrongKind() {
    assertThatThrownBy(() ->
            recipe(
                """
                models:
                  - model: zero
                    parameters: {weight: much}
                merge_method: linear
                """))
        .hasMessage("config.yml:3:18: weight must be a number but is 'much'.");
  }

  /// The base is one of the models though it is not listed, and needs no weight.
  @Test
  void addsTaskVectorsToABaseThatIsNotListed() {
    new TinyLlama(1, 3).write(folder.resolve("one"));
    LoadedModel model =
        merge(
            """
            models:
              - model: ten
                parameters: {weight: 0.5}
              - model: one
                parameters: {weight: -2}
            base_model: zero
            merge_method: task_arithmetic
            parameters: {lambda: 0.5}
            """);

    assertThat(model.first(Q1)).isEqualTo(2 + 0.5f * (0.5f * 10 - 2 * 1));
    assertThat(model.text("tokenizer.json")).isEqualTo("{\"made\": \"of 0.0\"}");
  }

  @Test
  void findsRepositoriesInTheCache() throws IOException {
    String commit = "0123456789abcdef0123456789abcdef01234567";
    Path repository = folder.resolve("hub").resolve("models--maker--five");
    new TinyLlama(5, 3).dtype(DType.BF16).write(repository.resolve("blobs"));
    Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(commit));
    for (String name : List.of("model.safetensors", "config.json")) {
      Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs").resolve(name));
    }
    Files.createDirectories(repository.resolve("refs"));
    Files.writeString(repository.resolve("refs").resolve("main"), commit + "\n");

    LoadedModel model =
        merge(
            """
            models:
              - model: maker/five
                parameters: {weight: 1}
              - model: zero
                parameters: {weight: 1}
            merge_method: linear
            """);

    assertThat(model.first(Q0)).isEqualTo(3.5f);
    assertThat(model.text("README.md")).contains("base_model:\n- maker/five\nlibrary_name");
  }

  /// 48 layers of 128 experts, three tensors each, with a gradient over the layers.
  @Test
  void mergesManyExpertsInASmallBudget() throws IOException {
    for (String name : List.of("many", "others")) {
      SmallCheckpoint experts = new SmallCheckpoint();
      for (int layer = 0; layer < 48; layer++) {
        for (int expert = 0; expert < 128; expert++) {
          for (String part : List.of("gate_proj", "up_proj", "down_proj")) {
            experts.with(
                "model.layers.%s.mlp.experts.%s.%s.weight".formatted(layer, expert, part),
                name.equals("many") ? 0 : 47);
          }
        }
      }
      experts.write(Files.createDirectories(folder.resolve(name)).resolve("model.safetensors"));
    }
    Path out = folder.resolve("out");

    Mokume.mergeModel(
        recipe(
            """
            models:
              - model: many
                parameters: {weight: 1}
              - model: others
                parameters: {weight: [0, 1]}
            merge_method: linear
            parameters: {normalize: false}
            """),
        ModelFolder.of(out),
        MergeOptions.defaults().withDurable(false).withMemory(16 << 20));

    SmallCheckpoint merged = SmallCheckpoint.read(out.resolve("model.safetensors"));
    assertThat(merged.names()).hasSize(48 * 128 * 3);
    assertThat(merged.values("model.layers.30.mlp.experts.127.up_proj.weight")[0])
        .isCloseTo(30, within(1e-4f));
  }

  @Test
  void saysHowToGetAModelThatIsNotThere() {
    assertThatThrownBy(() ->
            recipe(
                """
                models:
                  - model: maker/six@v2
                    parameters: {weight: 1}
                merge_method: linear
                """))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "model 'maker/six@v2' is neither a folder here nor in the Hugging Face cache "
                + folder.resolve("hub")
                + ". Mokume downloads nothing by itself; get it with: hf download maker/six"
                + " --revision v2");
  }

  @Test
  void refusesLayersThatAModelDoesNotHave() {
    assertThatThrownBy(() ->
            recipe(
                """
                slices:
                  - sources:
                      - model: zero
                        layer_range: [0, 4]
                merge_method: passthrough
                """))
        .hasMessage(
            "config.yml: layer_range [0, 4] of zero is beyond its layers: it has 3,"
                + " model.layers.0 to model.layers.2.");
  }

  @Test
  void refusesWholeModelsOfOtherDepths() {
    new TinyLlama(20, 4).write(folder.resolve("twenty"));

    assertThatThrownBy(() ->
            recipe(
                """
                models:
                  - model: zero
                  - model: twenty
                merge_method: linear
                parameters: {weight: 1}
                """))
        .hasMessage(
            "config.yml: twenty has 4 layers and zero has 3. Say which layers are merged with"
                + " which, with slices and layer_range.");
  }

  @Test
  void asksForParametersThatAMethodNeeds() {
    assertThatThrownBy(() ->
            recipe(
                """
                models:
                  - model: zero
                    parameters: {weight: 1}
                  - model: ten
                    parameters:
                      weight:
                        - filter: mlp
                          value: 1
                merge_method: linear
                """))
        .hasMessage(
            "config.yml: linear needs a weight of ten, but there is none for tensor"
                + " model.layers.0.input_layernorm.weight. Give it under the model's parameters.");
  }

  @Test
  void tellsAnIgnoredKeyBesideWhatIsMissing() {
    assertThatThrownBy(() ->
            recipe(
                """
                models: [{model: ten, paramters: {weight: 1}}]
                merge_method: linear
                """))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            """
            config.yml: linear needs a weight of ten, but there is none for tensor\
             model.layers.0.input_layernorm.weight. Give it under the model's parameters.
            config.yml:1:23: a model has no key 'paramters', which is ignored; did you mean\
             'parameters'?\
            """);
  }

  @Test
  void tellsOfParametersThatDoNothing() {
    merge(
        """
        models:
          - model: zero
            parameters: {weight: 1, density: 0.5}
        merge_method: linear
        """);

    assertThat(warnings)
        .containsExactly(
            "config.yml:3:29: linear has no parameter 'density', which is ignored; it has weight,"
                + " normalize.");
  }

  @Test
  void tellsOfKeysThatMergekitIgnores() {
    merge(
        """
        models:
          - model: zero
            parameters: {weight: 1}
        merge_method: linear
        random_seed: 1
        """);

    assertThat(warnings)
        .containsExactly("config.yml:5:1: the config has no key 'random_seed', which is ignored.");
  }

  @Test
  void neverWritesIntoAModelsFolder() {
    MergekitRecipe recipe =
        recipe(
            """
            models:
              - model: zero
            merge_method: passthrough
            """);

    assertThatThrownBy(() ->
            Mokume.mergeModel(
                recipe,
                ModelFolder.of(folder.resolve("zero")),
                MergeOptions.defaults().withOverwrite(true)))
        .hasMessage(
            folder.resolve("zero")
                + ": is the folder of a model that is merged, and an input is never written over;"
                + " choose another folder for the output.");
  }
}
