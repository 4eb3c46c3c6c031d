package dev.mokume.architecture;

import static dev.mokume.architecture.Specs.detected;
import static dev.mokume.architecture.Specs.named;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockWeightsTest {
  private static final double OTHERWISE = 0.5;
  private static final Detection SD15 = detected("sd15");
  private static final Detection SDXL = detected("sdxl");
  private static final Detection FLUX = detected("flux-dev");

  /// 0, 1, 2, ... so that a number tells its position.
  private static String row(int count) {
    return IntStream.range(0, count).mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  private static double at(BlockWeights weights, Detection detection, String tensor) {
    return weights.at(detection.place(tensor));
  }

  @Nested
  class RowsByName {
    @Test
    void areThoseOf26Numbers() {
      BlockWeights weights = BlockWeights.parse("grad_v, IN01=7", SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(0);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.0.0.weight")).isEqualTo(1);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.1.1.proj_in.weight"))
          .isEqualTo(7);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.6.0.op.weight"))
          .isEqualTo(0.5);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.1.proj_in.weight"))
          .isEqualTo(0);
      assertThat(at(weights, SD15, "model.diffusion_model.out.2.weight")).isEqualTo(1);
    }

    @Test
    void areNotForModelsWithOtherRows() {
      assertThatThrownBy(() -> BlockWeights.parse("GRAD_V", SDXL, OTHERWISE))
          .hasMessageStartingWith("26 block weights were given, but SDXL takes 20 ");
    }
  }

  @Nested
  class DrawnRows {
    /// The generator begins with 0.57521 (for BASE, which has 0 instead), 0.64796 and 0.56475.
    @Test
    void followFromTheSeed() {
      BlockWeights weights = BlockWeights.parse("RANDOM:7", SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(0);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.0.0.weight"))
          .isEqualTo(0.648);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.1.1.proj_in.weight"))
          .isEqualTo(0.565);
      assertThat(weights.blocks().values()).allMatch(number -> number >= 0 && number <= 1);
      assertThat(weights).isEqualTo(BlockWeights.parse("random:7", SD15, OTHERWISE));
      assertThat(weights).isNotEqualTo(BlockWeights.parse("RANDOM:8", SD15, OTHERWISE));
    }

    @Test
    void lieInARange() {
      BlockWeights weights = BlockWeights.parse("RANDOM:7:-0.5:1.5, BASE=0.3", SDXL, OTHERWISE);

      assertThat(weights.base()).isEqualTo(0.3);
      // 2 * 0.64796 - 0.5
      assertThat(at(weights, SDXL, "model.diffusion_model.input_blocks.0.0.weight"))
          .isEqualTo(0.796);
    }

    @Test
    void areForEveryModelThatHasRows() {
      assertThat(BlockWeights.parse("RANDOM:1", FLUX, OTHERWISE).blocks()).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
        strings = {
          "RANDOM",
          "RANDOM:",
          "RANDOM:7:1",
          "RANDOM:7:1:0",
          "RANDOM:7:a:1",
          "RANDOM:7:0:1001"
        })
    void ofAnotherFormAreNoRows(String text) {
      assertThatThrownBy(() -> BlockWeights.parse(text, SD15, OTHERWISE))
          .hasMessageContaining("'%s'".formatted(text));
    }
  }

  @Nested
  class RowsForLoras {
    @Test
    void of17NumbersSetTheBlocksOfSd15ThatLorasChange() {
      BlockWeights weights = BlockWeights.parse(row(17), SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(0);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.2.1.proj_in.weight"))
          .isEqualTo(2);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.4.1.proj_in.weight"))
          .isEqualTo(3);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.1.proj_in.weight"))
          .isEqualTo(7);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.3.1.proj_in.weight"))
          .isEqualTo(8);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.11.1.proj_in.weight"))
          .isEqualTo(16);
      assertThat(at(weights, SD15, "model.diffusion_model.out.2.weight")).isEqualTo(16);
    }

    @Test
    void haveZeroForTheBlocksBetween() {
      BlockWeights weights = BlockWeights.parse(row(17), SD15, OTHERWISE);

      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.3.0.op.weight")).isZero();
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.0.0.in_layers.0.weight"))
          .isZero();
    }

    @Test
    void of12NumbersAreForSdxl() {
      BlockWeights weights = BlockWeights.parse(row(12), SDXL, OTHERWISE);

      assertThat(at(weights, SDXL, "model.diffusion_model.input_blocks.7.1.proj_in.weight"))
          .isEqualTo(3);
      assertThat(at(weights, SDXL, "model.diffusion_model.output_blocks.5.1.proj_in.weight"))
          .isEqualTo(11);
      assertThat(at(weights, SDXL, "model.diffusion_model.output_blocks.6.0.in_layers.0.weight"))
          .isZero();
    }

    @Test
    void haveNames() {
      BlockWeights weights = BlockWeights.parse("midd", SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(1);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.4.1.proj_in.weight"))
          .isZero();
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.5.1.proj_in.weight"))
          .isEqualTo(1);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.6.1.proj_in.weight"))
          .isEqualTo(1);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.7.1.proj_in.weight"))
          .isZero();
      assertThat(BlockWeights.parse("ALL0.5, IN01=1", SDXL, OTHERWISE).base()).isEqualTo(0.5);
    }
  }

  @Nested
  class Rows {
    @Test
    void of26NumbersSetAnSd15UnetAfterItsBase() {
      BlockWeights weights = BlockWeights.parse(row(26), SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(0);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.0.0.weight")).isEqualTo(1);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.1.0.in_layers.0.weight"))
          .isEqualTo(2);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.11.0.in_layers.0.weight"))
          .isEqualTo(12);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.0.in_layers.0.weight"))
          .isEqualTo(13);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.2.in_layers.0.weight"))
          .isEqualTo(13);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.0.0.in_layers.0.weight"))
          .isEqualTo(14);
      assertThat(at(weights, SD15, "model.diffusion_model.output_blocks.11.0.in_layers.0.weight"))
          .isEqualTo(25);
    }

    @Test
    void giveTheFinalLayersTheLastBlocksNumberAndAllElseTheBase() {
      BlockWeights weights = BlockWeights.parse(row(26), SD15, OTHERWISE);

      assertThat(at(weights, SD15, "model.diffusion_model.out.2.weight")).isEqualTo(25);
      assertThat(at(weights, SD15, "model.diffusion_model.time_embed.0.weight")).isEqualTo(0);
      assertThat(at(weights, SD15, "cond_stage_model.transformer.text_model.final_layer_norm.bias"))
          .isEqualTo(0);
      assertThat(at(weights, SD15, "first_stage_model.quant_conv.bias")).isEqualTo(0);
    }

    @Test
    void of25NumbersLeaveTheBaseAsItIs() {
      BlockWeights weights = BlockWeights.parse(row(25), SD15, OTHERWISE);

      assertThat(weights.base()).isEqualTo(OTHERWISE);
      assertThat(weights.at(new Block(Component.UNET, "IN00"))).isEqualTo(0);
      assertThat(weights.at(new Block(Component.UNET, "OUT11"))).isEqualTo(24);
    }

    @Test
    void of20NumbersSetSdxl() {
      BlockWeights weights = BlockWeights.parse(row(20), SDXL, OTHERWISE);

      assertThat(at(weights, SDXL, "conditioner.embedders.1.model.ln_final.bias")).isEqualTo(0);
      assertThat(at(weights, SDXL, "model.diffusion_model.label_emb.0.0.weight")).isEqualTo(0);
      assertThat(at(weights, SDXL, "model.diffusion_model.input_blocks.8.0.in_layers.0.weight"))
          .isEqualTo(9);
      assertThat(at(weights, SDXL, "model.diffusion_model.middle_block.1.norm.weight"))
          .isEqualTo(10);
      assertThat(at(weights, SDXL, "model.diffusion_model.output_blocks.8.0.in_layers.0.weight"))
          .isEqualTo(19);
      assertThat(at(weights, SDXL, "first_stage_model.quant_conv.bias")).isEqualTo(0);
    }

    @Test
    void of21NumbersSetSdxlAndItsVae() {
      BlockWeights weights = BlockWeights.parse(row(21), SDXL, OTHERWISE);

      assertThat(at(weights, SDXL, "model.diffusion_model.output_blocks.8.0.in_layers.0.weight"))
          .isEqualTo(19);
      assertThat(at(weights, SDXL, "first_stage_model.quant_conv.bias")).isEqualTo(20);
    }

    @Test
    void of61NumbersSetFluxAndItsTextEncoders() {
      BlockWeights weights = BlockWeights.parse(row(61), FLUX, OTHERWISE);

      assertThat(
              at(
                  weights,
                  FLUX,
                  "text_encoders.clip_l.transformer.text_model.final_layer_norm.bias"))
          .isEqualTo(0);
      assertThat(at(weights, FLUX, "text_encoders.t5xxl.transformer.shared.weight")).isEqualTo(1);
      assertThat(at(weights, FLUX, "model.diffusion_model.guidance_in.in_layer.bias")).isEqualTo(2);
      assertThat(at(weights, FLUX, "model.diffusion_model.double_blocks.0.img_attn.qkv.bias"))
          .isEqualTo(3);
      assertThat(at(weights, FLUX, "model.diffusion_model.double_blocks.18.img_attn.qkv.bias"))
          .isEqualTo(21);
      assertThat(at(weights, FLUX, "model.diffusion_model.single_blocks.0.linear1.bias"))
          .isEqualTo(22);
      assertThat(at(weights, FLUX, "model.diffusion_model.single_blocks.37.linear1.bias"))
          .isEqualTo(59);
      assertThat(at(weights, FLUX, "model.diffusion_model.final_layer.linear.bias")).isEqualTo(60);
      assertThat(at(weights, FLUX, "vae.decoder.conv_in.bias")).isEqualTo(OTHERWISE);
    }

    @Test
    void ofANumberForEachLayerSetALanguageModel() {
      Detection tiny = detected("tinyllama");

      assertThat(BlockWeights.parse(row(23), tiny, OTHERWISE).base()).isEqualTo(0);
      BlockWeights weights = BlockWeights.parse(row(22), tiny, OTHERWISE);
      assertThat(at(weights, tiny, "model.layers.21.mlp.up_proj.weight")).isEqualTo(21);
      assertThat(at(weights, tiny, "lm_head.weight")).isEqualTo(OTHERWISE);
    }

    @Test
    void ofANumberForEachBlockSetSd3() {
      Detection sd3 = detected("sd3");
      BlockWeights weights = BlockWeights.parse(row(25), sd3, OTHERWISE);

      assertThat(at(weights, sd3, "model.diffusion_model.joint_blocks.23.x_block.attn.qkv.weight"))
          .isEqualTo(24);
      assertThat(at(weights, sd3, "model.diffusion_model.y_embedder.mlp.0.bias")).isEqualTo(0);
    }

    @Test
    void mayBeWrittenWithSpacesAndLines() {
      assertThat(
              BlockWeights.parse(" 1, 0.5\n" + row(24).replace(',', ' '), SD15, OTHERWISE)
                  .at(new Block(Component.UNET, "IN00")))
          .isEqualTo(0.5);
    }

    @Test
    void mayBeFollowedByPairs() {
      BlockWeights weights = BlockWeights.parse(row(26) + ",TIME=0.25,vae=0.75", SD15, OTHERWISE);

      assertThat(at(weights, SD15, "model.diffusion_model.time_embed.0.weight")).isEqualTo(0.25);
      assertThat(at(weights, SD15, "first_stage_model.quant_conv.bias")).isEqualTo(0.75);
    }
  }

  @Nested
  class Pairs {
    @Test
    void setWhatTheyName() {
      BlockWeights weights = BlockWeights.parse("IN04=0.5, out03 = 1", SD15, 0.25);

      assertThat(weights.toString()).isEqualTo("BASE=0.25,IN04=0.5,OUT03=1.0");
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.4.0.in_layers.0.weight"))
          .isEqualTo(0.5);
      assertThat(at(weights, SD15, "model.diffusion_model.input_blocks.5.0.in_layers.0.weight"))
          .isEqualTo(0.25);
    }

    @Test
    void mayNameABaseARangeAComponentOrAllTextEncoders() {
      BlockWeights weights =
          BlockWeights.parse("BASE=0.1,IN00-IN02=0.2,unet=0.3,clip=0.4,clip_g.L00=0.6", SDXL, 0);

      assertThat(at(weights, SDXL, "model.diffusion_model.input_blocks.2.0.in_layers.0.weight"))
          .isEqualTo(0.2);
      assertThat(at(weights, SDXL, "model.diffusion_model.input_blocks.3.0.op.weight"))
          .isEqualTo(0.3);
      assertThat(
              at(
                  weights,
                  SDXL,
                  "conditioner.embedders.0.transformer.text_model.final_layer_norm.bias"))
          .isEqualTo(0.4);
      assertThat(
              at(weights, SDXL, "conditioner.embedders.1.model.transformer.resblocks.0.ln_1.bias"))
          .isEqualTo(0.6);
      assertThat(at(weights, SDXL, "first_stage_model.quant_conv.bias")).isEqualTo(0.1);
    }

    @Test
    void mayTellTheThreePartsOfTheMiddleApart() {
      BlockWeights weights = BlockWeights.parse("M00=0.1,M01=0.2,middle_block.2=0.3", SD15, 0);

      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.0.in_layers.0.weight"))
          .isEqualTo(0.1);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.1.norm.weight"))
          .isEqualTo(0.2);
      assertThat(at(weights, SD15, "model.diffusion_model.middle_block.2.in_layers.0.weight"))
          .isEqualTo(0.3);
    }

    @Test
    void mayUseTheNamesOfOtherTools() {
      BlockWeights weights =
          BlockWeights.parse("IN=0.1,D03=0.2,double_blocks.4=0.3,S37=0.4,OUT=0.5,T5=0.6", FLUX, 0);

      assertThat(weights.toString())
          .isEqualTo(
              "BASE=0.0,IMG_IN=0.1,TXT_IN=0.1,TIME_IN=0.1,VECTOR_IN=0.1,GUIDANCE_IN=0.1,DB03=0.2,DB04=0.3,SB37=0.4,"
                  + "FINAL=0.5,t5xxl=0.6");
    }

    @Test
    void setInferredBlocks() {
      Detection unknown = Architectures.detect(named("layers.3.weight", "layers.4.weight"));

      assertThat(at(BlockWeights.parse("layers.3=0.5", unknown, 0), unknown, "layers.3.weight"))
          .isEqualTo(0.5);
    }

    @Test
    void canBeReadBackFromTheirText() {
      BlockWeights weights = BlockWeights.parse(row(21), SDXL, OTHERWISE);

      assertThat(BlockWeights.parse(weights.toString(), SDXL, OTHERWISE)).isEqualTo(weights);
    }
  }

  @Nested
  class Errors {
    private static void refuses(String text, Detection detection, String message) {
      assertThatThrownBy(() -> BlockWeights.parse(text, detection, OTHERWISE))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE))
          .hasMessage(message);
    }

    @Test
    void aWrongCountSaysWhichCountsTheArchitectureTakes() {
      refuses(
          row(26),
          SDXL,
          "26 block weights were given, but SDXL takes 20 (BASE, IN00-IN08, M00, OUT00-OUT08) or 21"
              + " (BASE, IN00-IN08, M00, OUT00-OUT08, VAE) or 19 (IN00-IN08, M00, OUT00-OUT08), or"
              + " name=value pairs");
      refuses(
          "0.5",
          SD15,
          "1 block weight was given, but SD 1.x takes 26 (BASE, IN00-IN11, M00, OUT00-OUT11) or 25"
              + " (IN00-IN11, M00, OUT00-OUT11), or name=value pairs");
      refuses(
          row(26),
          FLUX,
          "26 block weights were given, but FLUX.1 dev takes 61 (CLIP, T5, IN, DB00-DB18,"
              + " SB00-SB37, OUT) or 57 (DB00-DB18, SB00-SB37), or name=value pairs");
      refuses(
          "1,2",
          Architectures.detect(named("layers.3.weight")),
          "2 block weights were given, but there is no row of block weights for an architecture"
              + " that Mokume does not know; give name=value pairs");
    }

    @Test
    void anUnknownBlockOffersTheNearest() {
      refuses("IN12=0.5", SD15, "SD 1.x has no block 'IN12'; did you mean 'IN02'?");
      refuses("IN09=0.5", SDXL, "SDXL has no block 'IN09'; did you mean 'IN00'?");
    }

    @Test
    void aFarNameListsTheBlocks() {
      refuses(
          "nonsense=0.5",
          Architectures.detect(named("layers.3.weight")),
          "an architecture that Mokume does not know has no block 'nonsense'; its blocks are BASE,"
              + " layers.3");
    }

    @Test
    void allProblemsAreTold() {
      refuses(
          "IN04=x,IN99=1,OUT00=NaN",
          SD15,
          """
          the block weight of IN04, 'x', is not a number
          SD 1.x has no block 'IN99'; did you mean 'IN09'?
          the block weight of OUT00, 'NaN', is not a number\
          """);
    }

    @Test
    void aWordAloneIsTheNameOfARow() {
      refuses(
          "GRAD_W",
          SD15,
          "there is no row of block weights called 'GRAD_W' (did you mean 'GRAD_A'?); give 26"
              + " numbers (BASE, IN00-IN11, M00, OUT00-OUT11) or name=value pairs");
      refuses(
          "foo",
          SD15,
          "there is no row of block weights called 'foo'; give 26 numbers (BASE, IN00-IN11, M00,"
              + " OUT00-OUT11) or name=value pairs");
    }

    @Test
    void aWordAmongNumbersIsNamedWithItsPosition() {
      refuses("1,0.5,abc," + row(23), SD15, "block weight 3, 'abc', is not a number");
      refuses("1,0x10," + row(24), SD15, "block weight 2, '0x10', is not a number");
      refuses("1,1e999," + row(24), SD15, "block weight 2, '1e999', is not a number");
    }

    @Test
    void nothingIsNotBlockWeights() {
      refuses(
          " , ",
          SD15,
          "block weights are empty; give 26 numbers (BASE, IN00-IN11, M00, OUT00-OUT11) or"
              + " name=value pairs");
    }

    @Test
    void numbersComeBeforePairs() {
      refuses(
          "IN04=1,0.5",
          SD15,
          "the block weight '0.5' stands after a name=value pair; a row of numbers comes first");
    }
  }
}
