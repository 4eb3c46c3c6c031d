package dev.mokume.lowrank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.lowrank.RecombinationOptions.Way;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecombinationTest {
  private static final String MODULE = "lora_unet_input_blocks_1_1_proj_in";
  private static final String OTHER = "lora_unet_input_blocks_1_1_proj_out";
  private static final RecombinationOptions SUM =
      new RecombinationOptions(Way.SUM, Optional.empty(), Optional.empty());

  @TempDir private Path folder;
  private final List<WeightedLora> loras = new ArrayList<>();

  private static SmallCheckpoint lora(
      String module, float alpha, int rank, float[] up, float[] down) {
    return with(new SmallCheckpoint(), module, alpha, rank, up, down);
  }

  private static SmallCheckpoint with(
      SmallCheckpoint lora, String module, float alpha, int rank, float[] up, float[] down) {
    return lora.with(module + ".lora_up.weight", Shape.of(up.length / rank, rank), up)
        .with(module + ".lora_down.weight", Shape.of(rank, down.length / rank), down)
        .with(module + ".alpha", Shape.of(), alpha);
  }

  private RecombinationTest given(SmallCheckpoint lora, double weight) {
    Path file = folder.resolve("lora" + loras.size() + ".safetensors");
    loras.add(new WeightedLora(lora.write(file), weight));
    return this;
  }

  private SmallCheckpoint made(RecombinationOptions options) {
    report(options);
    return SmallCheckpoint.read(output());
  }

  private Path output() {
    return folder.resolve("out.safetensors");
  }

  private RecombinationReport report(RecombinationOptions options) {
    return Recombination.write(loras, output(), options, settings());
  }

  private static RunSettings settings() {
    return new RunSettings(
        2,
        64 << 20,
        false,
        AtomicFileOutput.Options.defaults().replaceExisting(true).durable(false),
        () -> false,
        (_, _) -> {});
  }

  private static RecombinationOptions toRank(int rank) {
    return new RecombinationOptions(
        Way.SUM, Optional.of(new RankChoice.Fixed(rank)), Optional.empty());
  }

  /// `alpha / rank * up * down`, from the definition.
  private static float[] product(SmallCheckpoint lora, String module) {
    float[] up = lora.values(module + ".lora_up.weight");
    float[] down = lora.values(module + ".lora_down.weight");
    int rank = (int) lora.spec(module + ".lora_up.weight").shape().dimension(1);
    int columns = down.length / rank;
    double scale = lora.values(module + ".alpha")[0] / rank;
    float[] product = new float[up.length / rank * columns];
    for (int i = 0; i < product.length; i++) {
      double sum = 0;
      for (int k = 0; k < rank; k++) {
        sum += scale * up[i / columns * rank + k] * down[k * columns + i % columns];
      }
      product[i] = (float) sum;
    }
    return product;
  }

  @Test
  void theSumHasTheFactorsSideBySide() {
    // 1 * (1; 2) (3 4), and half of alpha/rank 2/1 times (5; 6) (7 8).
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 1);
    given(lora(MODULE, 2, 1, new float[] {5, 6}, new float[] {7, 8}), 0.5);
    SmallCheckpoint sum = made(SUM);

    // Both count once: nothing is rounded, and alpha is the rank.
    assertThat(sum.values(MODULE + ".lora_up.weight")).containsExactly(1, 5, 2, 6);
    assertThat(sum.values(MODULE + ".lora_down.weight")).containsExactly(3, 4, 7, 8);
    assertThat(sum.values(MODULE + ".alpha")).containsExactly(2);
    assertThat(product(sum, MODULE)).containsExactly(3 + 35, 4 + 40, 6 + 42, 8 + 48);
  }

  @Test
  void oneNumberForAllGoesIntoAlpha() {
    given(lora(MODULE, 0.25f, 1, new float[] {1, 2}, new float[] {3, 4}), 1);
    given(lora(MODULE, 0.25f, 1, new float[] {5, 6}, new float[] {7, 8}), 1);
    SmallCheckpoint sum = made(SUM);

    assertThat(sum.values(MODULE + ".lora_up.weight")).containsExactly(1, 5, 2, 6);
    assertThat(sum.values(MODULE + ".alpha")).containsExactly(0.5f);
  }

  @Test
  void differentNumbersGoIntoTheUp() {
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 2);
    given(lora(MODULE, 1, 1, new float[] {5, 6}, new float[] {7, 8}), -1);
    SmallCheckpoint sum = made(SUM);

    assertThat(sum.values(MODULE + ".lora_up.weight")).containsExactly(2, -5, 4, -6);
    assertThat(sum.values(MODULE + ".alpha")).containsExactly(2);
  }

  @Test
  void aModuleOfOneLoraStaysAlone() {
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 1);
    given(lora(OTHER, 1, 1, new float[] {5, 6}, new float[] {7, 8}), 3);
    SmallCheckpoint sum = made(SUM);

    assertThat(product(sum, MODULE)).containsExactly(3, 4, 6, 8);
    assertThat(product(sum, OTHER)).containsExactly(105, 120, 126, 144);
  }

  @Test
  void aMeanOfProductsIsNoMeanOfFactors() {
    // Products 2 and 12; the means of the factors are 3 and 2.
    given(lora(MODULE, 1, 1, new float[] {2}, new float[] {1}), 1);
    given(lora(MODULE, 1, 1, new float[] {4}, new float[] {3}), 1);

    RecombinationOptions products =
        new RecombinationOptions(Way.MEAN_OF_PRODUCTS, Optional.empty(), Optional.empty());
    assertThat(product(made(products), MODULE)).containsExactly(7);
    RecombinationOptions factors =
        new RecombinationOptions(Way.MEAN_OF_FACTORS, Optional.empty(), Optional.empty());
    assertThat(product(made(factors), MODULE)).containsExactly(6);
    assertThat(made(factors).values(MODULE + ".lora_up.weight")).containsExactly(3);
  }

  @Test
  void aMeanOfFactorsNeedsOneRank() {
    given(lora(MODULE, 1, 1, new float[] {2}, new float[] {1}), 1);
    given(lora(MODULE, 1, 2, new float[] {4, 1}, new float[] {3, 1}), 1);
    assertThatThrownBy(() ->
            made(new RecombinationOptions(Way.MEAN_OF_FACTORS, Optional.empty(), Optional.empty())))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "module '"
                + MODULE
                + "': a mean of factors needs factors of one rank from every LoRA, but they have 1,"
                + " 2. Take the mean of the products instead.");
  }

  @Test
  void cutsASumToARank() {
    // (3 0; 0 0) and (0 0; 0 1): rank 1 keeps the first, and leaves 1 of sqrt(10).
    given(lora(MODULE, 1, 1, new float[] {3, 0}, new float[] {1, 0}), 1);
    given(lora(MODULE, 1, 1, new float[] {0, 1}, new float[] {0, 1}), 1);
    RecombinationReport report = report(toRank(1));

    assertThat(product(SmallCheckpoint.read(output()), MODULE))
        .containsExactly(new float[] {3, 0, 0, 0}, within(1e-6f));
    assertThat(report.layers())
        .singleElement()
        .satisfies(layer -> {
          assertThat(layer.before()).isEqualTo(2);
          assertThat(layer.rank()).isEqualTo(1);
          assertThat(layer.relativeError()).isCloseTo(1 / Math.sqrt(10), within(1e-6));
        });
  }

  @Test
  void namesTheTensorWithNaN() {
    given(lora(MODULE, 2, 2, new float[] {1, Float.NaN, 3, 4}, new float[] {1, 0, 0, 1}), 1);

    for (RecombinationOptions options : List.of(toRank(1), SUM)) {
      assertThatThrownBy(() -> made(options))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.NON_FINITE_WEIGHTS))
          .hasMessage(
              "%s: tensor '%s.lora_up.weight' has 1 value that is NaN or infinite. Use a sound copy of that LoRA."
                  .formatted(loras.getFirst().file(), MODULE));
    }
  }

  /// Of whatever dtype the factors are to be.
  private void assertTooLarge(Way way, Optional<RankChoice> rank, String number) {
    for (Optional<DType> dtype :
        List.of(Optional.<DType>empty(), Optional.of(DType.F16), Optional.of(DType.BF16))) {
      assertThatThrownBy(() -> made(new RecombinationOptions(way, rank, dtype)))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              "%s: the factors of module '%s' are too large for f32 with %s"
                  .formatted(loras.getFirst().file(), MODULE, number));
    }
  }

  @Test
  void aWeightThatNoFactorHoldsIsRefused() {
    given(lora(MODULE, 2, 2, new float[] {1e10f, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1e30);
    // Beside another one, so that no single number could go into alpha.
    given(lora(MODULE, 2, 2, new float[] {1, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1);

    String number = "a weight of 1.0E30; choose a smaller one.";
    assertTooLarge(Way.SUM, Optional.empty(), number);
    assertTooLarge(Way.SUM, Optional.of(new RankChoice.Fixed(1)), number);
  }

  @Test
  void anAlphaThatNoFactorHoldsIsRefused() {
    given(lora(MODULE, 0x1p100f, 2, new float[] {1e10f, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1);
    given(lora(MODULE, 2, 2, new float[] {1, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1);

    String number =
        "its alpha / rank, which is 6.338253001141147E29; use a sound copy of that LoRA.";
    assertTooLarge(Way.MEAN_OF_FACTORS, Optional.empty(), number);
    assertTooLarge(Way.MEAN_OF_PRODUCTS, Optional.empty(), number);
    loras.removeLast();
    assertTooLarge(Way.SUM, Optional.of(new RankChoice.Fixed(1)), number);
  }

  @Test
  void aNumberThatAlphaDoesNotHoldIsRefused() {
    given(lora(MODULE, 2, 2, new float[] {1, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1e39);

    assertTooLarge(Way.SUM, Optional.empty(), "a weight of 1.0E39; choose a smaller one.");
  }

  @Test
  void factorsThatAreTooLargeForTheirDtypeAreRefused() {
    given(lora(MODULE, 2, 2, new float[] {1e10f, 0, 0, 1}, new float[] {1, 0, 0, 1}), 1);

    assertThatThrownBy(
            () -> made(new RecombinationOptions(Way.SUM, Optional.empty(), Optional.of(DType.F16))))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the factors of module '%s' would have 1 number that is NaN or infinite: they do not fit F16. Choose F32 for them (--dtype f32)."
                .formatted(MODULE));
  }

  @Test
  void resizingLeavesLayersOfNoHigherRankAsTheyAre() {
    SmallCheckpoint lora = lora(MODULE, 0.5f, 1, new float[] {1, 2}, new float[] {3, 4});
    with(lora, OTHER, 4, 2, new float[] {3, 0, 0, 1}, new float[] {1, 0, 0, 1});
    given(lora, 1);
    SmallCheckpoint resized = made(toRank(1));

    assertThat(resized.values(MODULE + ".lora_up.weight")).containsExactly(1, 2);
    assertThat(resized.values(MODULE + ".lora_down.weight")).containsExactly(3, 4);
    assertThat(resized.values(MODULE + ".alpha")).containsExactly(0.5f);
    // alpha / rank was 2: the product (6 0; 0 2).
    assertThat(product(resized, OTHER)).containsExactly(new float[] {6, 0, 0, 0}, within(1e-5f));
  }

  @Test
  void resizingKeepsAShareOfTheEnergy() {
    // Squares 64, 4 and 1 of 69: nine tenths are one column.
    given(
        lora(
            MODULE,
            3,
            3,
            new float[] {8, 0, 0, 0, 2, 0, 0, 0, 1},
            new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}),
        1);
    RecombinationReport report =
        report(
            new RecombinationOptions(
                Way.SUM, Optional.of(new RankChoice.Energy(0.9, 3)), Optional.empty()));
    assertThat(report.layers().getFirst().rank()).isEqualTo(1);
  }

  @Test
  void resizingKeepsWhatIsAboveALimit() {
    given(
        lora(
            MODULE,
            3,
            3,
            new float[] {8, 0, 0, 0, 2, 0, 0, 0, 1},
            new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}),
        1);
    RecombinationReport report =
        report(
            new RecombinationOptions(
                Way.SUM, Optional.of(new RankChoice.Above(1.5, 3)), Optional.empty()));
    assertThat(report.layers().getFirst().rank()).isEqualTo(2);
  }

  @Test
  void aConvolutionKeepsItsShape() {
    given(
        new SmallCheckpoint()
            .with(MODULE + ".lora_up.weight", Shape.of(2, 2, 1, 1), 3, 0, 0, 1)
            .with(MODULE + ".lora_down.weight", Shape.of(2, 1, 1, 3), 1, 0, 0, 0, 1, 0),
        1);
    SmallCheckpoint resized = made(toRank(1));
    assertThat(resized.spec(MODULE + ".lora_up.weight").shape()).isEqualTo(Shape.of(2, 1, 1, 1));
    assertThat(resized.spec(MODULE + ".lora_down.weight").shape()).isEqualTo(Shape.of(1, 1, 1, 3));
  }

  @Test
  void storesTheDtypeAskedForOrTheFirstOnes() {
    SmallCheckpoint half =
        new SmallCheckpoint()
            .with(MODULE + ".lora_up.weight", DType.F16, Shape.of(1, 1), 2)
            .with(MODULE + ".lora_down.weight", DType.F16, Shape.of(1, 1), 3);
    given(half, 1);
    assertThat(made(SUM).spec(MODULE + ".lora_up.weight").dtype()).isEqualTo(DType.F16);
    assertThat(
            made(new RecombinationOptions(Way.SUM, Optional.empty(), Optional.of(DType.BF16)))
                .spec(MODULE + ".lora_up.weight")
                .dtype())
        .isEqualTo(DType.BF16);
  }

  @Test
  void aSingleLorasOtherTensorsAreCopied() {
    SmallCheckpoint lora = lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4});
    lora.with(OTHER + ".diff_b", 5, 6);
    given(lora, 1);
    RecombinationReport report = report(toRank(1));
    assertThat(SmallCheckpoint.read(output()).values(OTHER + ".diff_b")).containsExactly(5, 6);
    assertThat(report.copied()).isEqualTo(1);
  }

  private static final String PEFT = "base_model.model.model.layers.0.mlp.up_proj";

  private static SmallCheckpoint peft() {
    return new SmallCheckpoint()
        .with(PEFT + ".lora_B.weight", Shape.of(2, 1), 1, 2)
        .with(PEFT + ".lora_A.weight", Shape.of(1, 2), 3, 4);
  }

  @Test
  void anAdaptersFolderStaysOne() throws IOException {
    Path adapter = Files.createDirectory(folder.resolve("adapter"));
    peft().write(adapter.resolve("adapter_model.safetensors"));
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "r": 1, "lora_alpha": 4, "fan_in_fan_out": true}
        """);
    loras.add(new WeightedLora(adapter, 0.5));
    Path twice = folder.resolve("twice");
    Recombination.write(loras, twice, SUM, settings());

    assertThat(twice.resolve("adapter_config.json"))
        .content()
        .contains("\"fan_in_fan_out\" : true", "\"lora_alpha\" : 1", "\"r\" : 1")
        .contains("\"target_modules\" : [ \"model.layers.0.mlp.up_proj\" ]");
    // Half of alpha 4 by rank 1 is in the factors.
    SmallCheckpoint written = SmallCheckpoint.read(twice.resolve("adapter_model.safetensors"));
    assertThat(written.values(PEFT + ".lora_B.weight")).containsExactly(2, 4);
    assertThat(written.values(PEFT + ".lora_A.weight")).containsExactly(3, 4);
  }

  @Test
  void refusesAnAdaptersFolderForMoreThanFactors() {
    given(peft().with("base_model.model.lm_head.weight", Shape.of(1, 1), 1), 1);
    Path adapter = folder.resolve("adapter");
    assertThatThrownBy(() -> Recombination.write(loras, adapter, SUM, settings()))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            loras.getFirst().file()
                + ": has more than factors ('base_model.model.lm_head.weight'), for which Mokume"
                + " writes no PEFT config. Write a file of another name than"
                + " adapter_model.safetensors.");
    assertThat(adapter).doesNotExist();
  }

  @Test
  void aModelIsNoLora() {
    given(lora(MODULE, 1, 1, new float[] {1, 1}, new float[] {1, 1}), 1);
    given(new SmallCheckpoint().with("a.weight", 1, 2).with("b.weight", 1, 2), 1);

    assertThatThrownBy(() -> made(SUM))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            loras.getLast().file()
                + ": has no low-rank factors ('a.weight': what it is for is not known). Name a LoRA"
                + " (or a LoCon) file.");
  }

  @Test
  void refusesToAddWhatIsNoProductOfTwoFactors() {
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 1);
    given(new SmallCheckpoint().with(OTHER + ".diff", Shape.of(2, 2), 1, 2, 3, 4), 1);
    assertThatThrownBy(() -> made(SUM))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "%s: module '%s' is changed otherwise than by two factors ('%s.diff'), which cannot be added to another LoRA's. Apply the LoRAs to a model one after the other instead."
                .formatted(loras.get(1).file(), OTHER, OTHER));
  }

  @Test
  void refusesFactorsOfAnotherModel() {
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 1);
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4, 5}), 1);
    assertThatThrownBy(() -> made(SUM))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "module '"
                + MODULE
                + "': the LoRAs have factors of other shapes for it, [2, 1] by [1, 2] and [2, 1] by"
                + " [1, 3]. They are for different models.");
  }

  @Test
  void saysWhatItWasMadeOf() {
    SmallCheckpoint first = lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4});
    first
        .withMetadata("ss_network_dim", "1")
        .withMetadata("ss_base_model_version", "sd_v1")
        .withMetadata("ss_tag_frequency", "{}")
        .withMetadata("sshs_model_hash", "abc");
    given(first, 1);
    given(lora(MODULE, 1, 1, new float[] {1, 2}, new float[] {3, 4}), 0.5);
    assertThat(made(SUM).metadata())
        .containsEntry("mokume.lora", "sum: weights 1.0, 0.5")
        .containsEntry("ss_network_dim", "2")
        .containsEntry("ss_base_model_version", "sd_v1")
        .containsKey("mokume.inputs")
        .doesNotContainKeys("ss_tag_frequency", "sshs_model_hash");
  }

  @Test
  void factorsAreOfAtLeastSixteenBits() {
    assertThatThrownBy(
            () -> new RecombinationOptions(Way.SUM, Optional.empty(), Optional.of(DType.F8_E4M3)))
        .hasMessage("factors are stored as F16, BF16, F32 or F64, not as F8_E4M3.");
  }
}
