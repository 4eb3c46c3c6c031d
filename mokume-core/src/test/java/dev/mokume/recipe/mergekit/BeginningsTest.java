package dev.mokume.recipe.mergekit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

/// Groups of tensors are told apart by as few beginnings of names as possible.
class BeginningsTest {
  @Test
  void namesWholeLayersWhereAllOfThemIsOneGroup() {
    SequencedMap<String, Integer> groups = new LinkedHashMap<>();
    groups.put("embed.weight", 0);
    groups.put("layers.0.attn.q", 1);
    groups.put("layers.0.attn.k", 1);
    groups.put("layers.0.mlp.up", 1);
    groups.put("layers.1.attn.q", 2);
    groups.put("layers.1.mlp.up", 0);
    groups.put("layers.10.mlp.up", 2);

    assertThat(Beginnings.of(groups))
        .isEqualTo(
            Map.of(
                0, List.of("embed", "layers.1.mlp"),
                1, List.of("layers.0"),
                2, List.of("layers.1.attn", "layers.10")));
  }
}
