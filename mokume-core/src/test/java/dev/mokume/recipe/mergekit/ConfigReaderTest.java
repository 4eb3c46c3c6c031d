package dev.mokume.recipe.mergekit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Every mistake in a config is told with its place; what configs say in several ways is read in
/// all of them.
class ConfigReaderTest {
  private static List<MergekitConfig> read(String text) {
    return MergekitConfig.read(text, "c.yml");
  }

  private static String[] problems(String text) {
    try {
      read(text);
      return new String[0];
    } catch (dev.mokume.error.MokumeException e) {
      return e.problems().stream().map(problem -> problem.message()).toArray(String[]::new);
    }
  }

  @Test
  void tellsAllMistakesWithTheirPlaces() {
    assertThat(
            problems(
                """
                merge_methd: ties
                models:
                  - model: a+b+c
                  - modl: b
                dtype: bfloat61
                """))
        .containsExactly(
            "c.yml:1:1: the config lacks merge_method; it needs merge_method and may have name,"
                + " models, slices, modules, base_model, parameters, dtype, out_dtype,"
                + " tokenizer_source, tokenizer, chat_template",
            "c.yml:1:1: the config has no key 'merge_methd'; did you mean 'merge_method'? Its keys"
                + " are merge_method, name, models, slices, modules, base_model, parameters, dtype,"
                + " out_dtype, tokenizer_source, tokenizer, chat_template",
            "c.yml:3:12: model 'a+b+c' is not PATH, PATH@REVISION or PATH+LORA",
            "c.yml:4:5: a model lacks model; it needs model and may have parameters",
            "c.yml:4:5: a model has no key 'modl'; did you mean 'model'? Its keys are model,"
                + " parameters",
            "c.yml:5:8: dtype has no value 'bfloat61'; did you mean 'bfloat16'? It is one of"
                + " bfloat16, float16, float32");
  }

  /// As mergekit 0.1.5 does, in each of these places.
  @Test
  void ignoresUnknownKeysWhereverTheyStand() {
    MergekitConfig config =
        read("""
        weights: &weights {weight: 1}
        merge_method: linear
        slices:
          - sources:
              - model: {model: {path: a, brnach: main}, adapter: b}
                layer_range: [0, 2]
                weight: 0.5
                parameters: *weights
            residual_wieght: 1
        parameters:
          weight: [{value: 1, fliter: mlp}]
        tokenizer: {source: union, tokens: {x: {source: {kind: zero, model: a}}}, pad_multiple: 8}
        random_seed: 1
        otu_dtype: float16
        """)
            .getFirst();

    assertThat(config.notes())
        .containsExactly(
            "c.yml:1:1: the config has no key 'weights', which is ignored.",
            "c.yml:5:34: a model's path has no key 'brnach', which is ignored.",
            "c.yml:5:49: a model's reference has no key 'adapter', which is ignored.",
            "c.yml:7:9: a source has no key 'weight', which is ignored.",
            "c.yml:9:5: a slice has no key 'residual_wieght', which is ignored; did you mean"
                + " 'residual_weight'?",
            "c.yml:11:23: a value with a filter has no key 'fliter', which is ignored; did you"
                + " mean 'filter'?",
            "c.yml:12:62: a token's source has no key 'model', which is ignored.",
            "c.yml:12:75: tokenizer has no key 'pad_multiple', which is ignored; did you mean"
                + " 'pad_to_multiple_of'?",
            "c.yml:13:1: the config has no key 'random_seed', which is ignored.",
            "c.yml:14:1: the config has no key 'otu_dtype', which is ignored; did you mean"
                + " 'out_dtype'?");
  }

  @Test
  void eachConfigOfAFileHasItsOwnUnknownKeys() {
    List<MergekitConfig> configs =
        read(
            """
            name: first
            merge_method: linear
            models: [{model: a}]
            ---
            merge_method: linear
            models: [{model: first}]
            seed: 1
            """);

    assertThat(configs)
        .extracting(MergekitConfig::notes)
        .containsExactly(
            List.of(), List.of("c.yml:7:1: the config has no key 'seed', which is ignored."));
  }

  @Test
  void aKeyThatAliasesRepeatIsToldOnce() {
    MergekitConfig config =
        read("""
        merge_method: linear
        models: [&a {model: a, wieght: 1}, *a, *a]
        """)
            .getFirst();

    assertThat(config.notes())
        .containsExactly("c.yml:2:24: a model has no key 'wieght', which is ignored.");
  }

  @Test
  void anUnknownKeyIsToldBesideWhatIsMissing() {
    assertThat(problems("merge_method: linear\nmodls: [{model: a}]\n"))
        .containsExactly(
            "c.yml:1:1: the config needs one of models, slices, modules, but it has none",
            "c.yml:2:1: the config has no key 'modls'; did you mean 'models'? Its keys are"
                + " merge_method, name, models, slices, modules, base_model, parameters, dtype,"
                + " out_dtype, tokenizer_source, tokenizer, chat_template");
  }

  @Test
  void whatIsWrongWithOneConfigIsNoMatterOfAnothersKeys() {
    assertThat(
            problems(
                """
                name: first
                merge_method: linear
                models: [{model: a}]
                dtype: bfloat61
                ---
                merge_method: linear
                models: [{model: first}]
                random_seed: 1
                """))
        .containsExactly(
            "c.yml:4:8: dtype has no value 'bfloat61'; did you mean 'bfloat16'? It is one of"
                + " bfloat16, float16, float32");
  }

  @Test
  void offersTheNearestMethod() {
    assertThat(problems("merge_method: tise\nmodels: [{model: a}]\n")[0])
        .startsWith("c.yml:1:15: merge_method has no value 'tise'; did you mean 'ties'? It is one");
  }

  @Test
  void refusesSourcesOfOtherLengths() {
    assertThat(
            problems(
                """
                merge_method: slerp
                slices:
                  - sources:
                      - {model: a, layer_range: [0, 2]}
                      - {model: b, layer_range: [0, 3]}
                """))
        .containsExactly(
            "c.yml:3:5: the sources of a slice must have as many layers each, but these have 2 and"
                + " 3");
  }

  @Test
  void needsOneOfModelsSlicesAndModules() {
    assertThat(problems("merge_method: linear\n"))
        .containsExactly(
            "c.yml:1:1: the config needs one of models, slices, modules, but it has none");
    assertThat(
            problems(
                """
                merge_method: linear
                models: [{model: a}]
                slices: [{sources: [{model: a, layer_range: [0, 1]}]}]
                """))
        .containsExactly(
            "c.yml:1:1: the config needs one of models, slices, modules, but it has models and"
                + " slices");
  }

  @Test
  void readsReferencesInEveryForm() {
    MergekitConfig config =
        read("""
        merge_method: linear
        base_model: org/a@main
        models:
          - model: org/a@main+org/lora@v1
          - model: {model: {path: b, revision: r}, lora: c}
        """)
            .getFirst();

    assertThat(config.models())
        .containsExactly(
            new ModelReference("org/a", Optional.of("main"), Optional.empty()),
            new ModelReference(
                "org/a",
                Optional.of("main"),
                Optional.of(new ModelReference("org/lora", Optional.of("v1"), Optional.empty()))),
            new ModelReference(
                "b",
                Optional.of("r"),
                Optional.of(new ModelReference("c", Optional.empty(), Optional.empty()))));
  }

  @Test
  void readsConfigsThatUseEachOtherInTheOrderOfTheirUse() {
    List<MergekitConfig> configs =
        read(
            """
            merge_method: linear
            models: [{model: second}]
            ---
            name: second
            merge_method: linear
            models: [{model: first}]
            ---
            name: first
            merge_method: linear
            models: [{model: a}]
            """);

    assertThat(ConfigOrder.of(configs, "c.yml").stream().map(MergekitConfig::name))
        .containsExactly(Optional.of("first"), Optional.of("second"), Optional.empty());
    assertThat(configs.get(1).text())
        .isEqualTo("name: second\nmerge_method: linear\nmodels: [{model: first}]\n");
  }

  @Test
  void refusesRings() {
    List<MergekitConfig> configs =
        read(
            """
            name: a
            merge_method: linear
            models: [{model: b}]
            ---
            name: b
            merge_method: linear
            models: [{model: a}]
            """);

    assertThatThrownBy(() -> ConfigOrder.of(configs, "c.yml"))
        .hasMessage("c.yml: configs use each other's results in a ring: a uses b uses a.");
  }
}
