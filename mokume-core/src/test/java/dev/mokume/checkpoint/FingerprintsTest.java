package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FingerprintsTest {
  /// SHA-256 of `abc`, from FIPS 180-4.
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  private static final Executor HERE = Runnable::run;
  private static final Executor NOWHERE =
      task -> {
        throw new AssertionError("nothing was to be computed");
      };

  @TempDir Path folder;
  private Path file;
  private Path cache;
  private Instant written;

  @BeforeEach
  void writeFile() throws IOException {
    file = Files.writeString(folder.resolve("abc"), "abc");
    written = Files.getLastModifiedTime(file).toInstant();
    cache = folder.resolve("cache/mokume");
  }

  private Fingerprints cached() {
    return after(Duration.ofMinutes(1));
  }

  /// As if it ran so long after the file was written.
  private Fingerprints after(Duration age) {
    return Fingerprints.cachedIn(cache, Clock.fixed(written.plus(age), ZoneOffset.UTC));
  }

  private String fingerprint(Fingerprints fingerprints, Executor executor) {
    try (FileSource source = FileSource.open(file)) {
      return fingerprints.sha256(source, executor).join();
    }
  }

  @Test
  void isTheSha256OfAllBytes() throws Exception {
    assertThat(fingerprint(Fingerprints.uncached(), HERE)).isEqualTo(ABC);
    byte[] large = new byte[(2 << 20) + 12_345];
    new java.util.Random(1).nextBytes(large);
    Files.write(file, large);
    assertThat(fingerprint(Fingerprints.uncached(), HERE))
        .isEqualTo(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(large)));
    Files.write(file, new byte[0]);
    assertThat(fingerprint(Fingerprints.uncached(), HERE))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Test
  void isRememberedAcrossRuns() {
    assertThat(fingerprint(cached(), HERE)).isEqualTo(ABC);
    assertThat(fingerprint(cached(), NOWHERE)).isEqualTo(ABC);
  }

  @Test
  void anotherSizeTimeOrFileIsComputedAgain() throws IOException {
    List<Runnable> asked = new ArrayList<>();
    fingerprint(cached(), HERE);
    Files.setLastModifiedTime(file, FileTime.from(written.plusNanos(1)));
    ask(asked);
    Path other = Files.writeString(folder.resolve("other"), "xyz");
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(file, FileTime.from(written));
    ask(asked);
    assertThat(asked).hasSize(2);
  }

  private void ask(List<Runnable> asked) {
    try (FileSource source = FileSource.open(file)) {
      assertThat(cached().sha256(source, asked::add)).isNotDone();
    }
  }

  @Test
  void aSuccessorWithTheSameTimeAndInodeIsAnotherFile() {
    FingerprintCache store = new FingerprintCache(cache);
    FileIdentity identity = new FileIdentity(3, 5, "inode");
    store.put(new FingerprintCache.Key(file, identity, 7), ABC);
    assertThat(store.find(new FingerprintCache.Key(file, identity, 7))).hasValue(ABC);
    assertThat(store.find(new FingerprintCache.Key(file, identity, 8))).isEmpty();
  }

  @Test
  void aFileThatWasJustWrittenIsNotRemembered() {
    fingerprint(after(Duration.ofMillis(1_500)), HERE);
    assertThat(cache).doesNotExist();
    fingerprint(after(Duration.ofMillis(2_500)), HERE);
    assertThat(cache).isDirectoryContaining("glob:**/fingerprints-1.tsv");
  }

  @Test
  void aDamagedCacheIsAsGoodAsAnEmptyOne() throws IOException {
    Path store = Files.createDirectories(cache).resolve("fingerprints-1.tsv");
    for (byte[] damage :
        new byte[][] {{(byte) 0xff, (byte) 0xfe, 0}, "nonsense\n\t\t\n".getBytes("UTF-8"), {}}) {
      Files.write(store, damage);
      assertThat(fingerprint(cached(), HERE)).isEqualTo(ABC);
      assertThat(fingerprint(cached(), NOWHERE)).isEqualTo(ABC);
    }
  }

  @Test
  void aCacheThatCannotBeWrittenDoesNoHarm() throws IOException {
    Files.writeString(folder.resolve("cache"), "a file where the folder should be");
    assertThat(fingerprint(cached(), HERE)).isEqualTo(ABC);
  }

  @Test
  void aThousandAreRemembered() throws IOException {
    FingerprintCache store = new FingerprintCache(cache);
    for (int i = 0; i <= 1_000; i++) {
      FileIdentity identity = new FileIdentity(i, i, "inode " + i);
      store.put(new FingerprintCache.Key(Path.of("/models/" + i), identity, 7), ABC);
    }
    assertThat(Files.readAllLines(cache.resolve("fingerprints-1.tsv")))
        .hasSize(1_000)
        .startsWith(ABC + "\t1\t1\t7\tinode 1\t/models/1")
        .endsWith(ABC + "\t1000\t1000\t7\tinode 1000\t/models/1000");
    assertThat(cache).isDirectoryNotContaining("glob:**/*.tmp");
  }

  @Test
  void ofOneFileOnlyTheLatestStateIsRemembered() throws IOException {
    FingerprintCache store = new FingerprintCache(cache);
    for (int i = 0; i < 3; i++) {
      store.put(
          new FingerprintCache.Key(Path.of("/models/m"), new FileIdentity(1, i, "inode"), 7), ABC);
    }
    assertThat(Files.readAllLines(cache.resolve("fingerprints-1.tsv")))
        .containsExactly(ABC + "\t1\t2\t7\tinode\t/models/m");
  }

  @Test
  void aPathThatDoesNotFitALineIsNotRemembered() {
    assertThat(FingerprintCache.Key.of(Path.of("/a\nb"), new FileIdentity(1, 1, ""))).isEmpty();
  }

  @Test
  void aChangeMeanwhileIsAnError() {
    try (FileSource source = FileSource.open(file)) {
      Executor disturbed =
          task -> {
            try {
              Files.writeString(file, "xyz");
              Files.setLastModifiedTime(file, FileTime.from(written.plusSeconds(1)));
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
            task.run();
          };
      CompletableFuture<String> fingerprint = cached().sha256(source, disturbed);
      assertThatThrownBy(fingerprint::join)
          .isInstanceOf(CompletionException.class)
          .cause()
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INPUT_CHANGED));
    }
    assertThat(cache).doesNotExist();
  }

  @Test
  void cancellingStopsIt() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[1]), 1L << 42);
    }
    try (FileSource source = FileSource.open(file)) {
      List<Runnable> tasks = new ArrayList<>();
      CompletableFuture<String> fingerprint = cached().sha256(source, tasks::add);
      fingerprint.cancel(false);
      tasks.getFirst().run(); // Returns at once; all 4 TiB would take an hour.
      assertThat(fingerprint).isCancelled();
    }
  }

  @Test
  void theDefaultFolderIsThatOfTheDesktopsCustom() {
    Path home = Path.of(System.getProperty("user.home"));
    assertThat(Fingerprints.defaultFolder(Map.of("XDG_CACHE_HOME", "/tmp/c")))
        .isEqualTo(Path.of("/tmp/c/mokume"));
    assertThat(Fingerprints.defaultFolder(Map.of())).isEqualTo(home.resolve(".cache/mokume"));
    assertThat(Fingerprints.defaultFolder(Map.of("XDG_CACHE_HOME", "relative")))
        .isEqualTo(home.resolve(".cache/mokume"));
  }
}
