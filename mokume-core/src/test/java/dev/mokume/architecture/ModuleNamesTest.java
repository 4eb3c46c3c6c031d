package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.mokume.architecture.ModuleNames.Target;
import dev.mokume.architecture.Piece.Change;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Modules by the names that LoRA files have for them.
class ModuleNamesTest {
  private static ModuleNames of(String layout) {
    return of(Specs.detected(layout), Layouts.load(layout).tensors().keySet());
  }

  private static ModuleNames of(Detection detection, Collection<String> tensors) {
    return ModuleNames.of(tensors, detection::place, detection::form);
  }

  private static List<String> tensors(ModuleNames names, Component component, String module) {
    return names.find(component, module, "weight").stream().map(Target::tensor).toList();
  }

  @Test
  void aUnetByItsOriginalNamesAndByThoseOfDiffusersWithDotsAndWithout() {
    ModuleNames names = of("sd15");
    List<String> projection = List.of("model.diffusion_model.input_blocks.1.1.proj_in.weight");

    assertThat(tensors(names, Component.UNET, "input_blocks.1.1.proj_in")).isEqualTo(projection);
    assertThat(tensors(names, Component.UNET, "input_blocks_1_1_proj_in")).isEqualTo(projection);
    assertThat(tensors(names, Component.UNET, "down_blocks.0.attentions.0.proj_in"))
        .isEqualTo(projection);
    assertThat(tensors(names, Component.UNET, "down_blocks_0_attentions_0_proj_in"))
        .isEqualTo(projection);
    assertThat(tensors(names, Component.UNET, "down_blocks_9_attentions_0_proj_in")).isEmpty();
    assertThat(tensors(names, Component.VAE, "down_blocks_0_attentions_0_proj_in")).isEmpty();
  }

  @Test
  void aPartOfWhatIsFusedInTheCheckpoint() {
    assertThat(
            of("sdxl")
                .find(Component.CLIP_G, "text_model_encoder_layers_31_self_attn_k_proj", "weight"))
        .containsExactly(
            new Target(
                "conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_weight",
                new Piece(
                    "text_model.encoder.layers.31.self_attn.k_proj.weight",
                    new Rows(1, 1, 3),
                    Rows.ALL,
                    Change.NONE)));
  }

  @Test
  void whatTheCheckpointHasInSeveralTensors() {
    Detection split =
        Architectures.detect(
            Specs.named(
                "single_transformer_blocks.0.proj_mlp.weight",
                "single_transformer_blocks.0.attn.to_q.weight",
                "single_transformer_blocks.0.attn.to_v.weight"));
    ModuleNames names =
        of(
            split,
            List.of(
                "single_transformer_blocks.0.attn.to_q.weight",
                "single_transformer_blocks.0.proj_mlp.weight"));

    assertThat(names.find(Component.UNET, "single_blocks_0_linear1", "weight"))
        .extracting(Target::tensor, target -> target.piece().place())
        .containsExactly(
            tuple("single_transformer_blocks.0.attn.to_q.weight", new Rows(0, 1, 7)),
            tuple("single_transformer_blocks.0.proj_mlp.weight", new Rows(3, 4, 7)));
  }

  @Test
  void everyModuleOfALoraOfKohyaForSd15() {
    assertEveryModuleIsFound("lora-sd15", "sd15", Component.CLIP_L, "lora_te_");
  }

  @Test
  void everyModuleOfALoraOfKohyaForSdxl() {
    assertEveryModuleIsFound("lora-sdxl", "sdxl", Component.CLIP_G, "lora_te2_");
    assertEveryModuleIsFound("lora-sdxl", "sdxl", Component.CLIP_L, "lora_te1_");
  }

  private static void assertEveryModuleIsFound(
      String lora, String model, Component encoder, String encoderPrefix) {
    ModuleNames names = of(model);
    Set<String> lost = new TreeSet<>();
    int found = 0;
    for (String name : Layouts.load(lora).tensors().keySet()) {
      String module = name.substring(0, name.indexOf('.'));
      boolean unet = module.startsWith("lora_unet_");
      if (!unet && !module.startsWith(encoderPrefix)) {
        continue;
      }
      String inside = module.substring(unet ? "lora_unet_".length() : encoderPrefix.length());
      if (names.find(unet ? Component.UNET : encoder, inside, "weight").isEmpty()) {
        lost.add(name);
      } else {
        found++;
      }
    }
    assertThat(lost).isEmpty();
    assertThat(found).isPositive();
  }
}
