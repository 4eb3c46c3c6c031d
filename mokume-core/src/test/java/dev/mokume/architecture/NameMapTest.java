package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.mokume.architecture.Piece.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The names of models in their own code and in the diffusers and transformers libraries.
class NameMapTest {
  private static final String SDXL = "sdxl-unet";

  private static StoredForm form(String layout, Component component) {
    return Specs.detected(layout).form(component).orElseThrow();
  }

  private static List<Piece> there(String layout, Component component, String localName) {
    return there(form(layout, component), localName);
  }

  private static List<Piece> there(StoredForm form, String localName) {
    return form.pieces(localName, form.inPipeline().orElseThrow());
  }

  private static Set<String> localNames(String layout, Component component) {
    Detection detection = Specs.detected(layout);
    Set<String> names = new TreeSet<>();
    Layouts.load(layout)
        .tensors()
        .keySet()
        .forEach(name -> {
          TensorPlace place = detection.place(name);
          if (place.component() == component && place.isStoredVariously()) {
            names.add(place.localName());
          }
        });
    return names;
  }

  private static Set<String> namesThere(String layout, Component component) {
    StoredForm form = form(layout, component);
    Set<String> names = new TreeSet<>();
    for (String name : localNames(layout, component)) {
      there(form, name).forEach(piece -> names.add(piece.localName()));
    }
    return names;
  }

  @Test
  void theUnetOfSdxlHasTheNamesThatTheDiffusersLibraryGivesIt() {
    assertThat(namesThere(SDXL, Component.UNET))
        .isEqualTo(localNames("sdxl-diffusers-unet", Component.UNET));
  }

  @ParameterizedTest
  @CsvSource({"sd15, UNET", "sd15, VAE"})
  void thePartsOfSd15HaveTheNamesThatTheDiffusersLibraryGivesThem(
      String layout, Component component) {
    assertThat(namesThere(layout, component))
        .isEqualTo(localNames("sd15_kohya_lora_base_names", component));
  }

  @Test
  void theTextEncodersOfSdxlHaveTheNamesThatTheTransformersLibraryGivesThem() {
    Set<String> known = localNames("sdxl_kohya_lora_base_names", Component.CLIP_G);

    assertThat(namesThere("sdxl", Component.CLIP_G))
        .containsAll(known)
        .isSubsetOf(union(known, "logit_scale", "text_projection.weight"));
  }

  private static Set<String> union(Set<String> names, String... more) {
    Set<String> all = new TreeSet<>(names);
    all.addAll(List.of(more));
    return all;
  }

  /// Every tensor becomes something, no two become the same, and all of it comes back.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sd15",
        "sd15-inpaint",
        "sd21",
        "sdxl",
        "sdxl_clip_g_f16",
        "sd3",
        "flux-dev",
        "flux-schnell",
        "sdxl-diffusers-unet",
        "sd15_kohya_lora_base_names"
      })
  void everythingComesBack(String layout) {
    Detection detection = Specs.detected(layout);
    for (Component component : detection.components().keySet()) {
      if (detection.form(component).isEmpty()) {
        continue;
      }
      StoredForm form = detection.form(component).orElseThrow();
      NameMap names = form.names();
      boolean library = form.namesAs(form.inPipeline().orElseThrow());
      Map<String, List<Rows>> filled = new TreeMap<>();
      for (String name : localNames(layout, component)) {
        boolean alike = names == NameMap.NONE;
        if (alike || name.equals("text_model.embeddings.position_ids")) {
          continue;
        }
        List<Piece> pieces = library ? names.toOriginal(name) : names.toOther(name);
        assertThat(pieces).as(name).isNotEmpty();
        List<Rows> taken = new ArrayList<>();
        for (Piece piece : pieces) {
          String there = piece.localName();
          taken.add(piece.taken());
          filled.computeIfAbsent(there, _ -> new ArrayList<>()).add(piece.place());
          Piece back = new Piece(name, piece.place(), piece.taken(), piece.change().inverse());
          assertThat(library ? names.toOther(there) : names.toOriginal(there))
              .as(name)
              .contains(back);
        }
        assertThat(isWhole(taken)).as(name).isTrue();
      }
      filled.forEach((name, places) -> assertThat(isWhole(places)).as(name).isTrue());
    }
  }

  private static boolean isWhole(List<Rows> rows) {
    Map<Integer, Rows> byFirst = new HashMap<>();
    rows.forEach(r -> byFirst.put(r.first(), r));
    int next = 0;
    while (byFirst.containsKey(next)) {
      next += byFirst.get(next).count();
    }
    return byFirst.size() == rows.size() && next == rows.getFirst().parts();
  }

  @Nested
  class Flux {
    private static final String BLOCK = "transformer_blocks.18.";

    private final StoredForm form = form("flux-dev", Component.UNET);

    private List<Piece> of(String name) {
      return there(form, name);
    }

    @Test
    void splitsWhatIsFused() {
      assertThat(of("double_blocks.18.txt_attn.qkv.bias"))
          .containsExactly(
              new Piece(BLOCK + "attn.add_q_proj.bias", new Rows(0, 1, 3), Rows.ALL, Change.NONE),
              new Piece(BLOCK + "attn.add_k_proj.bias", new Rows(1, 1, 3), Rows.ALL, Change.NONE),
              new Piece(BLOCK + "attn.add_v_proj.bias", new Rows(2, 1, 3), Rows.ALL, Change.NONE));
    }

    @Test
    void splitsTheFirstLayerOfASingleBlockUnequally() {
      assertThat(of("single_blocks.0.linear1.weight"))
          .extracting(Piece::localName, Piece::taken)
          .containsExactly(
              tuple("single_transformer_blocks.0.attn.to_q.weight", new Rows(0, 1, 7)),
              tuple("single_transformer_blocks.0.attn.to_k.weight", new Rows(1, 1, 7)),
              tuple("single_transformer_blocks.0.attn.to_v.weight", new Rows(2, 1, 7)),
              tuple("single_transformer_blocks.0.proj_mlp.weight", new Rows(3, 4, 7)));
    }

    @Test
    void swapsShiftAndScaleInTheEnd() {
      assertThat(of("final_layer.adaLN_modulation.1.weight"))
          .containsExactly(
              new Piece("norm_out.linear.weight", Rows.ALL, Rows.ALL, Change.HALVES_SWAPPED));
    }

    @ParameterizedTest
    @CsvSource({
      "img_in.weight, x_embedder.weight",
      "txt_in.bias, context_embedder.bias",
      "time_in.in_layer.weight, time_text_embed.timestep_embedder.linear_1.weight",
      "vector_in.out_layer.bias, time_text_embed.text_embedder.linear_2.bias",
      "guidance_in.in_layer.weight, time_text_embed.guidance_embedder.linear_1.weight",
      "double_blocks.3.img_mod.lin.weight, transformer_blocks.3.norm1.linear.weight",
      "double_blocks.3.txt_mlp.0.weight, transformer_blocks.3.ff_context.net.0.proj.weight",
      "double_blocks.3.img_attn.norm.query_norm.scale, transformer_blocks.3.attn.norm_q.weight",
      "single_blocks.7.norm.key_norm.scale, single_transformer_blocks.7.attn.norm_k.weight",
      "single_blocks.7.linear2.bias, single_transformer_blocks.7.proj_out.bias",
      "final_layer.linear.weight, proj_out.weight"
    })
    void renamesTheRest(String original, String diffusers) {
      assertThat(of(original)).containsExactly(Piece.whole(diffusers));
    }
  }

  @Nested
  class Sd3 {
    private final StoredForm form = form("sd3", Component.UNET);

    private List<Piece> of(String name) {
      return there(form, name);
    }

    @Test
    void swapsShiftAndScaleWhereTheTextIsGivenUp() {
      assertThat(of("joint_blocks.22.context_block.adaLN_modulation.1.bias"))
          .containsExactly(Piece.whole("transformer_blocks.22.norm1_context.linear.bias"));
      assertThat(of("joint_blocks.23.context_block.adaLN_modulation.1.bias"))
          .containsExactly(
              new Piece(
                  "transformer_blocks.23.norm1_context.linear.bias",
                  Rows.ALL,
                  Rows.ALL,
                  Change.HALVES_SWAPPED));
      assertThat(of("joint_blocks.23.x_block.adaLN_modulation.1.bias"))
          .containsExactly(Piece.whole("transformer_blocks.23.norm1.linear.bias"));
    }

    @ParameterizedTest
    @CsvSource({
      "pos_embed, pos_embed.pos_embed",
      "x_embedder.proj.weight, pos_embed.proj.weight",
      "context_embedder.weight, context_embedder.weight",
      "t_embedder.mlp.2.bias, time_text_embed.timestep_embedder.linear_2.bias",
      "y_embedder.mlp.0.weight, time_text_embed.text_embedder.linear_1.weight",
      "joint_blocks.5.x_block.attn.ln_q.weight, transformer_blocks.5.attn.norm_q.weight",
      "joint_blocks.5.x_block.attn2.proj.weight, transformer_blocks.5.attn2.to_out.0.weight",
      "joint_blocks.5.context_block.mlp.fc2.bias, transformer_blocks.5.ff_context.net.2.bias"
    })
    void renamesTheRest(String original, String diffusers) {
      assertThat(of(original)).containsExactly(Piece.whole(diffusers));
    }
  }

  @Nested
  class Unet {
    @ParameterizedTest
    @CsvSource({
      // SD 1.5's lowest level has no attention, so that what enlarges is the second of its block.
      "sd15, output_blocks.2.1.conv.weight, up_blocks.0.upsamplers.0.conv.weight",
      "sd15, output_blocks.5.2.conv.weight, up_blocks.1.upsamplers.0.conv.weight",
      "sdxl, output_blocks.2.2.conv.weight, up_blocks.0.upsamplers.0.conv.weight",
      "sd15, input_blocks.3.0.op.bias, down_blocks.0.downsamplers.0.conv.bias",
      "sdxl, label_emb.0.2.weight, add_embedding.linear_2.weight",
      "sd15, middle_block.2.out_layers.3.weight, mid_block.resnets.1.conv2.weight",
      "sd15, out.0.weight, conv_norm_out.weight"
    })
    void isRenamed(String layout, String original, String diffusers) {
      assertThat(there(layout, Component.UNET, original)).containsExactly(Piece.whole(diffusers));
    }
  }

  @Nested
  class Vae {
    @Test
    void storesItsAttentionAsMatrices() {
      assertThat(there("sd15", Component.VAE, "decoder.mid.attn_1.q.weight"))
          .containsExactly(
              new Piece(
                  "decoder.mid_block.attentions.0.to_q.weight", Rows.ALL, Rows.ALL, Change.MATRIX));
      assertThat(there("sd15", Component.VAE, "decoder.mid.attn_1.q.bias"))
          .containsExactly(Piece.whole("decoder.mid_block.attentions.0.to_q.bias"));
    }

    @Test
    void countsItsDecoderFromTheOtherEnd() {
      assertThat(there("sd15", Component.VAE, "decoder.up.3.block.2.conv1.weight"))
          .containsExactly(Piece.whole("decoder.up_blocks.0.resnets.2.conv1.weight"));
      assertThat(there("sd15", Component.VAE, "decoder.up.1.upsample.conv.weight"))
          .containsExactly(Piece.whole("decoder.up_blocks.2.upsamplers.0.conv.weight"));
    }

    @Test
    void isReadByItsEarlyNamesToo() {
      Detection detection =
          Architectures.detect(
              Specs.named(
                  "decoder.up_blocks.0.resnets.0.conv1.weight",
                  "encoder.mid_block.attentions.0.query.weight",
                  "encoder.mid_block.attentions.0.proj_attn.bias"));

      assertThat(detection.place("encoder.mid_block.attentions.0.query.weight").localName())
          .isEqualTo("encoder.mid_block.attentions.0.to_q.weight");
      assertThat(detection.place("encoder.mid_block.attentions.0.proj_attn.bias").localName())
          .isEqualTo("encoder.mid_block.attentions.0.to_out.0.bias");
    }
  }

  @Test
  void whatNobodyKnowsBecomesNothing() {
    assertThat(there("sd15", Component.UNET, "input_blocks.99.0.in_layers.0.weight")).isEmpty();
    assertThat(there("flux-dev", Component.UNET, "double_blocks.0.surprise")).isEmpty();
    assertThat(there("flux-dev", Component.UNET, "double_blocks")).isEmpty();
    assertThat(there("flux-dev", Component.UNET, "")).isEmpty();
    assertThat(there("sd15", Component.VAE, "loss.logvar")).isEmpty();
    String endless = "input_blocks.1.1." + "a.".repeat(300);
    assertThat(there("sd15", Component.UNET, endless)).isEmpty();
  }
}
