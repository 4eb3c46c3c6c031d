package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import dev.mokume.workflow.WorkflowReader;
import dev.mokume.workflow.WorkflowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeGraphTest {
  private static final String HEAD =
      """
      mokume: 1
      models: {photo: checkpoints/photo.safetensors, anime: checkpoints/anime.safetensors,
        base: checkpoints/base.safetensors, other: vae/other.safetensors}
      """;

  private static final List<String> NAMES =
      List.of(
          "time_embed.0.weight",
          "input_blocks.1.0.in_layers.2.weight",
          "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight",
          "input_blocks.1.1.transformer_blocks.0.attn1.to_k.weight",
          "input_blocks.1.1.transformer_blocks.0.attn1.to_v.weight",
          "input_blocks.1.1.transformer_blocks.0.attn1.to_out.0.weight",
          "input_blocks.1.1.transformer_blocks.0.ff.net.2.weight",
          "input_blocks.1.1.transformer_blocks.0.norm1.weight",
          "input_blocks.11.0.in_layers.2.weight",
          "middle_block.0.in_layers.2.weight",
          "output_blocks.11.0.in_layers.0.weight",
          "out.2.weight");

  @TempDir private Path folder;

  @BeforeEach
  void writeModels() throws IOException {
    Files.createDirectories(folder.resolve("checkpoints"));
    Files.createDirectories(folder.resolve("vae"));
    for (String model : List.of("photo", "anime", "base")) {
      SmallCheckpoint checkpoint = new SmallCheckpoint();
      Random random = new Random(model.hashCode());
      for (String name : NAMES) {
        put(checkpoint, "model.diffusion_model." + name, random);
      }
      put(
          checkpoint,
          "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
          random);
      put(checkpoint, "cond_stage_model.transformer.text_model.logit_scale", random);
      put(checkpoint, "first_stage_model.decoder.conv_in.weight", random);
      checkpoint.write(folder.resolve("checkpoints/" + model + ".safetensors"));
    }
    SmallCheckpoint vae = new SmallCheckpoint();
    put(vae, "first_stage_model.decoder.conv_in.weight", new Random(1));
    vae.write(folder.resolve("vae/other.safetensors"));
  }

  private static void put(SmallCheckpoint checkpoint, String name, Random random) {
    float[] values = new float[64];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    checkpoint.with(name, DType.F16, Shape.of(8, 8), values);
  }

  private Recipe recipe(String body) {
    return RecipeReader.read(HEAD + body, "r.yaml", folder);
  }

  private static List<String> types(Workflow workflow) {
    return workflow.nodes().values().stream().map(Node::type).toList();
  }

  private Recipe again(Recipe recipe) {
    String json = WorkflowWriter.apiJson(RecipeGraph.of(recipe));
    Interpretation meaning =
        Interpretation.of(
            WorkflowReader.parse("w.json", json, NodeRegistry.all()),
            new Interpretation.Request(
                ModelFolders.of(folder),
                new OutputNames(folder.resolve("output"), LocalDateTime.MIN),
                List.of(),
                recipe.compat(),
                recipe.rng()));
    assertThat(meaning.problems()).as(json).isEmpty();
    return ((Product.Content.Merge) meaning.products().getFirst().content()).recipe();
  }

  private SmallCheckpoint merge(Recipe recipe, String name) {
    Path file = folder.resolve(name);
    Mokume.merge(
        recipe,
        file,
        MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(16 << 20));
    return SmallCheckpoint.read(file);
  }

  private void assertRoundTrip(String body) {
    Recipe recipe = recipe(body);
    SmallCheckpoint direct = merge(recipe, "direct.safetensors");
    SmallCheckpoint round = merge(again(recipe), "round.safetensors");
    assertThat(round.names()).isNotEmpty();
    for (String tensor : round.names()) {
      String stored = direct.names().contains(tensor) ? tensor : "first_stage_model." + tensor;
      assertThat(round.bytes(tensor)).as(tensor).isEqualTo(direct.bytes(stored));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 0.35}}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {complement: 0.7}}}}",
        "output: {unet: {add_difference: {a: photo, b: anime, base: base}}, vae: other}",
        "output: {unet: {sum: [{of: photo, weight: 1}, {of: anime, weight: 1}, {of: base, weight:"
            + " -1}]}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {groups: {time: 0, label: 0,"
            + " input: 0.25, middle: 0.5, output: 0.75, out: 1}}}}}",
        "output: {unet: {interpolate: {method: slerp, a: photo, b: anime, alpha: {complement:"
            + " {shell: {exterior: 1, interior: 0.5, core: 0.2}}}}}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {complement: {prefix: {prefixes:"
            + " {input: 0.5, middle: 0.2, out: 1}, otherwise: 0.5}}}}}}",
        "output: {unet: {dare: {a: photo, b: anime, alpha: 0.5}}}",
        "output: {unet: {dare: {a: photo, b: anime, seed: 7, drop_rate: 0.6, vote: count, rescale:"
            + " true, iterations: 3, method: slerp, alpha: {groups: {time: 0, label: 0, input:"
            + " 0.25, middle: 0.5, output: 0.75, out: 1}}}}}",
        "output: {unet: {dare: {a: photo, b: anime, alpha: {blocks: {time: 0, input_blocks.1: 0.5,"
            + " input_blocks.11: 0.25, middle_block.0: 0.7}}}}}",
        "output: {unet: {dare: {a: photo, b: anime, alpha: {complement: {multiply: [{shell:"
            + " {exterior: 1, interior: 0.5, core: 0.2}}, {attention: {norm: 0.5, attention:"
            + " 0.25}}]}}}}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {complement: {edit: {ratio:"
            + " {groups: {time: 0, label: 0, input: 0.25, middle: 0.5, output: 0.75, out: 1}}, set:"
            + " 0.1, layers: '*.attn1.*'}}}}}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 1, mask: {magnitude: {a: photo,"
            + " b: base, threshold: 0.5}}}}}",
        "output: {unet: {dare: {a: photo, b: anime, alpha: 0.5, mask: {difference: [{random:"
            + " {model: photo, clear_share: 0.3, seed: 5}}, {quarter: {model: photo, quarter: 2,"
            + " seed: 3}}]}}}}",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 1, mask: {edit: {mask:"
            + " {constant: {model: photo, value: true}}, layers: '*.attn1.*', fill: {gaussian:"
            + " {mean: 0, deviation: 1}}}}}}}",
        "output: {unet: {normalize: {model: photo, reference: anime}}}",
        "output: {unet: {noise: {model: photo}}}",
        "output: {clip: {clip_simple: {a: photo, b: anime, ratio: 0.3}}}",
        "output: {clip: {clip_dare: {a: photo, b: anime, alpha: 0.3}}, unet: {dare: {a: photo, b:"
            + " anime, alpha: 0.5}}}",
        "output: {clip: {except: {first: photo, merged: {add_difference: {a: photo, b: anime, base:"
            + " base}}, suffixes: [.position_ids, .logit_scale]}}}",
        "output: {unet: anime, vae: base}",
        "output: {vae: other}\nonly: [vae]",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 0.25}}}\nonly: [unet]",
        "weights: {mix: {dare: {a: photo, b: anime, alpha: 0.5}}, more: {dare: {a: mix, b: base,"
            + " alpha: 0.5, seed: 2}}}\n"
            + "output: {unet: {weighted_sum: {a: more, b: mix, alpha: 0.5}}}",
        "compat: comfyui\noutput: {clip: {clip_simple: {a: photo, b: anime, ratio: 0.3}}}",
        "compat: comfyui+daremerge\n"
            + "weights: {mix: {weighted_sum: {a: photo, b: anime, alpha: 0.5}}}\n"
            + "output: {unet: {dare: {a: photo, b: {rounded: mix}, alpha: 0.5}}}",
      })
  void givesTheSameBytes(String body) {
    assertRoundTrip(body);
  }

  @Test
  void whatHasANameIsOneNodeOfThatTitle() {
    Workflow workflow =
        RecipeGraph.of(
            recipe(
                """
                weights:
                  mix: {weighted_sum: {a: photo, b: anime, alpha: 0.25}}
                masks:
                  small: {magnitude: {a: photo, b: mix, threshold: 0.9}}
                output:
                  unet: {dare: {a: mix, b: base, alpha: 0.5, mask: small}}
                  vae: other
                """));

    assertThat(types(workflow))
        .containsExactly(
            "CheckpointLoaderSimple",
            "CheckpointLoaderSimple",
            "ModelMergeSimple",
            "CheckpointLoaderSimple",
            "DM_MagnitudeMasker",
            "DM_DareModelMergerBlock",
            "VAELoader",
            "CheckpointSave");
    assertThat(WorkflowWriter.apiJson(workflow))
        .contains(
            """
            "3":{"inputs":{"model1":["1",0],"model2":["2",0],"ratio":0.75},\
            "class_type":"ModelMergeSimple","_meta":{"title":"mix"}}\
            """)
        .contains("\"model_mask\":[\"5\",0]")
        .endsWith(
            """
            "8":{"inputs":{"model":["6",0],"clip":["1",1],"vae":["7",0],\
            "filename_prefix":"checkpoints/mokume"},"class_type":"CheckpointSave"}}\
            """);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "mask: {constant: {model: photo, value: true}} # mask: no node saves a mask; use it in a"
            + " merge, or run mokume merge.",
        "output: {unet: photo}\\ndtype: f16 # dtype: no node says how weights are stored; give"
            + " mokume run --dtype.",
        "output: {unet: photo}\\nexclude: [out] # exclude: no node leaves tensors alone by name.",
        "output: {unet: photo}\\nmetadata: {author: me} # metadata: no node adds 'author' to a"
            + " file.",
        "output: {unet: photo}\\nonly: [vae, clip] # only: no node saves just clip_l, clip_g,"
            + " clip_h, t5xxl, vae.",
        "output: {lora: anime} # output lora: no node merges the LoRA.",
        "output: {vae: {weighted_sum: {a: photo, b: anime, alpha: 0.5}}} # output vae: no node"
            + " merges VAEs; take it from one model.",
        "output: {clip: {weighted_sum: {a: photo, b: anime, alpha: 0.5}}} # output clip: nodes that"
            + " merge text encoders leave .position_ids and .logit_scale alone; write clip_simple"
            + " or clip_dare, or except with those suffixes.",
        "output: {clip_l: anime} # output clip: nodes merge all text encoders alike; write clip in"
            + " place of each.",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: 1.5}}} # output unet:"
            + " ModelMergeSimple takes ratio from 0 to 1, and here it would be -0.5.",
        "output: {unet: {sum: [{of: photo, weight: 0.3}, {of: anime, weight: 0.7}]}} # output unet:"
            + " sum: nodes add and subtract models as they are, but a weight here is 0.3.",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {mbw: 'BASE=0.5'}}}} # output"
            + " unet: nodes want the first model's share; where alpha is made of several ratios, by"
            + " names or by mbw, write it as complement of that share.",
        "output: {unet: {weighted_sum: {a: photo, b: anime, alpha: {complement: {mbw:"
            + " 'BASE=0.5'}}}}} # output unet: mbw: no node has blocks by these names; write blocks"
            + " or groups.",
        "output: {unet: {add_difference: {a: photo, b: anime, base: base, alpha: {mbw:"
            + " 'BASE=0.5'}}}} # output unet: add_difference: no node scales a difference by layers"
            + " or blocks.",
        "output: {unet: {rounded: photo}} # output unet: rounded: no node rounds a model by"
            + " itself.",
        "weights: {mix: {except: {first: photo, merged: anime, suffixes: [.bias]}}}\\noutput:"
            + " {unet: mix} # weights 'mix': except: no node keeps tensors of a diffusion model by"
            + " name.",
        "output: {unet: {dare: {a: photo, b: anime, alpha: 0.5, mask: {magnitude: {a: photo, b:"
            + " base, threshold: 0.5, quantile: median, chunk: 5}}}}} # output unet: magnitude: the"
            + " node's chunks have 10000000 elements, and here 5 are wanted.",
        "output: {clip: {clip_dare: {a: photo, b: anime, alpha: 0.3, method: cubic}}} # output"
            + " clip: DM_DareClipMerger has no method 'cubic'; it has comfy, lerp, slerp,"
            + " gradient.",
        "output: {unet: other} # output unet: the model 'other' lies in a folder from which"
            + " VAELoader gives VAE, but MODEL is wanted.",
      })
  void whatNoNodeDoesIsRefusedByName(String body, String message) {
    assertThatThrownBy(() -> RecipeGraph.of(recipe(body.replace("\\n", "\n"))))
        .isInstanceOf(MokumeException.class)
        .hasMessage("the recipe cannot be a graph of nodes: " + message);
  }

  /// A delta that is scaled is rounded term by term: the same but for the last bit.
  @Test
  void aScaledDifferenceIsNearlyTheSame() {
    Recipe recipe =
        recipe("output: {unet: {add_difference: {a: photo, b: anime, base: base, alpha: 0.3}}}");
    SmallCheckpoint direct = merge(recipe, "direct.safetensors");
    SmallCheckpoint round = merge(again(recipe), "round.safetensors");
    String tensor = "model.diffusion_model.out.2.weight";
    float[] wanted = direct.values(tensor);
    float[] found = round.values(tensor);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(Math.abs(wanted[i] - found[i])).isLessThanOrEqualTo(Math.ulp(4f) * 1024 * 8);
    }
  }
}
