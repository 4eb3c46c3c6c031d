package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RecipeReaderTest {
  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");
  private static final Weights C = new Weights.Source("c");
  private static final String HEAD =
      """
      mokume: 1
      models: {a: a.safetensors, b: b.safetensors, c: c.safetensors}
      """;

  private static Recipe read(String text) {
    return RecipeReader.read(text, "r.yaml", Path.of(""));
  }

  private static Weights unet(String expression) {
    return checkpoint(read(HEAD + "output: {unet: " + expression + "}"))
        .components()
        .get(Component.UNET);
  }

  private static Result.Checkpoint checkpoint(Recipe recipe) {
    return (Result.Checkpoint) recipe.result();
  }

  private static Mask mask(String expression) {
    return ((Result.MaskFile) read(HEAD + "mask: " + expression).result()).mask();
  }

  private static Ratio ratio(String expression) {
    return ((Weights.Interpolate) unet("{weighted_sum: {a: a, b: b, alpha: " + expression + "}}"))
        .alpha();
  }

  private static SequencedMap<String, Double> numbers(Object... pairs) {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      numbers.put((String) pairs[i], (Double) pairs[i + 1]);
    }
    return numbers;
  }

  @Nested
  class Sections {
    @Test
    void theFirstModelIsTheFirstWritten() {
      Recipe recipe =
          read("mokume: 1\nmodels: {z: z.safetensors, a: sub/a.safetensors}\noutput: {}");
      assertThat(recipe.firstModel()).isEqualTo("z");
      assertThat(recipe.models()).containsEntry("a", Path.of("sub/a.safetensors"));
      assertThat(recipe.compat()).isEqualTo(Compat.NONE);
      assertThat(recipe.rng()).isEqualTo(Rng.STATELESS);
      assertThat(recipe.result()).isEqualTo(Result.Checkpoint.of(new LinkedHashMap<>()));
    }

    @Test
    void pathsAreRelativeToTheRecipeAndATildeIsTheHome(@TempDir Path folder) throws IOException {
      Path file = folder.resolve("r.yaml");
      Files.writeString(
          file,
          "mokume: 1\n"
              + "models: {a: a.safetensors, b: ~/b.safetensors, c: /c.safetensors}\n"
              + "mask: {file: m.safetensors}");
      Recipe recipe = RecipeReader.read(file);
      assertThat(recipe.models().values())
          .containsExactly(
              folder.resolve("a.safetensors"),
              Path.of(System.getProperty("user.home"), "b.safetensors"),
              Path.of("/c.safetensors"));
      assertThat(recipe.result())
          .isEqualTo(Result.MaskFile.of(new Mask.Stored(folder.resolve("m.safetensors"))));
    }

    @Test
    void aComponentGoesBeforeItsGroupAndAGroupBeforeAll() {
      SequencedMap<Component, Weights> components =
          checkpoint(read(HEAD + "output: {clip_g: c, clip: b, all: a}")).components();
      assertThat(components).hasSize(Component.values().length);
      assertThat(components)
          .containsEntry(Component.CLIP_G, C)
          .containsEntry(Component.CLIP_L, B)
          .containsEntry(Component.T5XXL, B)
          .containsEntry(Component.UNET, A)
          .containsEntry(Component.VAE, A);
    }

    @Test
    void theOutputsOptionsStandBesideIt() {
      Result.Checkpoint checkpoint =
          checkpoint(
              read(
                  HEAD
                      + """
                      output: {vae: c}
                      dtype: {all: BF16, vae: f32}
                      ema: promote
                      metadata: {title: a title, step: 12}
                      """));
      assertThat(checkpoint.dtypes())
          .containsEntry(Component.UNET, DType.BF16)
          .containsEntry(Component.VAE, DType.F32);
      assertThat(checkpoint.ema()).isEqualTo(Result.Ema.PROMOTE);
      assertThat(checkpoint.metadata()).isEqualTo(Map.of("title", "a title", "step", "12"));
      assertThat(checkpoint(read(HEAD + "output: {}\ndtype: f16")).dtypes())
          .hasSize(Component.values().length);
    }

    @Test
    void eightBitFloatsMayHaveScalesAndBeRoundedByChance() {
      Result.Checkpoint checkpoint =
          checkpoint(
              read(
                  HEAD
                      + """
                      output: {vae: c}
                      dtype: {all: f8_e4m3_scaled, clip: f8_e5m2, vae: f16}
                      scales: scale_weight
                      rounding: {stochastic: 7}
                      """));
      assertThat(checkpoint.dtypes())
          .containsEntry(Component.UNET, DType.F8_E4M3)
          .containsEntry(Component.CLIP_L, DType.F8_E5M2)
          .containsEntry(Component.VAE, DType.F16);
      assertThat(checkpoint.encoding().scaled())
          .contains(Component.UNET, Component.LM)
          .doesNotContain(Component.CLIP_L, Component.VAE);
      assertThat(checkpoint.encoding().scales()).isEqualTo(Encoding.Scales.SCALE_WEIGHT);
      assertThat(checkpoint.encoding().rounding()).isEqualTo(new Rounding.Stochastic(7));
      assertThat(checkpoint(read(HEAD + "output: {}\ndtype: f8_e5m2_scaled")).encoding().scaled())
          .hasSize(Component.values().length);
    }

    @Test
    void whatIsWrittenAndUnderWhichNamesStandsBesideTheOutput() {
      Result.Checkpoint checkpoint =
          checkpoint(read(HEAD + "output: {}\nonly: [vae, clip]\nnames: checkpoint"));
      assertThat(checkpoint.only())
          .containsExactlyInAnyOrder(
              Component.VAE, Component.CLIP_L, Component.CLIP_G, Component.CLIP_H, Component.T5XXL);
      assertThat(checkpoint.names()).isEqualTo(Result.Names.CHECKPOINT);
      assertThat(checkpoint(read(HEAD + "output: {}")).only()).isEmpty();
      assertThat(read(HEAD + "mask: {file: m}\nonly: [unet]").result().only())
          .containsExactly(Component.UNET);
      assertThat(checkpoint(read(HEAD + "output: {}")).names()).isEqualTo(Result.Names.AS_STORED);
    }

    @Test
    void profileAndGeneratorAreRead() {
      Recipe recipe = read(HEAD + "compat: daremerge-2024-01\nrng: torch-cpu\noutput: {}");
      assertThat(recipe.compat()).isEqualTo(Compat.DAREMERGE_2024_01);
      assertThat(read(HEAD + "compat: comfyui+daremerge\noutput: {}").compat())
          .isEqualTo(Compat.COMFYUI_DAREMERGE);
      assertThat(recipe.rng()).isEqualTo(Rng.TORCH_CPU);
    }

    @Test
    void namesStandForWeightsMasksAndRatios() {
      Recipe recipe =
          read(
              HEAD
                  + """
                  weights: {half: {weighted_sum: {a: a, b: b, alpha: soft, mask: m}}}
                  masks: {m: {constant: {model: a, value: true}}}
                  ratios: {soft: 0.5}
                  output: {unet: half}
                  """);
      assertThat(checkpoint(recipe).components())
          .containsEntry(Component.UNET, new Weights.Named("half"));
      assertThat(recipe.weights())
          .containsEntry(
              "half",
              new Weights.Interpolate(
                  Interpolation.LINEAR,
                  A,
                  B,
                  new Ratio.Named("soft"),
                  Optional.of(new Mask.Named("m"))));
      assertThat(recipe.masks()).containsEntry("m", new Mask.Constant(A, true));
      assertThat(recipe.ratios()).containsEntry("soft", new Ratio.Constant(0.5));
    }

    @Test
    void anAliasStandsForWhatItsAnchorHolds() {
      assertThat(
              unet(
                  "{sum: [{of: &x {normalize: {model: a, reference: b}}, weight: 1}, {of: *x,"
                      + " weight: 2}]}"))
          .isEqualTo(
              new Weights.Sum(
                  List.of(
                      new Weights.Term(
                          new Weights.Normalize(A, B, Normalization.ATTN_ONLY, false), 1),
                      new Weights.Term(
                          new Weights.Normalize(A, B, Normalization.ATTN_ONLY, false), 2))));
    }
  }

  @Nested
  class WeightsExpressions {
    @Test
    void dareHasTheNodesDefaults() {
      assertThat(unet("{dare: {a: a, b: b, alpha: 0.5}}"))
          .isEqualTo(
              new Weights.Dare(
                  A,
                  B,
                  new Ratio.Constant(0.5),
                  new SparseUpdate(0.9, SparseUpdate.Vote.SUM, false, 1),
                  1,
                  Interpolation.LINEAR,
                  Optional.empty()));
    }

    @Test
    void dareTakesEverythingItHas() {
      assertThat(
              unet(
                  "{dare: {a: a, b: b, drop_rate: 0.8, vote: off, rescale: true, seed: 99999999999,"
                      + " iterations: 100, alpha: 1.5, method: scaled_add, mask: {file:"
                      + " m.safetensors}}}"))
          .isEqualTo(
              new Weights.Dare(
                  A,
                  B,
                  new Ratio.Constant(1.5),
                  new SparseUpdate(0.8, SparseUpdate.Vote.OFF, true, 99_999_999_999L),
                  100,
                  Interpolation.SCALED_ADD,
                  Optional.of(new Mask.Stored(Path.of("m.safetensors")))));
    }

    @ParameterizedTest
    @CsvSource({"linear, LINEAR", "comfy, LINEAR", "scaled-add, SCALED_ADD", "SLERP, SLERP"})
    void interpolationsHaveTheNodesSpellingsToo(String id, Interpolation method) {
      assertThat(unet("{interpolate: {method: " + id + ", a: a, b: b, alpha: 0}}"))
          .isEqualTo(
              new Weights.Interpolate(method, A, B, new Ratio.Constant(0), Optional.empty()));
    }

    @Test
    void addDifferenceIsAPlusAlphaTimesBMinusBase() {
      assertThat(unet("{add_difference: {a: a, b: b, base: c}}"))
          .isEqualTo(new Weights.AddDelta(A, new Delta.Difference(B, C), new Ratio.Constant(1)));
    }

    @ParameterizedTest
    @CsvSource({"ratio: 0.25, 0.25", "alpha: 0.25, 0.25", "'', 1"})
    void clipSimpleLeavesOutPositionIdsAndLogitScale(String ratio, double alpha) {
      String comma = ratio.isEmpty() ? "" : ", ";
      assertThat(unet("{clip_simple: {a: a, b: b" + comma + ratio + "}}"))
          .isEqualTo(
              new Weights.Except(
                  A,
                  new Weights.Interpolate(
                      Interpolation.LINEAR, A, B, new Ratio.Constant(alpha), Optional.empty()),
                  List.of(".position_ids", ".logit_scale")));
    }

    @Test
    void clipDareHasItsOwnSeed() {
      assertThat(unet("{rounded: {rounded: a}}"))
          .isEqualTo(new Weights.Rounded(new Weights.Rounded(A)));
      Weights.Except except = (Weights.Except) unet("{clip_dare: {a: a, b: b, alpha: 1}}");
      assertThat(except.first()).isEqualTo(A);
      assertThat(((Weights.Dare) except.merged()).update().seed()).isEqualTo(42);
    }

    @Test
    void noiseHasTheNodesDefaults() {
      assertThat(unet("{noise: {model: a}}"))
          .isEqualTo(
              new Weights.InjectNoise(
                  A,
                  new Noise.Gaussian(0.05, 0.01),
                  0.02,
                  1,
                  "*.to_v*",
                  Interpolation.LINEAR,
                  Optional.empty()));
    }
  }

  @Nested
  class MaskExpressions {
    @Test
    void everyKindIsRead() {
      assertThat(
              mask(
                  "{magnitude: {a: a, b: b, threshold: 0.9, quantile: median, chunk: 5, select:"
                      + " above}}"))
          .isEqualTo(
              new Mask.Magnitude(
                  A, B, 0.9, new Mask.Quantile(Mask.Quantile.Rule.MEDIAN, 5), Mask.Select.ABOVE));
      assertThat(mask("{magnitude: {a: a, b: b, threshold: 0.9}}"))
          .isEqualTo(new Mask.Magnitude(A, B, 0.9, Mask.Quantile.EXACT, Mask.Select.BELOW));
      assertThat(mask("{random: {model: a, clear_share: 0.3, seed: -5}}"))
          .isEqualTo(new Mask.Random(A, 0.3, -5));
      assertThat(mask("{gaussian: {model: a, mean: -1, deviation: 2}}"))
          .isEqualTo(new Mask.Gaussian(A, -1, 2, 1));
      assertThat(mask("{edit: {mask: {file: m}, layers: out, fill: {random: {clear_share: 0.5}}}}"))
          .isEqualTo(
              new Mask.Edited(new Mask.Stored(Path.of("m")), new Mask.Fill.Random(0.5), "out", 1));
    }

    @Test
    void setOperationsGoFromLeftToRight() {
      Mask m = new Mask.Stored(Path.of("m"));
      assertThat(mask("{xor: [{file: m}, {file: m}, {file: m}]}"))
          .isEqualTo(
              new Mask.Combined(
                  Mask.SetOperation.XOR, new Mask.Combined(Mask.SetOperation.XOR, m, m), m));
    }
  }

  @Nested
  class RatioExpressions {
    static Stream<Object[]> kinds() {
      Ratio half = new Ratio.Constant(0.5);
      return Stream.of(
          new Object[] {"0.5", half},
          new Object[] {".5", half},
          new Object[] {"5e-1", half},
          new Object[] {"-1", new Ratio.Constant(-1)},
          new Object[] {"{mbw: '1,0, 0.5'}", new Ratio.ByBlock("1,0, 0.5", 0)},
          new Object[] {"{mbw: [1, 0, 0.5]}", new Ratio.ByBlock("1,0,0.5", 0)},
          new Object[] {
            "{mbw: {BASE: 0.5, IN04: 1}, otherwise: 0.25}",
            new Ratio.ByBlock("BASE=0.5,IN04=1", 0.25)
          },
          new Object[] {"{depth: [0, 0.5, 1]}", new Ratio.ByDepth(List.of(0.0, 0.5, 1.0))},
          new Object[] {
            "{components: {all: 0.5, vae: {depth: [1]}}}", new Ratio.ByComponent(allButVae(half))
          },
          new Object[] {
            "{patterns: {'*attn*': 0.5, '*': {depth: [1]}}}",
            new Ratio.ByPattern(
                new LinkedHashMap<>(Map.of("*attn*", half, "*", new Ratio.ByDepth(List.of(1.0)))))
          },
          new Object[] {
            "{blocks: {out: 1, input_blocks.3: 0.5}}",
            new Ratio.ByUnetBlock(numbers("out", 1.0, "input_blocks.3", 0.5))
          },
          new Object[] {
            "{groups: {time: 1, label: 2, input: 3, middle: 4, output: 5, out: 6}}",
            new Ratio.ByGroup(1, 2, 3, 4, 5, 6)
          },
          new Object[] {"{shell: {exterior: 1, interior: 2, core: 3}}", new Ratio.ByShell(1, 2, 3)},
          new Object[] {
            "{attention: {norm: 0}}",
            new Ratio.ByAttention(
                OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.empty())
          },
          new Object[] {
            "{prefix: {prefixes: {in: 1}, otherwise: 2}}", new Ratio.ByPrefix(numbers("in", 1.0), 2)
          },
          new Object[] {"{names: {x.y: 1}}", new Ratio.ByName(numbers("x.y", 1.0))},
          new Object[] {"{complement: 0.5}", new Ratio.Complement(half)},
          new Object[] {
            "{mean: [0.5, 0.5]}",
            new Ratio.Combined(Ratio.Operation.MEAN, Ratio.Join.INNER, half, half)
          },
          new Object[] {
            "{multiply: [0.5, {depth: [1]}, 0.5]}",
            new Ratio.Combined(
                Ratio.Operation.MULTIPLY,
                Ratio.Join.INNER,
                new Ratio.Combined(
                    Ratio.Operation.MULTIPLY,
                    Ratio.Join.INNER,
                    half,
                    new Ratio.ByDepth(List.of(1.0))),
                half)
          },
          new Object[] {
            "{join: outer, divide: [0.5, 0.5]}",
            new Ratio.Combined(Ratio.Operation.DIVIDE, Ratio.Join.OUTER, half, half)
          },
          new Object[] {
            "{edit: {ratio: 0.5, layers: 'a, b', multiply: 2}}",
            new Ratio.Edited(half, Ratio.Edit.MULTIPLY, 2, "a, b")
          });
    }

    private static SequencedMap<Component, Ratio> allButVae(Ratio ratio) {
      SequencedMap<Component, Ratio> ratios = new LinkedHashMap<>();
      for (Component component : Component.values()) {
        ratios.put(component, component == Component.VAE ? new Ratio.ByDepth(List.of(1.0)) : ratio);
      }
      return ratios;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyKindIsRead(String text, Ratio expected) {
      assertThat(ratio(text)).isEqualTo(expected);
    }
  }

  @Nested
  class Mistakes {
    private static void wrong(String text, String message) {
      assertThatThrownBy(() -> read(text))
          .isInstanceOf(MokumeException.class)
          .hasMessage(message.strip())
          .extracting(e -> ((MokumeException) e).code())
          .isEqualTo(ErrorCode.INVALID_RECIPE);
    }

    @Test
    void everyMistakeIsToldWithItsPlace() {
      wrong(
          """
          mokume: 1
          models:
            photo: photo.safetensors
            anime: anime.safetensors
          output:
            unett: photo
            unet:
              dare:
                a: phot
                drop_rat: 0.5
                drop_rate: 1.5
                vote: sums
                seed: x
          """,
          """
          r.yaml:6:3: output has no component 'unett'; did you mean 'unet'? The components are unet, clip_l, clip_g, \
          clip_h, t5xxl, vae, ema, lm, lora, other, clip, all
          r.yaml:9:7: dare lacks b, alpha; it needs a, b, alpha and may have drop_rate, vote, rescale, seed, iterations, \
          method, mask
          r.yaml:9:10: a: there is no model or weights 'phot'; did you mean 'photo'?
          r.yaml:10:7: dare has no key 'drop_rat'; did you mean 'drop_rate'? Its keys are a, b, alpha, drop_rate, vote, \
          rescale, seed, iterations, method, mask
          r.yaml:11:18: drop_rate must be a number from 0 to 1 but is 1.5
          r.yaml:12:13: vote has no value 'sums'; did you mean 'sum'? It is one of sum, count, off
          r.yaml:13:13: seed must be a whole number of at most 64 bits but is 'x'\
          """);
    }

    @ParameterizedTest
    @CsvSource(
        delimiter = '|',
        value = {
          "{clip_simple: {a: a, b: b, ratio: 1.5}} | ratio must be a number from 0 to 1 but is 1.5",
          "{weighted_sum: {a: a, b: b, alpha: .nan}} | alpha must be a finite number but is .nan",
          "{weighted_sum: {a: a, b: b, alpha: 1e999}} | alpha must be a finite number but is 1e999",
          "{weighted_sum: {a: a, b: b, alpha: abc}} | alpha: there is no ratio 'abc'; the recipe"
              + " has none",
          "{noise: {model: a, alpha: '0.5'}} | alpha must be a finite number but is the text '0.5';"
              + " write it without quotes",
          "{noise: {model: a, deviation: -1}} | deviation must be a finite number that is not"
              + " negative but is -1",
          "{noise: {model: a, kind: uniform, mean: 1}} | noise of kind uniform has no mean; it goes"
              + " with kind gaussian",
          "{dare: {a: a, b: b, alpha: 0, iterations: 0}} | iterations must be a whole number from 1"
              + " to 100 but is 0",
          "{dare: {a: a, b: b, alpha: 0, rescale: yes}} | rescale must be true or false but is"
              + " 'yes'",
          "{clip_simple: {a: a, b: b, ratio: 1, alpha: 1}} | clip_simple has both alpha and ratio,"
              + " which are two words for one number; leave one out",
          "{federated: {clients: []}} | clients must be a list like {of: a, examples: 120} but is"
              + " empty",
          "{federated: {clients: [{of: a, examples: 0}]}} | examples must be a positive number but"
              + " is 0",
          "{federated: {clients: [{of: a, scale: 0.5}]}} | federated needs the base that its"
              + " clients trained from, since one has a scale",
          "{federated: {clients: [{of: a}], method: {trimmed_mean: 0.5}}} | trimmed_mean must be a"
              + " number from 0 to less than 0.5 but is 0.5",
          "{federated: {clients: [{of: a}], method: mode}} | method must be mean, median, or a map"
              + " like {trimmed_mean: 0.1} with the share to leave out at each end, but is 'mode'",
          "{sum: []} | sum must be a list of terms like {of: a, weight: 0.5} but is empty",
          "{darre: {}} | there is no method 'darre' for weights; did you mean 'dare'? The methods"
              + " are METHODS",
          "{dare: 1} | dare must be a map but is 1",
          "[a] | unet must be weights, by name or as a map with one of METHODS, but is a list",
          "{normalize: {model: a, reference: b}, sum: []} | unet must be weights: a map with one"
              + " method of METHODS, but it has normalize, sum",
          "{weighted_sum: {a: a, b: b, alpha: {mean: [1]}}} | mean must be a list of two ratios",
          "{weighted_sum: {a: a, b: b, alpha: {mean: [1, 1, 1]}}} | mean must be a list of two"
              + " ratios",
          "{weighted_sum: {a: a, b: b, alpha: {multiply: [1]}}} | multiply must be a list of two"
              + " ratios or more",
          "{weighted_sum: {a: a, b: b, alpha: {depth: 1}}} | depth must be a list of numbers from"
              + " the first layer to the last, as [0, 0.5, 1], but is 1",
          "{weighted_sum: {a: a, b: b, alpha: {depth: []}}} | depth must be a list of numbers from"
              + " the first layer to the last, as [0, 0.5, 1], but is empty",
          "{weighted_sum: {a: a, b: b, alpha: {components: {unett: 1}}}} | components has no"
              + " component 'unett'; did you mean 'unet'? The components are unet, clip_l, clip_g,"
              + " clip_h, t5xxl, vae, ema, lm, lora, other, clip, all",
          "{weighted_sum: {a: a, b: b, alpha: {complement: 1, join: inner}}} | join does not go"
              + " with complement, only with mean, min, max, add, subtract, multiply, divide",
          "{weighted_sum: {a: a, b: b, alpha: {edit: {ratio: 1, layers: x}}}} | edit needs one of"
              + " set, add, subtract, multiply, divide, but it has none",
          "{weighted_sum: {a: a, b: b, alpha: 1, mask: {union: [{file: m}]}}} | union must be a"
              + " list of two masks or more",
        })
    void aWrongValueIsToldWithWhatIsWanted(String expression, String message) {
      assertThatThrownBy(() -> unet(expression))
          .isInstanceOf(MokumeException.class)
          .satisfies(e -> {
            List<String> messages =
                ((MokumeException) e)
                    .problems().stream().map(problem -> problem.message()).toList();
            assertThat(messages)
                .singleElement()
                .asString()
                .matches("r\\.yaml:3:\\d+: .*")
                .endsWith(
                    ": " + message.replace("METHODS", String.join(", ", WeightsReader.METHODS)));
          });
    }

    @Test
    void whatStaysUntouchedIsRead() {
      Recipe recipe = read(HEAD + "output: {}\nmismatch: keep\nexclude: [out, '*.attn2.*']");
      assertThat(((Result.Checkpoint) recipe.result()).untouched())
          .isEqualTo(new Result.Untouched(Result.Mismatch.KEEP, List.of("out", "*.attn2.*")));
      wrong(
          HEAD + "output: {}\nexclude: out",
          "r.yaml:4:10: exclude must be a list of name patterns but is 'out'");
    }

    @Test
    void aKeyThatIsGivenTwiceIsRefused() {
      wrong(
          HEAD + "output:\n  vae: a\n  vae: b\n",
          "r.yaml:5:3: output has the key 'vae' twice, first in line 4");
    }

    @Test
    void aRecipeNeedsAnOutputOrAMask() {
      wrong(
          HEAD,
          "r.yaml:1:1: the recipe needs either output (a checkpoint) or mask (a mask file), but it"
              + " has neither");
      wrong(
          HEAD + "output: {}\nmask: {file: m}",
          "r.yaml:1:1: the recipe needs either output (a checkpoint) or mask (a mask file), but it"
              + " has both");
      wrong(HEAD + "mask: {file: m}\nema: drop", "r.yaml:4:6: ema goes with output, not with mask");
      wrong(
          HEAD + "mask: {file: m}\nnames: bare",
          "r.yaml:4:8: names goes with output, not with mask");
      wrong(
          HEAD + "mask: {file: m}\nexclude: [out]",
          "r.yaml:4:10: exclude goes with output, not with mask");
    }

    @Test
    void onlyIsAListOfComponents() {
      wrong(
          HEAD + "output: {}\nonly: unet",
          "r.yaml:4:7: only must be a list of components like [unet, vae] but is 'unet'");
      wrong(
          HEAD + "output: {}\nonly: []",
          "r.yaml:4:7: only must be a list of components like [unet, vae] but is empty");
      wrong(
          HEAD + "output: {}\nonly: [vea]",
          "r.yaml:4:8: only has no component 'vea'; did you mean 'vae'? The components are unet,"
              + " clip_l, clip_g, clip_h, t5xxl, vae, ema, lm, lora, other, clip");
    }

    @Test
    void anotherVersionIsRefused() {
      wrong(
          "mokume: 2\nmodels: {a: a}\noutput: {}",
          "r.yaml:1:9: the recipe is of version 2, but this Mokume reads version 1");
    }

    @Test
    void namesOfTheWrongKindAreTold() {
      wrong(
          HEAD + "masks: {m: {file: m}}\noutput: {unet: m}",
          "r.yaml:4:16: unet must be a model or weights, but 'm' is a mask");
      wrong(
          HEAD + "weights: {a: b}\noutput: {}",
          "r.yaml:3:11: 'a' is both a model and the name of weights; rename one of them");
    }

    @Test
    void ringsAreTold() {
      wrong(
          HEAD
              + """
              weights: {w: {weighted_sum: {a: a, b: b, alpha: 1, mask: m}}}
              masks: {m: {magnitude: {a: w, b: b, threshold: 0.5}}}
              output: {unet: w}
              """,
          "r.yaml:3:11: weights 'w' refers to itself: weights 'w' -> mask 'm' -> weights 'w'");
    }

    @Test
    void metadataThatMokumeWritesIsRefused() {
      wrong(
          HEAD + "output: {}\nmetadata: {mokume.recipe: x}",
          "r.yaml:4:12: metadata cannot set 'mokume.recipe', which Mokume writes itself");
    }

    @Test
    void storageThatIsNoneIsRefused() {
      wrong(
          HEAD + "output: {}\ndtype: fp16",
          "r.yaml:4:8: weights cannot be stored as 'fp16'; did you mean 'f16'? They can as f8_e5m2,"
              + " f8_e5m2_scaled, f8_e4m3, f8_e4m3_scaled, f16, bf16, f32, f64,"
              + " q4_0, q5_0, q8_0, q4_k, q5_k, q6_k");
      wrong(
          HEAD + "output: {}\ndtype: {vae: bf16_scaled}",
          "r.yaml:4:14: weights cannot be stored as 'bf16_scaled'; they can as f8_e5m2,"
              + " f8_e5m2_scaled, f8_e4m3, f8_e4m3_scaled, f16, bf16, f32, f64,"
              + " q4_0, q5_0, q8_0, q4_k, q5_k, q6_k");
    }

    @Test
    void roundingThatIsNoneIsRefused() {
      wrong(
          HEAD + "output: {}\nrounding: stochastic",
          "r.yaml:4:11: rounding must be nearest, or a map like {stochastic: 7} with the seed, but"
              + " is 'stochastic'");
    }
  }

  @Nested
  class Hostile {
    private static void refused(String text, String part) {
      assertThatThrownBy(() -> read(text))
          .isInstanceOf(MokumeException.class)
          .hasMessageContaining(part);
    }

    @Test
    void textThatIsNotYamlIsToldWithItsPlace() {
      refused("mokume: 1\nmodels: {a: 'x", "r.yaml:2:15: this is not YAML: ");
      refused("a: b: c", "r.yaml:1:5: this is not YAML: ");
      refused("", "r.yaml: the recipe is empty; it starts with 'mokume: 1'.");
      refused("--- 1\n--- 2\n", "this is not YAML: expected a single document");
      refused("\u0000", "this is not YAML");
      refused("- 1", "r.yaml:1:1: the recipe must be a map but is a list");
    }

    @Test
    void deepNestingIsRefused() {
      refused("[".repeat(100_000), "nested more than 200 deep");
      refused(
          "a: ".repeat(1) + "{a: ".repeat(300) + "1" + "}".repeat(300),
          "nested more than 200 deep");
    }

    @Test
    void aliasesOfAliasesAreBounded() {
      StringBuilder bomb = new StringBuilder(HEAD + "ratios:\n  r0: &r0 0.5\n");
      for (int i = 1; i <= 24; i++) {
        bomb.append("  r%s: &r%s {mean: [*r%s, *r%s]}\n".formatted(i, i, i - 1, i - 1));
      }
      refused(
          bomb + "output: {}\n",
          "the recipe has more than 1000000 values, aliases counted as often as they are used");
    }

    @Test
    void anAliasThatHoldsItselfIsRefused() {
      refused(HEAD + "ratios: {r: &r {complement: *r}}\noutput: {}", "does an alias hold itself?");
    }

    @Test
    void problemsAreToldUpToAHundred() {
      StringBuilder many = new StringBuilder(HEAD + "output: {}\n");
      for (int i = 0; i < 500; i++) {
        many.append("x%s: 1\n".formatted(i));
      }
      assertThatThrownBy(() -> read(many.toString()))
          .isInstanceOf(MokumeException.class)
          .satisfies(e -> assertThat(((MokumeException) e).problems()).hasSize(100));
    }

    @Test
    void filesThatCannotBeReadAreTold(@TempDir Path folder) throws IOException {
      Path missing = folder.resolve("r.yaml");
      assertThatThrownBy(() -> RecipeReader.read(missing))
          .isInstanceOf(MokumeException.class)
          .hasMessage("the recipe " + missing + " does not exist.")
          .extracting(e -> ((MokumeException) e).code())
          .isEqualTo(ErrorCode.UNREADABLE_INPUT);
      assertThatThrownBy(() -> RecipeReader.read(folder))
          .hasMessage("the recipe " + folder + " is a directory; name a recipe file.");
      Files.write(missing, "mokume: \u00ff".getBytes(StandardCharsets.ISO_8859_1));
      assertThatThrownBy(() -> RecipeReader.read(missing))
          .hasMessage(missing + ": is not UTF-8 text, so it is not a recipe; is it a checkpoint?");
    }
  }
}
