package dev.mokume.internal.safetensors;

import static dev.mokume.internal.safetensors.Safetensors.writeScalars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardedSetTest {
  private static final String ONE = "model-00001-of-00002.safetensors";
  private static final String TWO = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  private Path index(String json) throws IOException {
    return Files.writeString(folder.resolve("model.safetensors.index.json"), json);
  }

  private Path shard(String name) {
    return folder.resolve(name);
  }

  private void assertRefused(Path given, ErrorCode code, String message) {
    assertThatThrownBy(() -> Checkpoints.open(given).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }

  @Test
  void theShardsAreOneCheckpoint() throws IOException {
    Path index =
        index(
            """
            {"metadata":{"total_size":16,"notes":[{"deep":[1]}]},
             "weight_map":{"c":"model-00002-of-00002.safetensors","a":"model-00001-of-00002.safetensors",
                           "b":"model-00001-of-00002.safetensors","d":"model-00002-of-00002.safetensors"}}\
            """);
    writeScalars(shard(ONE), "b", "a");
    writeScalars(shard(TWO), "d", "c");
    for (Path given : new Path[] {folder, index}) {
      try (Checkpoint checkpoint = Checkpoints.open(given)) {
        assertThat(checkpoint.name()).isEqualTo(given.toString());
        assertThat(checkpoint.tensors().sequencedKeySet()).containsExactly("b", "a", "d", "c");
        assertThat(checkpoint.sources().stream().map(ByteSource::name))
            .containsExactly(shard(ONE).toString(), shard(TWO).toString());
        assertThat(checkpoint.tensors().get("c").source()).isSameAs(checkpoint.sources().getLast());
        assertThat(Checkpoints.files(checkpoint)).containsExactly(shard(ONE), shard(TWO));
      }
    }
  }

  @Test
  void metadataIsThatOfAllShardsTheFirstOnesWhereTheyDiffer() throws IOException {
    index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
    String entry = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    Safetensors.write(
        shard("1.safetensors"),
        Safetensors.bytes("{\"__metadata__\":{\"format\":\"pt\",\"part\":\"1\"},\"a\":" + entry));
    Safetensors.write(
        shard("2.safetensors"),
        Safetensors.bytes("{\"__metadata__\":{\"part\":\"2\",\"more\":\"yes\"},\"b\":" + entry));
    try (Checkpoint checkpoint = Checkpoints.open(folder)) {
      assertThat(checkpoint.metadata())
          .isEqualTo(Map.of("format", "pt", "part", "1", "more", "yes"));
    }
  }

  @Test
  void linksAsInTheCacheOfTheHubAreFollowed() throws IOException {
    Path snapshot = Files.createDirectories(folder.resolve("snapshots/main"));
    Path blobs = Files.createDirectories(folder.resolve("blobs"));
    writeScalars(blobs.resolve("f00d"), "a");
    Files.createSymbolicLink(snapshot.resolve("m.safetensors"), Path.of("../../blobs/f00d"));
    Files.writeString(
        snapshot.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"a\":\"m.safetensors\"}}");
    try (Checkpoint checkpoint = Checkpoints.open(snapshot)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a");
    }
  }

  @Test
  void aThousandShardsAreReadInAnyOrder() throws IOException {
    int count = 1_000;
    index(
        IntStream.range(0, count)
            .mapToObj(i -> "\"t%04d\":\"s%04d.safetensors\"".formatted(i, i))
            .collect(Collectors.joining(",", "{\"weight_map\":{", "}}")));
    for (int i = 0; i < count; i++) {
      writeScalars(shard("s%04d.safetensors".formatted(i)), "t%04d".formatted(i));
    }
    long before = openFiles();
    try (Checkpoint checkpoint = Checkpoints.open(folder);
        Arena arena = Arena.ofConfined()) {
      assertThat(checkpoint.sources()).hasSize(count);
      MemorySegment into = arena.allocate(4);
      for (int i = 0; i < count; i++) {
        var tensor = checkpoint.tensors().get("t%04d".formatted(i * 7 % count));
        tensor.source().read(tensor.offset(), into);
      }
      assertThat(openFiles() - before).isLessThanOrEqualTo(140);
    }
    assertThat(openFiles() - before).as("closing gives the files back").isLessThanOrEqualTo(8);
  }

  /// Where the system tells; else 0, and the test says nothing about it.
  private static long openFiles() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    if (!Files.isDirectory(descriptors)) {
      return 0;
    }
    try (var entries = Files.list(descriptors)) {
      return entries.count();
    }
  }

  @Test
  void missingShards() throws IOException {
    index("{\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + TWO + "\"}}");
    writeScalars(shard(ONE), "a");
    assertRefused(
        folder,
        ErrorCode.MALFORMED_CHECKPOINT,
        folder
            + ": the index names 2 shards, of which these are not beside it: '"
            + TWO
            + "'; fetch them as well.");
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    index("{\"weight_map\":{\"a\":\"" + ONE + "\",\"b\":\"" + TWO + "\"}}");
    writeScalars(shard(ONE), "a");
    Files.write(shard(TWO), new byte[3]);
    assertRefused(
        folder,
        ErrorCode.MALFORMED_CHECKPOINT,
        shard(TWO)
            + ": has 3 bytes, but a safetensors file begins with 8 that say how long its header is:"
            + " this is not a safetensors file, or its download broke off.");
  }

  @Test
  void indexAndShardsDisagree() throws IOException {
    index(
        """
        {"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"1.safetensors","d":"1.safetensors",
                       "e":"1.safetensors","f":"2.safetensors"}}\
        """);
    writeScalars(shard("1.safetensors"), "a", "x", "y");
    writeScalars(shard("2.safetensors"), "f", "a");
    assertRefused(
        folder,
        ErrorCode.MALFORMED_CHECKPOINT,
        """
        FOLDER: 4 tensors are not in the shard that the index names: 'b' in '1.safetensors', 'c' in '1.safetensors', \
        'd' in '1.safetensors' and 1 more. Index and shards are not of one set; fetch them again.
        FOLDER: 2 tensors lie in a shard but not in the index: 'x', 'y'. Index and shards are not of one set; fetch them \
        again.
        FOLDER: tensor 'a' lies in two shards, '1.safetensors' and '2.safetensors', so it cannot be told which one is \
        meant.\
        """
            .replace("FOLDER", folder.toString()));
  }

  @Test
  void aShardOutsideTheFolder() throws IOException {
    for (String name :
        new String[] {"../m.safetensors", "/etc/passwd", "..", ".hidden", "", "a\\\\b", "C:x"}) {
      Path index = index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
      assertRefused(
          folder,
          ErrorCode.MALFORMED_CHECKPOINT,
          index
              + ": places tensor 'a' in '"
              + name.replace("\\\\", "\\")
              + "', but a shard is a file beside the index, named without folders. Do not use this"
              + " file unless you trust where it comes from.");
    }
  }

  @Test
  void anIndexWithoutMap() throws IOException {
    for (String json : new String[] {"{}", "{\"weight_map\":{}}"}) {
      Path index = index(json);
      assertRefused(
          index,
          ErrorCode.MALFORMED_CHECKPOINT,
          index
              + ": has no tensors under 'weight_map', so it is not the index of a sharded"
              + " checkpoint, or it is damaged.");
    }
  }

  @Test
  void anIndexWhoseMapIsAList() throws IOException {
    Path index = index("{\"weight_map\":[\"a\"]}");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index + ": has a list as its 'weight_map', but an object from tensor to file was wanted.");
  }

  @Test
  void anIndexThatMapsToANumber() throws IOException {
    Path index = index("{\"weight_map\":{\"a\":1}}");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index
            + ": has a number as the shard of tensor 'a', but a file name was wanted: the index is"
            + " damaged.");
  }

  @Test
  void anIndexThatNamesATensorTwice() throws IOException {
    Path index = index("{\"weight_map\":{\"a\":\"1.safetensors\",\"a\":\"2.safetensors\"}}");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index + ": names tensor 'a' twice: the index is damaged.");
  }

  @Test
  void anIndexThatNestsTooDeep() throws IOException {
    Path index = index("{\"metadata\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index
            + ": the index goes beyond what is allowed at character 44: Document nesting depth (33)"
            + " exceeds the maximum allowed (32).");
  }

  @Test
  void anIndexThatIsEmpty() throws IOException {
    Path index = index("");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index
            + ": has 0 bytes, but an index of shards is a JSON object of at most 100000000 bytes.");
  }

  @Test
  void anIndexThatIsBlank() throws IOException {
    Path index = index(" ");
    assertRefused(
        index,
        ErrorCode.MALFORMED_CHECKPOINT,
        index + ": the index holds nothing, but a JSON object was wanted: the file is damaged.");
  }
}
