package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Detection;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What a merging node has a number for is a block of the model that it is for.
class BlockFamilyTest {
  private static Detection detected(BlockFamily family, String sign) {
    List<TensorSpec> tensors = new ArrayList<>();
    tensors.add(spec(sign));
    for (String prefix : family.prefixes()) {
      tensors.add(spec(prefix + (prefix.endsWith(".") ? "weight" : "")));
    }
    return Architectures.detect(tensors);
  }

  private static TensorSpec spec(String name) {
    return new TensorSpec(name, DType.F16, Shape.of(2, 2));
  }

  private static BlockFamily family(String node) {
    return BlockFamily.ALL.stream()
        .filter(family -> family.node().equals(node))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "ModelMergeAuraflow, AURAFLOW, double_layers.0.attn.w1q.weight",
    "ModelMergeMochiPreview, MOCHI, t5_yproj.weight",
    "ModelMergeLTXV, LTXV, patchify_proj.weight",
    "ModelMergeCosmos7B, COSMOS, blocks.block0.blocks.0.block.attn.to_q.0.weight",
    "ModelMergeCosmos14B, COSMOS, blocks.block0.blocks.0.block.attn.to_q.0.weight",
    "ModelMergeCosmosPredict2_2B, COSMOS_PREDICT2, blocks.0.adaln_modulation_mlp.1.weight",
    "ModelMergeCosmosPredict2_14B, COSMOS_PREDICT2, blocks.0.adaln_modulation_mlp.1.weight",
    "ModelMergeWAN2_1, WAN, head.modulation",
    "ModelMergeQwenImage, QWEN_IMAGE, txt_norm.weight"
  })
  void everyNumberIsOfABlock(String node, Architecture architecture, String sign) {
    BlockFamily family = family(node);
    Detection detection = detected(family, sign);

    assertThat(detection.architecture()).isEqualTo(architecture);
    Map<Block, List<String>> prefixes = new TreeMap<>();
    for (String prefix : family.prefixes()) {
      String name = prefix + (prefix.endsWith(".") ? "weight" : "");
      prefixes.computeIfAbsent(detection.place(name).block(), _ -> new ArrayList<>()).add(prefix);
    }
    assertThat(prefixes.keySet()).extracting(Block::name).doesNotContain("OTHER");
    prefixes.forEach((block, those) -> {
      // Cosmos 1 adds two kinds of positions at the same place.
      int most = block.name().equals("POS_EMBED") ? 2 : 1;
      assertThat(those).as(block.id()).hasSizeLessThanOrEqualTo(most);
    });
  }

  @Test
  void theNumbersOfTheNodesAreAsManyAsInComfyUi() {
    assertThat(family("ModelMergeWAN2_1").prefixes()).hasSize(46);
    assertThat(family("ModelMergeQwenImage").prefixes()).hasSize(66);
  }
}
