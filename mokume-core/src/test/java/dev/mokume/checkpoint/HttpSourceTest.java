package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.inspection.Inspection;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Files that are read over HTTP, a part at a time.
class HttpSourceTest {
  private final RangeServer server = new RangeServer();

  @AfterEach
  void stop() {
    server.close();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private HttpSource open(String path) {
    return HttpSource.open(HttpAddress.parse(server.origin() + path));
  }

  private static byte[] read(ByteSource source, long offset, int length) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(Math.max(1, length)).asSlice(0, length);
      source.read(offset, into);
      return into.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private void assertRefused(String path, ErrorCode code, String message) {
    assertThatThrownBy(() -> open(path))
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(server.origin() + message);
  }

  /// No byte stands in two requests.
  private void assertAskedOnce() {
    List<RangeServer.Request> asked = new ArrayList<>(server.requests());
    asked.removeIf(request -> !request.method().equals("GET"));
    asked.sort(Comparator.comparingLong(RangeServer.Request::from));
    for (int i = 1; i < asked.size(); i++) {
      assertThat(asked.get(i).from()).isGreaterThanOrEqualTo(asked.get(i - 1).to());
    }
  }

  @Test
  void partsAreWhatTheyAreInTheFile() {
    byte[] file = bytes(100_000);
    server.file("/m", file);
    try (HttpSource source = open("/m")) {
      assertThat(source.size()).isEqualTo(100_000);
      assertThat(source.name()).isEqualTo(server.origin() + "/m");
      assertThat(source.version()).contains("\"one\"");
      assertThat(read(source, 0, 100)).isEqualTo(Arrays.copyOf(file, 100));
      assertThat(read(source, 900, 300)).isEqualTo(Arrays.copyOfRange(file, 900, 1200));
      assertThat(read(source, 99_999, 1)).isEqualTo(Arrays.copyOfRange(file, 99_999, 100_000));
      assertThat(read(source, 100_000, 0)).isEmpty();
      // The first 1,024 bytes, and what was read behind them.
      assertThat(server.asked()).isEqualTo(1024 + 176 + 1);
      source.verifyUnchanged();
    }
  }

  @Test
  void anEmptyFile() {
    server.file("/m", new byte[0]);
    try (HttpSource source = open("/m")) {
      assertThat(source.size()).isZero();
    }
  }

  @Test
  void inspectingSevenGigabytesAsksForTheHeader() {
    List<TensorEntry> entries =
        IntStream.range(0, 700)
            .mapToObj(
                i -> new TensorSpec("layers." + i + ".weight", DType.F16, Shape.of(5_000, 1_000)))
            .map(TensorEntry::of)
            .toList();
    CheckpointLayout layout = Checkpoints.layout(Path.of("m.safetensors"), entries, Map.of());
    assertThat(layout.size()).isGreaterThan(7_000_000_000L);
    server.file("/m.safetensors", new RangeServer.Content(layout.header(), layout.size()));
    Path place = Checkpoints.place(server.origin() + "/m.safetensors");
    try (Checkpoint checkpoint = Checkpoints.open(place)) {
      Inspection inspection = Inspection.of(checkpoint);
      assertThat(inspection.total().tensors()).isEqualTo(700);
      assertThat(inspection.files().getFirst().bytes()).isEqualTo(layout.size());
    }
    assertThat(server.asked()).isEqualTo(layout.header().length);
    assertAskedOnce();
  }

  /// Tiles of tensors that lie in the file in another order than they are read.
  @Test
  void tilesAreAskedForOnceInFewRequests() {
    int size = 3_000_000;
    List<TensorEntry> entries =
        List.of(
            TensorEntry.of(new TensorSpec("a", DType.U8, Shape.of(size))),
            TensorEntry.of(new TensorSpec("b", DType.U8, Shape.of(size))),
            TensorEntry.of(new TensorSpec("c", DType.U8, Shape.of(7))));
    CheckpointLayout layout = Checkpoints.layout(Path.of("m.safetensors"), entries, Map.of());
    byte[] file = bytes((int) layout.size());
    System.arraycopy(layout.header(), 0, file, 0, layout.header().length);
    server.file("/m.safetensors", file);
    try (Checkpoint checkpoint =
        Checkpoints.open(Checkpoints.place(server.origin() + "/m.safetensors"))) {
      int tile = 250_000;
      for (String name : List.of("c", "b", "a")) {
        StoredTensor tensor = checkpoint.tensors().get(name);
        IntStream.range(0, (int) Math.ceilDiv(tensor.length(), tile))
            .parallel()
            .forEach(i -> {
              int length = (int) Math.min(tile, tensor.length() - (long) i * tile);
              long offset = tensor.offset() + (long) i * tile;
              assertThat(
                      Arrays.equals(
                          read(tensor.source(), offset, length),
                          Arrays.copyOfRange(file, (int) offset, (int) offset + length)))
                  .isTrue();
            });
      }
    }
    assertAskedOnce();
    assertThat(server.asked()).isEqualTo(file.length);
    assertThat(server.requests()).hasSizeLessThan(20);
  }

  @Test
  void aConnectionThatBreaksOffIsTakenUp() {
    byte[] file = bytes(500_000);
    server.file("/m", file);
    try (HttpSource source = open("/m")) {
      server.dropAfter(200_000);
      assertThat(read(source, 10_000, 400_000))
          .isEqualTo(Arrays.copyOfRange(file, 10_000, 410_000));
      List<RangeServer.Request> requests = server.requests();
      assertThat(requests).hasSize(3);
      assertThat(requests.getLast().from()).isBetween(10_001L, 210_000L);
    }
  }

  @Test
  void aServerThatIsBusyIsAskedAgain() {
    server.file("/m", bytes(2_000));
    server.behave(_ ->
        server.requests().size() < 3
            ? Optional.of("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
            : Optional.empty());
    try (HttpSource source = open("/m")) {
      assertThat(source.size()).isEqualTo(2_000);
    }
    assertThat(server.requests()).hasSize(3);
  }

  @Test
  void aServerThatDoesNotKnowRanges() {
    server.file("/m", new RangeServer.Content(new byte[0], 7_000_000_000L));
    server.withoutRanges();
    assertRefused(
        "/m",
        ErrorCode.UNREADABLE_INPUT,
        "/m: the server sends the whole file where a part of it was asked for. Fetch the file, and"
            + " name the copy.");
  }

  @Test
  void aFileThatIsNotThere() {
    assertRefused(
        "/gone",
        ErrorCode.UNREADABLE_INPUT,
        "/gone: the server answers 404: there is no such file.");
  }

  @Test
  void aFileThatIsNotForEverybody() {
    server.behave(_ -> Optional.of("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"));
    assertRefused(
        "/m",
        ErrorCode.UNREADABLE_INPUT,
        "/m: the server answers 401: the file is for those who may see it. Give user and password"
            + " as in https://USER:PASSWORD@..., or fetch the file.");
  }

  @Test
  void aFileThatChanges() {
    server.file("/m", bytes(10_000));
    try (HttpSource source = open("/m")) {
      server.tag("\"two\"");
      assertThatThrownBy(() -> read(source, 5_000, 10))
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED))
          .hasMessage(
              server.origin()
                  + "/m: changed while it was in use: the server calls it by another tag (ETag or"
                  + " Last-Modified). Run again when nothing writes to it any more.");
      assertThatThrownBy(source::verifyUnchanged)
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED));
    }
  }

  @Test
  void redirectsAreFollowedOnceAndWithoutThePassword() {
    byte[] file = bytes(10_000);
    try (RangeServer other = new RangeServer()) {
      other.file("/there", file);
      server.behave(_ ->
          Optional.of(
              "HTTP/1.1 302 There\r\nContent-Length: 0\r\nLocation: "
                  + other.origin()
                  + "/there?signature=s3cret\r\n\r\n"));
      String address = server.origin().replace("http://", "http://me:pa55@") + "/m?token=t0ken";
      try (HttpSource source = HttpSource.open(HttpAddress.parse(address))) {
        assertThat(source.name()).isEqualTo(server.origin() + "/m");
        assertThat(read(source, 5_000, 10)).isEqualTo(Arrays.copyOfRange(file, 5_000, 5_010));
      }
      assertThat(server.requests()).hasSize(1);
      assertThat(server.requests().getFirst().path()).isEqualTo("/m?token=t0ken");
      assertThat(server.requests().getFirst().headers())
          .containsEntry("authorization", "Basic bWU6cGE1NQ==");
      assertThat(other.requests()).hasSize(2);
      assertThat(other.requests().getLast().path()).isEqualTo("/there?signature=s3cret");
      assertThat(other.requests().getLast().headers()).doesNotContainKey("authorization");
    }
  }

  @Test
  void redirectsWithoutEnd() {
    server.behave(
        _ -> Optional.of("HTTP/1.1 302 Round\r\nContent-Length: 0\r\nLocation: /m\r\n\r\n"));
    assertRefused("/m", ErrorCode.UNREADABLE_INPUT, "/m: the server redirects more than 5 times.");
  }

  @Test
  void addressesOfShardsLieBesideTheirIndex() {
    String folder = server.origin() + "/repo/model";
    for (String shard : List.of("1", "2")) {
      TensorSpec spec = new TensorSpec("t" + shard, DType.U8, Shape.of(1));
      CheckpointLayout layout =
          Checkpoints.layout(Path.of("m.safetensors"), List.of(TensorEntry.of(spec)), Map.of());
      byte[] file = Arrays.copyOf(layout.header(), (int) layout.size());
      server.file("/repo/model/s" + shard + ".safetensors", file);
    }
    server.file(
        "/repo/model/m.safetensors.index.json",
        "{\"weight_map\":{\"t1\":\"s1.safetensors\",\"t2\":\"s2.safetensors\"}}"
            .getBytes(StandardCharsets.UTF_8));
    Path place = Checkpoints.place(folder + "/m.safetensors.index.json?token=t0ken");
    assertThat(place).hasToString(folder + "/m.safetensors.index.json");
    try (Checkpoint checkpoint = Checkpoints.open(place)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("t1", "t2");
      assertThat(checkpoint.sources().getLast().name()).isEqualTo(folder + "/s2.safetensors");
    }
    assertThat(server.requests().getLast().path())
        .isEqualTo("/repo/model/s2.safetensors?token=t0ken");
  }

  @Test
  void placesAreEqualIfTheirAddressesAre() {
    Path place = Checkpoints.place("https://example.org/a/b.ckpt?x=1");
    assertThat(place).isEqualTo(Checkpoints.place("HTTPS://example.org/a/b.ckpt?x=1"));
    assertThat(place).isNotEqualTo(Checkpoints.place("https://example.org/a/b.ckpt?x=2"));
    assertThat(place.getFileName()).isEqualTo(Path.of("b.ckpt"));
    assertThat(place.toAbsolutePath().normalize()).isSameAs(place);
    assertThat(place.resolveSibling("c d.ckpt")).hasToString("https://example.org/a/c%20d.ckpt");
    assertThat(Checkpoints.place("folder/b.ckpt")).isEqualTo(Path.of("folder/b.ckpt"));
  }

  @Test
  void whatIsNoAddressIsNotRepeated() {
    assertThatThrownBy(() -> Checkpoints.place("https://me:pa55@exam ple.org/"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "an address that begins with http:// or https:// cannot be one: Illegal character in"
                + " authority. Write blanks and other special characters as %20 and the like.");
  }

  @Test
  void anAddressIsNoPlaceForAnOutput() {
    Path place = Checkpoints.place("https://example.org/out.safetensors");
    assertThatThrownBy(
            () -> AtomicFileOutput.create(place, 10, AtomicFileOutput.Options.defaults()))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            "https://example.org/out.safetensors: is an address, but an output is written to a"
                + " file; name one.");
  }
}
