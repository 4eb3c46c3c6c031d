package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.internal.pickle.TorchFile;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.Result.Tensors;
import dev.mokume.recipe.mergekit.HuggingFaceCache;
import dev.mokume.recipe.mergekit.MergekitConfig;
import dev.mokume.recipe.mergekit.MergekitOptions;
import dev.mokume.recipe.mergekit.MergekitRecipe;
import dev.mokume.recipe.mergekit.ModelPlaces;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// mergekit's merges of checkpoints of any kind, tensor by tensor.
class MergekitFlatTest {
  private static final String LINEAR =
      """
      models:
        - model: a.safetensors
          parameters: {weight: 1}
        - model: b.safetensors
          parameters: {weight: 3}
      merge_method: linear
      """;

  @TempDir private Path folder;

  private final List<String> warnings = new ArrayList<>();

  @BeforeEach
  void writeModels() {
    write("a", Map.of("stem.kernel", 1f, "stem.3.gain", 2f));
    write("b", Map.of("stem.kernel", 5f, "stem.3.gain", 10f));
    write("wide", Map.of("stem.kernel", 9f, "stem.3.gain", 0f, "top", 4f));
  }

  private void write(String name, Map<String, Float> tensors) {
    SmallCheckpoint checkpoint = new SmallCheckpoint();
    new TreeMap<>(tensors).forEach((tensor, value) -> checkpoint.with(tensor, value, value));
    checkpoint.write(folder.resolve(name + ".safetensors"));
  }

  private MergekitRecipe recipe(String config, Optional<Tensors> tensors) {
    return MergekitRecipe.flat(
        MergekitConfig.read(config, "config.yml").getFirst(),
        new ModelPlaces(List.of(folder), new HuggingFaceCache(folder.resolve("hub")), Map.of()),
        MergekitOptions.defaults(),
        tensors);
  }

  private Map<String, Float> merge(String config, Optional<Tensors> tensors) {
    Path out = folder.resolve("out");
    MergeListener listener =
        new MergeListener() {
          @Override
          public void warned(String message) {
            warnings.add(message);
          }
        };
    Mokume.mergeModel(
        recipe(config, tensors),
        ModelFolder.of(out),
        MergeOptions.defaults().withDurable(false).withMemory(16 << 20).withListener(listener));
    SmallCheckpoint merged = SmallCheckpoint.read(out.resolve("model.safetensors"));
    Map<String, Float> values = new TreeMap<>();
    merged.names().forEach(name -> values.put(name, merged.values(name)[0]));
    return values;
  }

  @Test
  void aFileMayBeCalledAsIfItHadAnAdapterAndARevision() {
    write("a+b@1", Map.of("stem.kernel", 5f, "stem.3.gain", 10f));
    String config = LINEAR.replace("b.safetensors", folder + "/a+b@1.safetensors");

    assertThat(merge(config, Optional.empty()))
        .isEqualTo(Map.of("stem.kernel", 4f, "stem.3.gain", 8f));
  }

  @Test
  void mergesTensorsByTheirNames() throws IOException {
    assertThat(merge(LINEAR, Optional.empty()))
        .isEqualTo(Map.of("stem.kernel", 4f, "stem.3.gain", 8f));
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      assertThat(files).containsExactly(folder.resolve("out/model.safetensors"));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void mergesPicklesWithSafetensors() throws IOException {
    Files.write(
        folder.resolve("c.pt"),
        TorchFile.zip(new SmallCheckpoint().with("stem.kernel", 5, 5).with("stem.3.gain", 10, 10)));

    assertThat(merge(LINEAR.replace("b.safetensors", "c.pt"), Optional.empty()))
        .isEqualTo(Map.of("stem.kernel", 4f, "stem.3.gain", 8f));
  }

  /// Numbers in names are no layers.
  @Test
  void takesTheStartOfEveryGradient() {
    assertThat(
            merge(
                LINEAR
                    .replace("weight: 1", "weight: [0, 7]")
                    .replace("weight: 3", "weight: [2, 1]"),
                Optional.empty()))
        .isEqualTo(Map.of("stem.kernel", 5f, "stem.3.gain", 10f));
  }

  @Test
  void wantsTheSameTensorsInAllModels() {
    assertThatThrownBy(() -> recipe(LINEAR.replace("model: b", "model: wide"), Optional.empty()))
        .hasMessage(
            "config.yml: a.safetensors lacks 1 tensor that others have, such as 'top'. Merge what"
                + " all models have with --tensor-intersection, or everything with"
                + " --tensor-union.");
  }

  @Test
  void mergesWhatAllModelsHave() {
    String config = LINEAR.replace("a.safe", "wide.safe");

    assertThat(merge(config, Optional.of(Tensors.COMMON)))
        .isEqualTo(Map.of("stem.kernel", (9 + 3 * 5) / 4f, "stem.3.gain", 7.5f));
    assertThat(
            Mokume.plan(
                    recipe(config, Optional.of(Tensors.COMMON)).recipe(), MergeOptions.defaults())
                .left())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.tensor()).isEqualTo("top");
          assertThat(left.reason()).isEqualTo("b.safetensors has no such tensor");
        });
  }

  /// A model has no part in what it lacks, so that weights are divided by those of the others.
  @Test
  void mergesWhatAnyModelHas() {
    assertThat(merge(LINEAR.replace("b.safe", "wide.safe"), Optional.of(Tensors.ALL)))
        .isEqualTo(Map.of("stem.kernel", (1 + 3 * 9) / 4f, "stem.3.gain", 0.5f, "top", 4f));
    assertThat(warnings).isEmpty();
  }

  @Test
  void takesWhatTheBaseLacksAsItIs() {
    assertThat(
            merge(
                """
                models:
                  - model: b.safetensors
                  - model: wide.safetensors
                base_model: a.safetensors
                merge_method: task_arithmetic
                parameters: {weight: 1}
                """,
                Optional.of(Tensors.ALL)))
        .isEqualTo(Map.of("stem.kernel", 1 + 4 + 8f, "stem.3.gain", 2 + 8 - 2f, "top", 4f));
    assertThat(warnings)
        .containsExactly(
            "a.safetensors lacks tensors that others have; they are as in the first of those.");
  }

  @Test
  void aPlainRecipeSaysWhichTensorsThereAre() {
    String text =
        RecipeWriter.yaml(
            recipe(LINEAR.replace("b.safe", "wide.safe"), Optional.of(Tensors.ALL)).recipe());

    assertThat(text).contains("\ntensors: all\n");
    assertThat(RecipeWriter.yaml(RecipeReader.read(text, "recipe.yaml", Path.of(""))))
        .isEqualTo(text);
  }

  @Test
  void refusesLayers() {
    assertThatThrownBy(() ->
            recipe(
                """
                slices:
                  - sources: [{model: a.safetensors, layer_range: [0, 1]}]
                merge_method: passthrough
                """,
                Optional.empty()))
        .hasMessage(
            "config.yml: a flat merge takes tensors by their names, and knows no layers. List"
                + " models, or use mokume mergekit.");
  }

  @Test
  void refusesTokenizers() {
    assertThatThrownBy(() -> recipe(LINEAR + "tokenizer_source: base\n", Optional.empty()))
        .hasMessage(
            "config.yml: a flat merge has no tokenizer; leave tokenizer_source, tokenizer and"
                + " chat_template out, or use mokume mergekit.");
  }
}
