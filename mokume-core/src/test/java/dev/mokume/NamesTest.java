package dev.mokume;

import static dev.mokume.SmallMerge.A;
import static dev.mokume.SmallMerge.B;
import static dev.mokume.SmallMerge.C;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.MergePlan.LeftOut;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How tensors of one component meet that files name and lay out differently, and under which names
/// which components are written.
class NamesTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String IN = "input_blocks.0.0.weight";
  private static final String MIDDLE = "middle_block.0.in_layers.0.weight";
  private static final String CONTEXT = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
  private static final String VAE = "first_stage_model.";
  private static final String ENCODER = "encoder.down.0.block.0.conv1.weight";
  private static final String DECODER = "decoder.up.0.block.0.conv1.weight";
  private static final String SD1_CLIP = "cond_stage_model.transformer.";
  private static final String SDXL_L = "conditioner.embedders.0.transformer.";
  private static final String SDXL_G = "conditioner.embedders.1.model.";
  private static final String SD2_H = "cond_stage_model.model.";
  private static final String LAYER = "text_model.encoder.layers.0.";
  private static final String OPEN_LAYER = "transformer.resblocks.0.";

  @TempDir Path folder;

  private SmallMerge merge;

  @BeforeEach
  void begin() {
    merge = new SmallMerge(folder);
  }

  // Miniatures of files that people have

  private static SmallCheckpoint unet(SmallCheckpoint into, String prefix, int width, float value) {
    return into.with(prefix + IN, DType.F16, Shape.of(1, 4, 1, 1), value, value, value, value)
        .with(prefix + CONTEXT, DType.F16, Shape.of(1, width), filled(width, value))
        .with(prefix + MIDDLE, DType.F16, Shape.of(2), value, value + 1);
  }

  private static SmallCheckpoint vae(SmallCheckpoint into, String prefix, float value) {
    return into.with(prefix + ENCODER, DType.F16, Shape.of(2), value, value)
        .with(prefix + DECODER, DType.F16, Shape.of(2), value, value + 1);
  }

  /// As the transformers library stores it, of width 2 but for the embedding, which tells the kind.
  private static SmallCheckpoint clip(
      SmallCheckpoint into, String prefix, int embedding, float value) {
    return into.with(
            prefix + "text_model.embeddings.token_embedding.weight",
            DType.F16,
            Shape.of(1, embedding),
            filled(embedding, value))
        .with(
            prefix + "text_model.embeddings.position_embedding.weight",
            Shape.of(1, 2),
            value,
            value)
        .with(prefix + LAYER + "self_attn.q_proj.weight", Shape.of(2, 2), counted(4, value))
        .with(prefix + LAYER + "self_attn.k_proj.weight", Shape.of(2, 2), counted(4, value + 4))
        .with(prefix + LAYER + "self_attn.v_proj.weight", Shape.of(2, 2), counted(4, value + 8))
        .with(prefix + LAYER + "self_attn.q_proj.bias", value, value + 1)
        .with(prefix + LAYER + "self_attn.k_proj.bias", value + 2, value + 3)
        .with(prefix + LAYER + "self_attn.v_proj.bias", value + 4, value + 5)
        .with(prefix + LAYER + "self_attn.out_proj.weight", Shape.of(2, 2), counted(4, value))
        .with(prefix + LAYER + "layer_norm1.weight", value)
        .with(prefix + LAYER + "layer_norm2.bias", value)
        .with(prefix + LAYER + "mlp.fc1.weight", Shape.of(1, 2), value, value)
        .with(prefix + LAYER + "mlp.fc2.bias", value)
        .with(prefix + "text_model.final_layer_norm.weight", value)
        .with(prefix + "text_projection.weight", Shape.of(2, 3), counted(6, value));
  }

  /// The same tower with the same values as OpenCLIP stores it.
  private static SmallCheckpoint openClip(
      SmallCheckpoint into, String prefix, int embedding, float v) {
    return into.with(
            prefix + "token_embedding.weight",
            DType.F16,
            Shape.of(1, embedding),
            filled(embedding, v))
        .with(prefix + "positional_embedding", Shape.of(1, 2), v, v)
        .with(prefix + OPEN_LAYER + "attn.in_proj_weight", Shape.of(6, 2), counted(12, v))
        .with(prefix + OPEN_LAYER + "attn.in_proj_bias", counted(6, v))
        .with(prefix + OPEN_LAYER + "attn.out_proj.weight", Shape.of(2, 2), counted(4, v))
        .with(prefix + OPEN_LAYER + "ln_1.weight", v)
        .with(prefix + OPEN_LAYER + "ln_2.bias", v)
        .with(prefix + OPEN_LAYER + "mlp.c_fc.weight", Shape.of(1, 2), v, v)
        .with(prefix + OPEN_LAYER + "mlp.c_proj.bias", v)
        .with(prefix + "ln_final.weight", v)
        .with(prefix + "text_projection", Shape.of(3, 2), v, v + 3, v + 1, v + 4, v + 2, v + 5);
  }

  private static SmallCheckpoint sd15(float value) {
    return vae(
        clip(unet(new SmallCheckpoint(), UNET, 768, value), SD1_CLIP, 768, value), VAE, value);
  }

  private static SmallCheckpoint sdxl(float value) {
    SmallCheckpoint checkpoint = unet(new SmallCheckpoint(), UNET, 2048, value);
    clip(checkpoint, SDXL_L, 768, value);
    openClip(checkpoint, SDXL_G, 1280, value);
    return vae(checkpoint, VAE, value);
  }

  private static float[] filled(int count, float value) {
    float[] values = new float[count];
    Arrays.fill(values, value);
    return values;
  }

  private static float[] counted(int count, float first) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + i;
    }
    return values;
  }

  // What is asked for

  private static Weights half(Weights a, Weights b) {
    return new Weights.Interpolate(
        Interpolation.LINEAR, a, b, new Ratio.Constant(0.5), Optional.empty());
  }

  @SafeVarargs
  private static Result.Checkpoint result(Map.Entry<Component, Weights>... components) {
    SequencedMap<Component, Weights> all = new LinkedHashMap<>();
    for (Map.Entry<Component, Weights> component : components) {
      all.put(component.getKey(), component.getValue());
    }
    return Result.Checkpoint.of(all);
  }

  private List<String> problems(Result result) {
    return merge.plan(result).problems().stream().map(Problem::message).toList();
  }

  private String file(String model) {
    return folder.resolve(model + ".safetensors").toString();
  }

  private static void assertSame(SmallCheckpoint found, SmallCheckpoint expected) {
    assertThat(found.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    for (String name : expected.names()) {
      assertThat(found.spec(name)).isEqualTo(expected.spec(name));
      assertThat(found.values(name)).as(name).isEqualTo(expected.values(name));
    }
  }

  // Names that differ by a prefix

  @Test
  void aBareDiffusionModelMeetsThatOfACheckpoint() {
    merge.model("a", sd15(1)).model("b", unet(new SmallCheckpoint(), "", 768, 3));
    Result result = result(Map.entry(Component.UNET, half(A, B)));
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.left()).isEmpty();
    assertThat(plan.notes())
        .containsExactly("b: names of the diffusion model are read as model.diffusion_model.*.");
    SmallCheckpoint expected = sd15(1);
    unet(expected, UNET, 768, 2);
    assertSame(merge.merge(result), expected);
  }

  @Test
  void aCheckpointIsMergedIntoABareDiffusionModel() {
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1)).model("b", sd15(3));
    Result result = result(Map.entry(Component.UNET, half(A, B)));
    assertThat(merge.plan(result).notes())
        .containsExactly("b: names of the diffusion model are read as bare names.");
    assertSame(merge.merge(result), unet(new SmallCheckpoint(), "", 768, 2));
  }

  @Test
  void namesThatAgreeAreNotNoted() {
    merge.model("a", sd15(1)).model("b", sd15(3));
    assertThat(merge.plan(result(Map.entry(Component.UNET, half(A, B)))).notes()).isEmpty();
  }

  @Test
  void aVaeFileIsBakedIntoACheckpoint() {
    merge.model("a", sd15(1)).model("b", vae(new SmallCheckpoint(), "", 5));
    Result result = result(Map.entry(Component.VAE, B));
    assertThat(merge.plan(result).left()).isEmpty();
    assertSame(merge.merge(result), vae(sd15(1), VAE, 5));
  }

  @Test
  void aTensorThatOnlyTheTakenFileHasGetsThePrefixOfTheOthers() {
    merge
        .model("a", sd15(1))
        .model("b", vae(new SmallCheckpoint(), "", 5).with("quant_conv.bias", 7));
    SmallCheckpoint merged = merge.merge(result(Map.entry(Component.VAE, B)));
    assertThat(merged.values(VAE + "quant_conv.bias")).containsExactly(7);
  }

  @Test
  void aTextEncoderFileMeetsThatOfAnyArchitecture() {
    merge.model("a", sdxl(1)).model("b", clip(new SmallCheckpoint(), "", 768, 3));
    merge.model("c", sd15(5));
    Result result = result(Map.entry(Component.CLIP_L, half(half(A, B), C)));
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "b: names of the CLIP-L text encoder are read as"
                + " conditioner.embedders.0.transformer.*.",
            "c: names of the CLIP-L text encoder are read as"
                + " conditioner.embedders.0.transformer.*.");
    SmallCheckpoint expected = sdxl(1);
    clip(expected, SDXL_L, 768, 3.5f);
    assertSame(merge.merge(result), expected);
  }

  @Test
  void ratiosByBlockReachABareDiffusionModel() {
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1)).model("b", sd15(3));
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR,
            A,
            B,
            new Ratio.ByBlock("IN00=0.25,M00=1", 0.5),
            Optional.empty());
    SmallCheckpoint merged = merge.merge(result(Map.entry(Component.UNET, weights)));
    assertThat(merged.values(IN)).containsOnly(1.5f);
    assertThat(merged.values(MIDDLE)).containsExactly(3, 4);
    assertThat(merged.values(CONTEXT)).containsOnly(2);
  }

  @Test
  void aStoredMaskMeetsTensorsOfAnotherPrefix() {
    Path mask = folder.resolve("mask.safetensors");
    new SmallCheckpoint()
        .withBytes("diffusion_model." + MIDDLE, DType.U8, Shape.of(1), (byte) 0b10)
        .withMetadata(
            MaskFile.SHAPES, MaskFile.shapesJson(Map.of("diffusion_model." + MIDDLE, Shape.of(2))))
        .write(mask);
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1)).model("b", sd15(3));
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR, A, B, new Ratio.Constant(1), Optional.of(new Mask.Stored(mask)));
    SmallCheckpoint merged = merge.merge(result(Map.entry(Component.UNET, weights)));
    assertThat(merged.values(MIDDLE)).containsExactly(1, 4);
  }

  @Test
  void aMaskOfTwoModelsHasTheNamesOfTheFirst() {
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1)).model("b", sd15(3));
    SmallCheckpoint mask =
        merge.mask(new Mask.Magnitude(A, B, 0.5, Mask.Quantile.EXACT, Mask.Select.BELOW));
    assertThat(mask.names()).containsExactlyInAnyOrder(IN, MIDDLE, CONTEXT);
  }

  // CLIP as OpenCLIP stores it, and as the transformers library does

  @Test
  void aSplitClipGMeetsTheFusedOneOfACheckpoint() {
    merge.model("a", sdxl(1)).model("b", clip(new SmallCheckpoint(), "", 1280, 3));
    Result result = result(Map.entry(Component.CLIP_G, half(A, B)));
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "b: names of the CLIP-G text encoder are read as conditioner.embedders.1.model.*.");
    SmallCheckpoint expected = sdxl(1);
    openClip(expected, SDXL_G, 1280, 2);
    assertSame(merge.merge(result), expected);
  }

  /// Each part has a scale of its own, and the whole could have but one.
  @Test
  void scaledPartsMeetAFusedTensorByTheirValues() {
    SmallCheckpoint split = clip(new SmallCheckpoint(), "", 1280, 3);
    split
        .with(LAYER + "self_attn.q_proj.weight", DType.F8_E4M3, Shape.of(2, 2), 6, 8, 10, 12)
        .with(LAYER + "self_attn.q_proj.scale_weight", Shape.of(), 0.5f)
        .with(LAYER + "self_attn.k_proj.weight", DType.F8_E4M3, Shape.of(2, 2), 28, 32, 36, 40)
        .with(LAYER + "self_attn.k_proj.scale_weight", Shape.of(), 0.25f)
        .with(LAYER + "self_attn.v_proj.weight", DType.F8_E4M3, Shape.of(2, 2), 11, 12, 13, 14)
        .with(LAYER + "self_attn.v_proj.scale_weight", Shape.of(), 1)
        .with("scaled_fp8", DType.F8_E4M3, Shape.of(0));
    merge.model("a", sdxl(1)).model("b", split);
    SmallCheckpoint expected = sdxl(1);
    openClip(expected, SDXL_G, 1280, 2);
    assertSame(merge.merge(result(Map.entry(Component.CLIP_G, half(A, B)))), expected);
  }

  @Test
  void aFusedClipGMeetsASplitOne() {
    merge.model("a", clip(new SmallCheckpoint(), "", 1280, 1)).model("b", sdxl(3));
    SmallCheckpoint merged = merge.merge(result(Map.entry(Component.CLIP_G, half(A, B))));
    assertSame(merged, clip(new SmallCheckpoint(), "", 1280, 2));
  }

  /// In a file of its own the name is `logit_scale`, with nothing before it.
  @Test
  void whatAMergeOfTextEncodersLeavesAloneIsLeftAloneInABareFileToo() {
    merge.model("a", clip(new SmallCheckpoint(), "", 1280, 1).with("logit_scale", 1));
    merge.model("b", sdxl(3).with(SDXL_G + "logit_scale", 3));
    Weights merged = new Weights.Except(A, half(A, B), Weights.CLIP_BUFFERS);
    SmallCheckpoint out = merge.merge(result(Map.entry(Component.CLIP_G, merged)));
    assertThat(out.values("logit_scale")).containsExactly(1);
    assertThat(out.values("text_model.final_layer_norm.weight")).containsExactly(2);
  }

  @Test
  void aSplitClipHIsBakedIntoSd2() {
    SmallCheckpoint sd21 = unet(new SmallCheckpoint(), UNET, 1024, 1);
    merge.model("a", openClip(sd21, SD2_H, 1024, 1));
    merge.model(
        "b",
        clip(new SmallCheckpoint(), "", 1024, 7).with("text_model.embeddings.position_ids", 0));
    Result result = result(Map.entry(Component.CLIP_H, B));
    assertThat(merge.plan(result).left())
        .containsExactly(
            new LeftOut(
                "text_model.embeddings.position_ids",
                "the CLIP-H text encoder stored as cond_stage_model.model.* has nothing of the"
                    + " kind"));
    assertSame(
        merge.merge(result), openClip(unet(new SmallCheckpoint(), UNET, 1024, 1), SD2_H, 1024, 7));
  }

  @Test
  void queriesKeysAndValuesThatDoNotFitTogetherAreAProblem() {
    merge.model("a", sdxl(1));
    merge.model(
        "b",
        clip(new SmallCheckpoint(), "", 1280, 3)
            .with(LAYER + "self_attn.k_proj.bias", DType.F16, Shape.of(2), 1, 2));
    assertThat(problems(result(Map.entry(Component.CLIP_G, half(A, B)))))
        .containsExactly(
            file("b")
                + ": tensor 'text_model.encoder.layers.0.self_attn.k_proj.bias' has dtype F16 and"
                + " shape [2] and is read as a part of"
                + " 'conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_bias', but"
                + " the parts of that are not all there in one dtype and in shapes that fit. Repair"
                + " that file, or leave the component out.");
  }

  @Test
  void aFusedTensorThatIsNoneIsAProblem() {
    merge.model("a", clip(new SmallCheckpoint(), "", 1280, 1));
    merge.model("b", sdxl(1).with(SDXL_G + OPEN_LAYER + "attn.in_proj_bias", 1, 2, 3, 4));
    assertThat(problems(result(Map.entry(Component.CLIP_G, half(A, B)))))
        .containsExactly(
            file("b")
                + ": tensor"
                + " 'conditioner.embedders.1.model.transformer.resblocks.0.attn.in_proj_bias' has"
                + " dtype F32 and shape [4] and is read as several tensors, but its rows do not"
                + " fall into 3 equal parts. Repair that file, or leave the component out.");
  }

  // Components that the first model lacks

  @Test
  void aComponentThatTheFirstModelLacksHasTheNamesOfTheLeftmostThatIsNamed() {
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1));
    merge.model("b", clip(new SmallCheckpoint(), "", 768, 3)).model("c", sd15(5));
    Result result =
        result(Map.entry(Component.CLIP_L, half(B, C)), Map.entry(Component.VAE, half(C, C)));
    assertThat(merge.plan(result).problems()).isEmpty();
    SmallCheckpoint expected = unet(new SmallCheckpoint(), "", 768, 1);
    clip(expected, "", 768, 4);
    vae(expected, VAE, 5);
    assertSame(merge.merge(result), expected);
  }

  @Test
  void ratiosByBlockReachADiffusionModelThatTheFirstModelLacks() {
    merge.model("a", clip(new SmallCheckpoint(), "", 768, 1));
    merge.model("b", sd15(3)).model("c", unet(new SmallCheckpoint(), "", 768, 5));
    Weights weights =
        new Weights.Interpolate(
            Interpolation.LINEAR, B, C, new Ratio.ByBlock("M00=1", 0.5), Optional.empty());
    SmallCheckpoint merged = merge.merge(result(Map.entry(Component.UNET, weights)));
    assertThat(merged.values(UNET + MIDDLE)).containsExactly(5, 6);
    assertThat(merged.values(UNET + IN)).containsOnly(4);
  }

  @Test
  void aShapeThatDoesNotFitIsToldOfTheModelThatHasTheOther() {
    merge.model("a", unet(new SmallCheckpoint(), "", 768, 1));
    merge.model("b", vae(new SmallCheckpoint(), "", 3));
    merge.model("c", vae(new SmallCheckpoint(), VAE, 3).with(VAE + ENCODER, 1, 2, 3));
    assertThat(problems(result(Map.entry(Component.VAE, half(B, C)))))
        .containsExactly(
            file("c")
                + ": tensor 'encoder.down.0.block.0.conv1.weight' has shape [3], but "
                + file("b")
                + " has [2]. Merge checkpoints of one family, or keep such tensors as they are in"
                + " the first model with --on-mismatch keep or --exclude (in a recipe: mismatch,"
                + " exclude).");
  }

  @Test
  void bareTextEncodersOfOneFormCannotShareAFileButByTheNamesOfACheckpoint() {
    merge.model("a", unet(new SmallCheckpoint(), "", 2048, 1));
    merge.model("b", clip(new SmallCheckpoint(), "", 768, 3));
    merge.model("c", clip(new SmallCheckpoint(), "", 1280, 5));
    Result.Checkpoint result =
        result(Map.entry(Component.CLIP_L, B), Map.entry(Component.CLIP_G, C));
    assertThat(problems(result))
        .singleElement()
        .asString()
        .startsWith("tensor 'text_model.")
        .endsWith(
            "would be in the output twice, for the CLIP-L text encoder and for the CLIP-G text"
                + " encoder. Write them with names: checkpoint, or each to a file of its own with"
                + " only.");
    SmallCheckpoint expected = unet(new SmallCheckpoint(), UNET, 2048, 1);
    clip(expected, SDXL_L, 768, 3);
    openClip(expected, SDXL_G, 1280, 5);
    assertSame(merge.merge(result.withNames(Names.CHECKPOINT)), expected);
  }

  // Which components are written, and under which names

  @Test
  void onlyWhatIsAskedForIsWrittenAndTheRestIsListed() {
    merge.model("a", sd15(1)).model("b", sd15(3));
    Result result =
        result(Map.entry(Component.UNET, half(A, B)), Map.entry(Component.VAE, half(A, B)))
            .withOnly(Set.of(Component.UNET));
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.left())
        .hasSize(17)
        .contains(new LeftOut(VAE + ENCODER, "only the diffusion model is to be written"));
    assertSame(merge.merge(result), unet(new SmallCheckpoint(), UNET, 768, 2));
  }

  @Test
  void oneComponentIsWrittenBare() {
    merge.model("a", sdxl(1)).model("b", sdxl(3));
    Result.Checkpoint merged =
        result(Map.entry(Component.UNET, half(A, B)), Map.entry(Component.CLIP_G, half(A, B)));
    assertSame(
        merge.merge(merged.withOnly(Set.of(Component.UNET)).withNames(Names.BARE)),
        unet(new SmallCheckpoint(), "", 2048, 2));
    assertSame(
        merge.merge(merged.withOnly(Set.of(Component.CLIP_G)).withNames(Names.BARE)),
        clip(new SmallCheckpoint(), "", 1280, 2));
  }

  @Test
  void aComponentThatIsNotWrittenIsInNoOnesWay() {
    merge.model("a", clip(new SmallCheckpoint(), "", 768, 1));
    merge.model("b", clip(new SmallCheckpoint(), "", 1280, 3)).model("c", sdxl(5));
    Result result =
        result(Map.entry(Component.CLIP_L, half(A, C)), Map.entry(Component.CLIP_G, half(B, C)))
            .withOnly(Set.of(Component.CLIP_G))
            .withNames(Names.BARE);
    MergePlan plan = merge.plan(result);
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.left())
        .hasSize(15)
        .contains(
            new LeftOut("text_projection.weight", "only the CLIP-G text encoder is to be written"));
    assertThat(plan.notes())
        .containsExactly("c: names of the CLIP-G text encoder are read as bare names.");
    assertSame(merge.merge(result), clip(new SmallCheckpoint(), "", 1280, 4));
  }

  @Test
  void aModelThatGivesNothingIsInNoOnesWay() {
    merge.model("a", unet(new SmallCheckpoint(), "", 2048, 1));
    merge.model("b", clip(new SmallCheckpoint(), "", 1280, 3));
    merge.model("c", clip(new SmallCheckpoint(), "", 768, 5));
    SmallCheckpoint expected = unet(new SmallCheckpoint(), "", 2048, 1);
    assertSame(merge.merge(result(Map.entry(Component.CLIP_L, C))), clip(expected, "", 768, 5));
  }

  @Test
  void whatOnlyALaterModelHasIsNoted() {
    merge.model("a", unet(new SmallCheckpoint(), UNET, 768, 1)).model("b", sd15(3));
    MergePlan plan =
        merge.plan(
            result(Map.entry(Component.UNET, half(A, B)), Map.entry(Component.VAE, half(A, B))));
    assertThat(plan.problems()).isEmpty();
    assertThat(plan.notes())
        .containsExactly(
            "b has the VAE, which the model that it is to be merged into lacks: it is not in the"
                + " output. To have it there, take it from b.");
  }

  @Test
  void whatIsChangedMustBeWritten() {
    merge.model("a", sd15(1)).model("b", sd15(3));
    assertThat(
            problems(result(Map.entry(Component.UNET, half(A, B))).withOnly(Set.of(Component.VAE))))
        .containsExactly(
            "the recipe changes unet, but only vae is to be written. Name in only what is to be"
                + " written.");
  }

  @Test
  void oneTensorByTwoNamesCannotBeWrittenUnderOne() {
    merge.model(
        "a", sd15(1).with("cond_stage_model.logit_scale", 1).with(SD1_CLIP + "logit_scale", 1));
    assertThat(problems(result().withNames(Names.CHECKPOINT)))
        .containsExactly(
            "two tensors would have the name 'cond_stage_model.logit_scale' in the output. Write"
                + " them with names: as-stored.");
  }

  @Test
  void fluxComponentsGetTheNamesOfACheckpoint() {
    SmallCheckpoint transformer =
        new SmallCheckpoint()
            .with("double_blocks.0.img_attn.qkv.weight", 1)
            .with("single_blocks.0.linear1.weight", 2);
    SmallCheckpoint t5 =
        new SmallCheckpoint()
            .with("encoder.block.0.layer.0.SelfAttention.q.weight", 3)
            .with("shared.weight", 4)
            .with("logit_scale", 5);
    merge.model("a", transformer).model("b", t5).model("c", vae(new SmallCheckpoint(), "", 6));
    SmallCheckpoint merged =
        merge.merge(
            result(Map.entry(Component.T5XXL, B), Map.entry(Component.VAE, C))
                .withNames(Names.CHECKPOINT));
    assertSame(
        merged,
        vae(
            new SmallCheckpoint()
                .with(UNET + "double_blocks.0.img_attn.qkv.weight", 1)
                .with(UNET + "single_blocks.0.linear1.weight", 2)
                .with(
                    "text_encoders.t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q.weight",
                    3)
                .with("text_encoders.t5xxl.transformer.shared.weight", 4)
                .with("text_encoders.t5xxl.logit_scale", 5),
            "vae.",
            6));
  }

  @Test
  void theMarkersOfADiffusionModelKeepTheirNames() {
    merge.model("a", unet(new SmallCheckpoint(), "", 2048, 1).with("v_pred", Shape.of(0)));
    SmallCheckpoint written = merge.merge(result().withNames(Names.CHECKPOINT));
    assertThat(written.names()).contains("v_pred", UNET + IN);
  }

  /// The numbers that are drawn, and what they are drawn for, do not depend on the output's names.
  @Test
  void namesChangeNoValues() {
    SmallCheckpoint a = unet(new SmallCheckpoint(), UNET, 768, 1);
    SmallCheckpoint b = unet(new SmallCheckpoint(), UNET, 768, 3);
    merge.model("a", a).model("b", b);
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(1),
            new SparseUpdate(0.5, SparseUpdate.Vote.SUM, false, 7),
            1,
            Interpolation.LINEAR,
            Optional.empty());
    Result.Checkpoint result = result(Map.entry(Component.UNET, dare));
    SmallCheckpoint stored = merge.merge(result);
    SmallCheckpoint bare =
        merge.merge(result.withOnly(Set.of(Component.UNET)).withNames(Names.BARE));
    assertThat(bare.values(CONTEXT)).contains(1, 3).isEqualTo(stored.values(UNET + CONTEXT));
  }

  @Test
  void bareNamesNeedOneComponent() {
    merge.model("a", sd15(1));
    assertThat(problems(result().withNames(Names.BARE)))
        .containsExactly(
            "names: bare is for an output of one component, since bare names do not tell two"
                + " apart, but only names none. Name one, as in only: [unet].");
    Set<Component> two = Set.of(Component.VAE, Component.UNET);
    assertThat(problems(result().withNames(Names.BARE).withOnly(two)))
        .contains(
            "names: bare is for an output of one component, since bare names do not tell two"
                + " apart, but only names unet, vae. Name one, as in only: [unet].");
  }

  @Test
  void whatIsStoredInOneFormHasNoBareNames() {
    merge.model("a", sd15(1).with("betas", 1));
    assertThat(problems(result().withNames(Names.BARE).withOnly(Set.of(Component.OTHER))))
        .containsExactly(
            "names: bare has no meaning for other tensors, whose names have no prefix that says"
                + " where it is stored. Leave names out.");
  }

  @Test
  void aComponentThatIsNotThereCannotBeWritten() {
    merge.model("a", unet(new SmallCheckpoint(), UNET, 768, 1));
    assertThat(problems(result().withOnly(Set.of(Component.VAE))))
        .containsExactly(
            "only: "
                + file("a")
                + " does not have the VAE, and the recipe takes it from no other model that does."
                + " It holds unet.");
  }

  @Test
  void aGroupOfTextEncodersIsWrittenIfThereIsOne() {
    merge.model("a", sd15(1));
    Result result = result().withOnly(Component.parseGroup("clip")).withNames(Names.BARE);
    assertSame(merge.merge(result), clip(new SmallCheckpoint(), "", 768, 1));
  }

  @Test
  void aComponentThatTheArchitectureLacksHasNoNameInItsCheckpoints() {
    merge.model("a", sd15(1)).model("b", clip(new SmallCheckpoint(), "", 1280, 3));
    assertThat(problems(result(Map.entry(Component.CLIP_G, B)).withNames(Names.CHECKPOINT)))
        .containsExactly(
            "names: checkpoint does not fit the CLIP-G text encoder (bare names): there is no"
                + " known way to store it in a checkpoint of SD 1.x. Write it with names:"
                + " as-stored, or leave it out with only.");
  }

  @Test
  void valuesThatAreNotFiniteAreFoundUnderTheOutputsNames() {
    merge.model("a", unet(new SmallCheckpoint(), UNET, 768, 1).with(UNET + MIDDLE, 1, Float.NaN));
    merge.model("b", unet(new SmallCheckpoint(), "", 768, 1).with(MIDDLE, 1, 1));
    Result result =
        result(Map.entry(Component.UNET, half(A, B)))
            .withOnly(Set.of(Component.UNET))
            .withNames(Names.BARE);
    assertThatThrownBy(() -> merge.merge(result))
        .hasMessageContaining("tensor '" + MIDDLE + "' would have 1 value that is NaN or infinite")
        .hasMessageContaining(file("a") + " has 1 in '" + UNET + MIDDLE + "'. ");
  }
}
