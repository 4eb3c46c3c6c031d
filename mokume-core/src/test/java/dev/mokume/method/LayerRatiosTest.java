package dev.mokume.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Depths;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Ratio.Combined;
import dev.mokume.recipe.Ratio.Complement;
import dev.mokume.recipe.Ratio.Constant;
import dev.mokume.recipe.Ratio.Edit;
import dev.mokume.recipe.Ratio.Edited;
import dev.mokume.recipe.Ratio.Join;
import dev.mokume.recipe.Ratio.Named;
import dev.mokume.recipe.Ratio.Operation;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayerRatiosTest {
  private static final String UNET = "model.diffusion_model.";
  private static final List<String> SD15 =
      List.of(
          UNET + "time_embed.0.weight",
          UNET + "input_blocks.1.1.norm.weight",
          UNET + "input_blocks.4.1.transformer_blocks.0.attn1.to_q.weight",
          UNET + "input_blocks.10.0.in_layers.0.weight",
          UNET + "middle_block.1.transformer_blocks.0.ff.net.2.weight",
          UNET + "output_blocks.1.0.in_layers.0.weight",
          UNET + "output_blocks.11.0.in_layers.0.weight",
          UNET + "out.2.bias",
          "first_stage_model.encoder.conv_in.weight");

  private static final SequencedMap<String, Ratio> NO_NAMES = new LinkedHashMap<>();

  private static LayerRatios resolve(Ratio ratio) {
    return resolve(ratio, NO_NAMES, Compat.NONE);
  }

  private static LayerRatios resolve(
      Ratio ratio, SequencedMap<String, Ratio> named, Compat compat) {
    List<TensorSpec> specs =
        SD15.stream().map(name -> new TensorSpec(name, DType.F16, Shape.of(4))).toList();
    return LayerRatios.resolve(
        ratio, RatioContext.of(SD15, named, compat, Architectures.detect(specs)));
  }

  /// Numbers in the model's order, `-` where a tensor has none.
  private static String row(LayerRatios ratios) {
    Map<String, Double> values = ratios.values();
    return SD15.stream()
        .map(name -> values.containsKey(name) ? values.get(name).toString() : "-")
        .collect(Collectors.joining(" "));
  }

  private static SequencedMap<String, Double> numbers(Object... pairs) {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      numbers.put((String) pairs[i], (Double) pairs[i + 1]);
    }
    return numbers;
  }

  private static SequencedMap<String, Ratio> named(String name, Ratio ratio) {
    SequencedMap<String, Ratio> named = new LinkedHashMap<>();
    named.put(name, ratio);
    return named;
  }

  @Nested
  class Shares {
    private static final String TENSOR = UNET + "out.2.bias";

    @Test
    void aPlainRatioIsTheLaterModelsShare() {
      LayerRatios ratios = resolve(new Constant(0.3));
      assertThat(ratios.laterShare(TENSOR)).hasValue(0.3);
      assertThat(ratios.firstShare(TENSOR)).hasValue(1 - 0.3);
    }

    @Test
    void aComplementIsTheFirstModelsShareToTheBit() {
      LayerRatios ratios = resolve(new Complement(new Constant(0.3)));
      assertThat(ratios.firstShare(TENSOR)).hasValue(0.3);
      assertThat(ratios.laterShare(TENSOR)).hasValue(1 - 0.3);
      assertThat(ratios.values()).containsEntry(TENSOR, 1 - 0.3).hasSize(SD15.size());
    }

    @Test
    void aComplementOfAComplementIsTheRatio() {
      SequencedMap<String, Ratio> names = named("first", new Complement(new Constant(0.1)));
      assertThat(resolve(new Complement(new Named("first")), names, Compat.NONE).laterShare(TENSOR))
          .hasValue(0.1);
      assertThat(resolve(new Named("first"), names, Compat.NONE).firstShare(TENSOR)).hasValue(0.1);
    }

    @Test
    void aTensorWithoutANumberHasNoShares() {
      LayerRatios ratios = resolve(new Ratio.ByName(numbers(TENSOR, 0.5)));
      assertThat(ratios.laterShare(SD15.getFirst())).isEqualTo(OptionalDouble.empty());
      assertThat(ratios.firstShare(SD15.getFirst())).isEqualTo(OptionalDouble.empty());
      assertThat(ratios.notes()).isEmpty();
    }
  }

  @Nested
  class Kinds {
    @Test
    void groupsTellOutFromOutputBlocks() {
      assertThat(row(resolve(new Ratio.ByGroup(.1, .2, .3, .4, .5, .6))))
          .isEqualTo("0.1 0.3 0.3 0.3 0.4 0.5 0.5 0.6 -");
    }

    @Test
    void unetBlocksAreWholeSegments() {
      Ratio ratio =
          new Ratio.ByUnetBlock(
              numbers("time", .1, "input_blocks.1", .2, "output_blocks.11", .3, "out", .4));
      assertThat(row(resolve(ratio))).isEqualTo("0.1 0.2 - - - - 0.3 0.4 -");
    }

    @Test
    void underDareMergeBlockOneClaimsTenAndEleven() {
      Ratio ratio =
          new Ratio.ByUnetBlock(
              numbers("input_blocks.1", .2, "output_blocks.1", .3, "output_blocks.11", .9));
      assertThat(row(resolve(ratio, NO_NAMES, Compat.DAREMERGE)))
          .isEqualTo("- 0.2 - 0.2 - 0.3 0.3 - -");
    }

    @Test
    void theNotesSayWhereABarePrefixMakesADifference() {
      Ratio ratio = new Ratio.ByUnetBlock(numbers("input_blocks.1", .2, "output_blocks.1", .3));
      assertThat(resolve(ratio, NO_NAMES, Compat.COMFYUI_DAREMERGE).notes())
          .containsExactly(
              "Under --compat comfyui+daremerge the name of a block is a bare prefix:"
                  + " input_blocks.10, output_blocks.11 take the number of a block whose name"
                  + " theirs begins with, and not their own.");
      assertThat(resolve(new Ratio.ByShell(.1, .5, .9), NO_NAMES, Compat.COMFYUI_DAREMERGE).notes())
          .containsExactly(
              "Under --compat comfyui+daremerge the name of a block is a bare prefix:"
                  + " input_blocks.10 takes the number of a block whose name its own begins with,"
                  + " and not its own.");
      assertThat(resolve(ratio).notes()).isEmpty();
      Ratio alike =
          new Ratio.ByUnetBlock(
              numbers(
                  "input_blocks.1", .2, "input_blocks.10", .2, "input_blocks.11", .2, "out", .3));
      assertThat(resolve(alike, NO_NAMES, Compat.COMFYUI_DAREMERGE).notes()).isEmpty();
    }

    @Test
    void anUnknownUnetBlockIsRefusedWithTheNearest() {
      assertThatThrownBy(() -> resolve(new Ratio.ByUnetBlock(numbers("input_block.1", .2))))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              "a U-Net has no block 'input_block.1'; did you mean 'input_blocks.1'? Blocks are"
                  + " time, label, input_blocks.0 to 11, middle_block.0 to 2, output_blocks.0 to"
                  + " 11, out");
    }

    @Test
    void shellsGoByDistanceFromTheMiddle() {
      assertThat(row(resolve(new Ratio.ByShell(.1, .5, .9))))
          .isEqualTo("- 0.1 0.5 0.9 0.9 0.9 0.1 - -");
    }

    @Test
    void underDareMergeTheExteriorClaimsInputBlocksTenAndEleven() {
      assertThat(row(resolve(new Ratio.ByShell(.1, .5, .9), NO_NAMES, Compat.DAREMERGE)))
          .isEqualTo("- 0.1 0.5 0.1 0.9 0.9 0.1 - -");
    }

    @Test
    void attentionPartsAreTriedInTheOrderNormAttentionFeedForward() {
      Ratio all =
          new Ratio.ByAttention(
              OptionalDouble.of(.1), OptionalDouble.of(.2), OptionalDouble.of(.3));
      assertThat(row(resolve(all))).isEqualTo("- 0.1 0.2 - 0.3 - - - -");
      Ratio norms =
          new Ratio.ByAttention(
              OptionalDouble.of(.1), OptionalDouble.empty(), OptionalDouble.empty());
      assertThat(row(resolve(norms))).isEqualTo("- 0.1 - - - - - - -");
    }

    @Test
    void theLongestPrefixWins() {
      Ratio ratio = new Ratio.ByPrefix(numbers("out", .2, "input", .7, "input_blocks.10.", .8), .4);
      assertThat(row(resolve(ratio))).isEqualTo("0.4 0.7 0.7 0.8 0.4 0.2 0.2 0.2 -");
    }

    @Test
    void blockWeightsCoverEveryTensor() {
      assertThat(row(resolve(new Ratio.ByBlock("IN01=0.1, M00=0.2 vae=1", .5))))
          .isEqualTo("0.5 0.1 0.5 0.5 0.2 0.5 0.5 0.5 1.0");
    }

    @Test
    void aNameThatTheModelDoesNotHaveIsNoted() {
      LayerRatios ratios = resolve(new Ratio.ByName(numbers(UNET + "out.2.bia", .5)));
      assertThat(ratios.notes())
          .containsExactly(
              "A ratio names the tensor 'model.diffusion_model.out.2.bia', which the first model"
                  + " does not have; did you mean 'model.diffusion_model.out.2.bias'?");
    }

    @Test
    void aRatioThatFitsNoTensorIsNoted() {
      RatioContext context =
          new RatioContext(
              List.of("a", "b"),
              NO_NAMES,
              Compat.NONE,
              DiffusionName::within,
              Architectures.detect(List.of())::place,
              Depths.of(List.of()),
              (_, _) -> _ -> 0,
              _ -> _ -> false);
      assertThat(LayerRatios.resolve(new Ratio.ByShell(0, 0, 0), context).notes())
          .containsExactly(
              "The ratio by shell has a number for none of the first model's 2 tensors: none is of"
                  + " a block that it knows.");
    }
  }

  /// The 25 layers of SD 1.x: 12 in, one in the middle, 12 out.
  @Nested
  class Curves {
    private static final Ratio RISING = new Ratio.ByDepth(List.of(0.0, 24.0));

    private static SequencedMap<String, Ratio> ratios(Object... pairs) {
      SequencedMap<String, Ratio> ratios = new LinkedHashMap<>();
      for (int i = 0; i < pairs.length; i += 2) {
        ratios.put((String) pairs[i], (Ratio) pairs[i + 1]);
      }
      return ratios;
    }

    @Test
    void depthCountsTheLayersAndGivesAllElseTheFirstNumber() {
      assertThat(row(resolve(RISING))).isEqualTo("0.0 1.0 4.0 10.0 12.0 14.0 24.0 0.0 0.0");
    }

    @Test
    void severalNumbersAreJoinedByStraightLines() {
      Ratio.ByDepth curve = new Ratio.ByDepth(List.of(0.0, 12.0, -12.0));
      assertThat(Stream.of(0.0, 0.25, 0.5, 0.75, 1.0).map(curve::at))
          .containsExactly(0.0, 6.0, 12.0, 0.0, -12.0);
      assertThat(Stream.of(0.0, 0.3, 1.0).map(new Ratio.ByDepth(List.of(0.25))::at))
          .containsOnly(0.25);
    }

    @Test
    void componentsHaveRatiosOfTheirOwn() {
      SequencedMap<Component, Ratio> ratios = new LinkedHashMap<>();
      ratios.put(Component.UNET, RISING);
      assertThat(row(resolve(new Ratio.ByComponent(ratios))))
          .isEqualTo("0.0 1.0 4.0 10.0 12.0 14.0 24.0 0.0 -");
      ratios.put(Component.VAE, new Constant(0.5));
      assertThat(row(resolve(new Ratio.ByComponent(ratios)))).endsWith("0.0 0.5");
    }

    @Test
    void theFirstPatternThatSelectsATensorDecides() {
      assertThat(
              row(
                  resolve(
                      new Ratio.ByPattern(
                          ratios(
                              "input_blocks",
                              RISING,
                              "*.attn1.*",
                              new Constant(0.5),
                              "out",
                              new Constant(2))))))
          .isEqualTo("- 1.0 4.0 10.0 - - - 2.0 -");
    }

    @Test
    void aPatternThatSelectsNothingIsNoted() {
      LayerRatios idle =
          resolve(new Ratio.ByPattern(ratios("input_block", new Constant(1), "*", RISING)));
      assertThat(idle.notes())
          .containsExactly(
              "A ratio has the pattern 'input_block', which selects no tensor of the first model;"
                  + " did you mean 'input_blocks'?");
    }

    @Test
    void aModelWithoutLayersIsNoted() {
      List<TensorSpec> specs = List.of(new TensorSpec("w", DType.F32, Shape.of(1)));
      LayerRatios ratios =
          LayerRatios.resolve(
              RISING,
              RatioContext.of(List.of("w"), NO_NAMES, Compat.NONE, Architectures.detect(specs)));
      assertThat(ratios.values()).containsExactly(Map.entry("w", 0.0));
      assertThat(ratios.notes())
          .containsExactly(
              "The first model has no numbered layers, so that a ratio by depth is its first number"
                  + " everywhere.");
    }

    @Test
    void productsCombineThemAll() {
      Ratio blocks = new Ratio.ByBlock("IN01=0.5", 1);
      Ratio product = new Combined(Operation.MULTIPLY, Join.INNER, RISING, blocks);
      assertThat(row(resolve(product))).isEqualTo("0.0 0.5 4.0 10.0 12.0 14.0 24.0 0.0 0.0");
    }
  }

  @Nested
  class Algebra {
    private static final Ratio LEFT = new Ratio.ByName(numbers(SD15.get(0), .25, SD15.get(1), .5));
    private static final Ratio RIGHT =
        new Ratio.ByName(numbers(SD15.get(1), .125, SD15.get(2), 1.0));

    @ParameterizedTest
    @CsvSource({
      "MEAN, 0.3125",
      "MIN, 0.125",
      "MAX, 0.5",
      "ADD, 0.625",
      "SUBTRACT, 0.375",
      "MULTIPLY, 0.0625",
      "DIVIDE, 4.0"
    })
    void operationsWorkTensorByTensor(Operation operation, String both) {
      assertThat(row(resolve(new Combined(operation, Join.INNER, LEFT, RIGHT))))
          .isEqualTo("- " + both + " - - - - - - -");
      assertThat(row(resolve(new Combined(operation, Join.OUTER, LEFT, RIGHT))))
          .isEqualTo("0.25 " + both + " 1.0 - - - - - -");
    }

    @Test
    void divisionByZeroNamesTheTensor() {
      assertThatThrownBy(
              () -> resolve(new Combined(Operation.DIVIDE, Join.INNER, LEFT, new Constant(0))))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              "a ratio is divided by zero for tensor 'model.diffusion_model.time_embed.0.weight'"
                  + " and 1 more; give the divisor a value other than 0 there, or leave the tensor"
                  + " out of it");
    }

    @Test
    void numbersThatOverflowAreRefused() {
      Ratio huge = new Constant(Double.MAX_VALUE);
      assertThatThrownBy(() -> resolve(new Combined(Operation.ADD, Join.INNER, huge, huge)))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              "the ratio of tensor 'model.diffusion_model.time_embed.0.weight' and 8 more is"
                  + " Infinity; ratios have to be finite numbers");
    }
  }

  @Nested
  class Edits {
    private static final Ratio HALF = new Constant(0.5);

    @ParameterizedTest
    @CsvSource({"SET, 0.25", "ADD, 0.75", "SUBTRACT, 0.25", "MULTIPLY, 0.125", "DIVIDE, 2.0"})
    void anEditChangesTheSelectedLayers(Edit edit, String edited) {
      assertThat(row(resolve(new Edited(HALF, edit, 0.25, "out"))))
          .isEqualTo("0.5 0.5 0.5 0.5 0.5 0.5 0.5 " + edited + " 0.5");
    }

    @Test
    void aLayerThatTwoPatternsSelectIsEditedOnceAndTwiceUnderDareMerge() {
      Ratio ratio = new Edited(HALF, Edit.ADD, 0.25, "diffusion_model.out, *.out.*");
      assertThat(row(resolve(ratio))).endsWith("0.75 0.5");
      assertThat(row(resolve(ratio, NO_NAMES, Compat.DAREMERGE))).endsWith("1.0 0.5");
    }

    @Test
    void anEditLeavesANamedRatioAloneButNotUnderDareMerge() {
      SequencedMap<String, Ratio> names = named("half", new Ratio.ByGroup(.5, .5, .5, .5, .5, .5));
      Ratio ratio =
          new Combined(
              Operation.SUBTRACT,
              Join.INNER,
              new Edited(new Named("half"), Edit.SET, 1, "*"),
              new Named("half"));
      assertThat(row(resolve(ratio, names, Compat.NONE)))
          .isEqualTo("0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.5 -");
      assertThat(row(resolve(ratio, names, Compat.DAREMERGE)))
          .isEqualTo("0.0 0.0 0.0 0.0 0.0 0.0 0.0 0.0 -");
    }

    @Test
    void everyProblemIsToldAtOnce() {
      Ratio ratio =
          new Combined(
              Operation.MEAN,
              Join.INNER,
              new Edited(HALF, Edit.SET, 1, "middle_blocks"),
              new Combined(
                  Operation.MEAN,
                  Join.INNER,
                  new Named("sofd"),
                  new Edited(HALF, Edit.DIVIDE, 0, "out")));
      assertThatThrownBy(() -> resolve(ratio, named("soft", HALF), Compat.NONE))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              """
              the layer selection 'middle_blocks' selects none of 9 tensors; did you mean 'middle_block'?
              the recipe has no ratio 'sofd'; did you mean 'soft'?
              the edit of the layers 'out' divides their ratios by zero\
              """);
    }

    @Test
    void aRatioThatRefersToItselfIsRefused() {
      SequencedMap<String, Ratio> names =
          named("a", new Edited(new Named("b"), Edit.SET, 1, "out"));
      names.put("b", new Complement(new Named("a")));
      assertThatThrownBy(() -> resolve(new Named("b"), names, Compat.NONE))
          .isInstanceOf(MokumeException.class)
          .hasMessageStartingWith("the ratio 'a' refers to itself: a -> b -> a");
    }
  }
}
