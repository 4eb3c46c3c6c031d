package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RecipeWriterTest {
  @Test
  void theTextIsOneLineOfJsonWithEveryDefault() {
    Recipe recipe =
        RecipeReader.read(
            """
            mokume: 1
            models: {photo: /home/me/photo.safetensors, anime: anime.safetensors}
            masks: {m: {file: masks/m.safetensors}}
            output:
              vae: photo
              unet: {dare: {a: photo, b: anime, alpha: 0.5, mask: m}}
            dtype: {unet: f16}
            """,
            "r.yaml",
            Path.of(""));
    assertThat(RecipeWriter.write(recipe))
        .isEqualTo(
            "{\"mokume\": 1, \"models\": {\"photo\": \"/home/me/photo.safetensors\", \"anime\":"
                + " \"anime.safetensors\"}, \"masks\": {\"m\": {\"file\":"
                + " \"masks/m.safetensors\"}}, \"compat\": \"none\", \"rng\": \"stateless\","
                + " \"output\": {\"unet\": {\"dare\": {\"a\": \"photo\", \"b\": \"anime\","
                + " \"alpha\": 0.5, \"drop_rate\": 0.9, \"vote\": \"sum\", \"rescale\": false,"
                + " \"seed\": 1, \"iterations\": 1, \"method\": \"linear\", \"mask\": \"m\"}},"
                + " \"vae\": \"photo\"}, \"dtype\": {\"unet\": \"f16\"}, \"scales\": \"as-stored\","
                + " \"rounding\": \"nearest\", \"ema\": \"keep\", \"position_ids\": \"keep\","
                + " \"mismatch\": \"error\", \"names\": \"as-stored\"}");
    assertThat(RecipeWriter.provenance(recipe))
        .contains("\"photo\": \"photo.safetensors\"", "\"file\": \"m.safetensors\"")
        .doesNotContain("/home/me", "masks/");
  }

  /// A terminal is shown `\u200d` in the place of what joins the characters.
  @Test
  void whatATextShowsInThePlaceOfACharacterIsReadAsThatCharacter() {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("重み", Path.of("a\u200db \udb40\udc01 \u001b.safetensors"));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components.put(Component.UNET, new Weights.Source("重み"));
    Recipe recipe = Recipe.of(models, Result.Checkpoint.of(components));

    String shown = Quoted.printableLines(RecipeWriter.yaml(recipe));

    assertThat(shown).contains("models:\n  重み: \"a\\u200db \\udb40\\udc01 \\e.safetensors\"\n");
    assertThat(RecipeReader.read(shown, "r.yaml", Path.of(""))).isEqualTo(recipe);
  }

  @Test
  void theTextDoesNotDependOnTheOrderOfComponentsAndMetadata() {
    SequencedMap<Component, Weights> there = new LinkedHashMap<>();
    there.put(Component.VAE, new Weights.Source("a"));
    there.put(Component.UNET, new Weights.Source("b"));
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("a", Path.of("a"));
    models.put("b", Path.of("b"));
    Map<Component, DType> dtypes =
        Map.of(Component.VAE, DType.F32, Component.UNET, DType.F16, Component.CLIP_L, DType.F16);
    Result result =
        new Result.Checkpoint(
            there,
            dtypes,
            Result.Ema.DROP,
            Map.of("z", "1", "y", "2", "x", "3"),
            Set.of(Component.VAE, Component.UNET),
            Result.Names.CHECKPOINT,
            Result.Untouched.NOTHING,
            Encoding.DEFAULT,
            Result.PositionIds.REPAIR,
            Result.Tensors.FIRST);
    Result turned =
        new Result.Checkpoint(
            there.reversed(),
            dtypes,
            Result.Ema.DROP,
            Map.of("y", "2", "x", "3", "z", "1"),
            Set.of(Component.UNET, Component.VAE),
            Result.Names.CHECKPOINT,
            Result.Untouched.NOTHING,
            Encoding.DEFAULT,
            Result.PositionIds.REPAIR,
            Result.Tensors.FIRST);
    assertThat(RecipeWriter.write(Recipe.of(models, result)))
        .isEqualTo(RecipeWriter.write(Recipe.of(models, turned)))
        .endsWith(
            "\"output\": {\"unet\": \"b\", \"vae\": \"a\"}, \"dtype\": {\"unet\": \"f16\","
                + " \"clip_l\": \"f16\", \"vae\": \"f32\"}, \"scales\": \"as-stored\","
                + " \"rounding\": \"nearest\", \"ema\": \"drop\", \"position_ids\": \"repair\","
                + " \"mismatch\": \"error\","
                + " \"metadata\": {\"x\": \"3\", \"y\": \"2\", \"z\": \"1\"}, \"only\": [\"unet\","
                + " \"vae\"], \"names\": \"checkpoint\"}");
  }

  @Test
  void whatIsReadBackIsTheSameRecipeAndHasTheSameText() {
    for (long seed = 0; seed < 500; seed++) {
      Recipe recipe = new RecipeGenerator(seed).recipe();
      String text = RecipeWriter.write(recipe);
      Recipe again = RecipeReader.read(text, "seed " + seed, Path.of(""));
      assertThat(again).as("seed %s", seed).isEqualTo(recipe);
      assertThat(new ArrayList<>(again.models().keySet()))
          .isEqualTo(new ArrayList<>(recipe.models().keySet()));
      assertThat(RecipeWriter.write(again)).isEqualTo(text);
    }
  }

  @Test
  void theGeneratorMakesEveryKindOfNode() {
    StringBuilder all = new StringBuilder();
    for (long seed = 0; seed < 500; seed++) {
      all.append(RecipeWriter.write(new RecipeGenerator(seed).recipe()));
    }
    List<String> methods = new ArrayList<>(MaskReader.METHODS);
    methods.addAll(RatioReader.METHODS);
    methods.addAll(WeightsReader.METHODS);
    methods.addAll(DeltaReader.KINDS);
    methods.addAll(DeltaReader.KEEPS);
    // Those are written as what they stand for.
    methods.removeAll(List.of("clip_simple", "clip_dare"));
    methods.removeAll(Arrays.stream(TaskVectorMethod.values()).map(TaskVectorMethod::id).toList());
    assertThat(methods).allSatisfy(method -> assertThat(all).contains("{\"" + method + "\": "));
  }
}
