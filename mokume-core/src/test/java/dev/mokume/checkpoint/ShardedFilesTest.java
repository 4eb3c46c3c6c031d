package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which tensor goes into which shard, and what the files are called.
class ShardedFilesTest {
  private static final Path INDEX = Path.of("out", "model.safetensors.index.json");

  @TempDir Path folder;

  /// `a` has as many bytes as the first number says, and so on.
  private static List<TensorEntry> tensors(int... bytes) {
    List<TensorEntry> tensors = new ArrayList<>();
    for (int length : bytes) {
      String name = String.valueOf((char) ('a' + tensors.size()));
      tensors.add(TensorEntry.of(new TensorSpec(name, DType.U8, Shape.of(length))));
    }
    return tensors;
  }

  private static SequencedMap<Path, CheckpointLayout> layouts(long most, int... bytes) {
    return Checkpoints.layouts(INDEX, tensors(bytes), Map.of(), most);
  }

  /// The tensors of each shard.
  private static List<String> split(long most, int... bytes) {
    return layouts(most, bytes).values().stream()
        .map(layout -> String.join("", layout.placements().keySet()))
        .filter(names -> !names.isEmpty())
        .toList();
  }

  @Test
  void aShardIsFullWhenTheNextTensorWouldBeTooMuch() {
    assertThat(split(10, 4, 4, 4, 2, 4)).containsExactly("ab", "cde");
    assertThat(split(10, 5, 5, 1)).as("exactly the limit").containsExactly("ab", "c");
    assertThat(split(100, 5, 5, 1)).containsExactly("abc");
  }

  @Test
  void aTensorThatIsTooLargeHasAShardOfItsOwn() {
    // As huggingface_hub does: what comes after it goes on where what came before it stopped.
    assertThat(split(10, 4, 11, 4, 4)).containsExactly("b", "ac", "d");
  }

  @Test
  void theFilesAreNamedAsTransformersNamesThem() {
    assertThat(layouts(10, 4, 4, 4).keySet())
        .containsExactly(
            INDEX.resolveSibling("model-00001-of-00002.safetensors"),
            INDEX.resolveSibling("model-00002-of-00002.safetensors"),
            INDEX);
  }

  @Test
  void theIndexTellsWhereEachTensorIs() {
    CheckpointLayout index = layouts(10, 4, 4, 4).lastEntry().getValue();

    assertThat(new String(index.header(), StandardCharsets.UTF_8))
        .isEqualTo(
            """
            {
              "metadata": {
                "total_size": 12
              },
              "weight_map": {
                "a": "model-00001-of-00002.safetensors",
                "b": "model-00001-of-00002.safetensors",
                "c": "model-00002-of-00002.safetensors"
              }
            }
            """);
    assertThat(index.size()).isEqualTo(index.headerLength());
  }

  @Test
  void everyShardSaysWhereItComesFrom() {
    SequencedMap<Path, CheckpointLayout> files =
        Checkpoints.layouts(INDEX, tensors(4, 4), Map.of("title", "x"), 4);

    assertThat(files.sequencedValues().stream().limit(2))
        .allSatisfy(shard ->
            assertThat(new String(shard.header(), StandardCharsets.UTF_8))
                .contains("\"title\":\"x\""));
  }

  @Test
  void anyOtherNameIsOneFile() {
    Path file = Path.of("out.safetensors");

    assertThat(Checkpoints.layouts(file, tensors(4, 4), Map.of(), 4).keySet())
        .containsExactly(file);
  }

  @Test
  void thousandsOfShardsAreRefused() {
    int[] ones = new int[501];
    java.util.Arrays.fill(ones, 1);
    assertThatThrownBy(() -> layouts(1, ones))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            INDEX
                + ": would have 501 shards of at most 1 byte, but no more than 500 are written;"
                + " give a larger --max-shard.");
  }

  @Test
  void shardsOfAnEarlierSetAreFound() throws IOException {
    for (String name :
        List.of(
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model-1-of-2.safetensors",
            "other-00001-of-00002.safetensors",
            "model.safetensors")) {
      Files.writeString(folder.resolve(name), "");
    }
    assertThat(Checkpoints.shardsThere(folder.resolve("model.safetensors.index.json")))
        .containsExactly(
            folder.resolve("model-00001-of-00002.safetensors"),
            folder.resolve("model-00002-of-00002.safetensors"));
    assertThat(Checkpoints.shardsThere(folder.resolve("model.safetensors"))).isEmpty();
  }
}
