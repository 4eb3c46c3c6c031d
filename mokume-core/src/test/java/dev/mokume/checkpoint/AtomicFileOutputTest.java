package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mokume.checkpoint.AtomicFileOutput.Options;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileOutputTest {
  private static final Options NEW = Options.defaults();
  private static final Options REPLACE = NEW.replaceExisting(true);

  @TempDir Path folder;

  private static void write(ByteSink sink, long offset, int... content) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment part = arena.allocate(content.length);
      for (int i = 0; i < content.length; i++) {
        part.set(ValueLayout.JAVA_BYTE, i, (byte) content[i]);
      }
      sink.write(offset, part);
    }
  }

  private List<String> files() throws IOException {
    try (var entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private static void assertFails(ThrowingCallable call, ErrorCode code, String message) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(message);
  }

  @Test
  void partsComeInAnyOrderAndTheFileAppearsAtTheEnd() throws IOException {
    Path path = folder.resolve("out");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 5, NEW)) {
      assertThat(output.name()).isEqualTo(path.toString());
      write(output, 3, 4, 5);
      write(output, 0, 1, 2, 3);
      assertThat(path).doesNotExist();
      assertThat(files()).singleElement().asString().matches("\\.out\\.mokume-[0-9a-f]{8}\\.tmp");
      output.commit();
      assertThat(path).hasBinaryContent(new byte[] {1, 2, 3, 4, 5});
    }
    assertThat(files()).containsExactly("out");
  }

  @Test
  void ofALargeFileTooWhatWasNotWrittenIsZero() throws IOException {
    Path path = folder.resolve("out");
    long size = AtomicFileOutput.LEAST_RESERVED + 1;
    try (AtomicFileOutput output = AtomicFileOutput.create(path, size, NEW.durable(false))) {
      assertThat(folder.resolve(files().getFirst())).hasSize(size);
      write(output, size - 2, 1, 2);
      output.commit();
    }
    assertThat(path).hasSize(size);
    try (FileChannel file = FileChannel.open(path)) {
      ByteBuffer end = ByteBuffer.allocate(4);
      file.read(end, size - 4);
      assertThat(end.array()).containsExactly(0, 0, 1, 2);
    }
  }

  @Test
  void aVeryLargeFileIsWrittenInParts() throws IOException {
    Path path = folder.resolve("out");
    byte[] piece = new byte[1_234_567];
    new Random(1).nextBytes(piece);
    MemorySegment array = MemorySegment.ofArray(piece);
    long size = AtomicFileOutput.LEAST_DIRECT + 1_111_111;
    try (AtomicFileOutput output = AtomicFileOutput.create(path, size, NEW);
        Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(piece.length).copyFrom(array);
      for (long at = 0, i = 0; at < size; at += piece.length, i++) {
        MemorySegment part = i % 2 == 0 ? array : memory;
        output.write(at, part.asSlice(0, Math.min(piece.length, size - at)));
      }
      output.commit();
    }
    assertThat(path).hasSize(size);
    try (FileChannel channel = FileChannel.open(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      for (long at = 0; at < size; at += piece.length) {
        long length = Math.min(piece.length, size - at);
        assertThat(file.asSlice(at, length).mismatch(array.asSlice(0, length))).isEqualTo(-1);
      }
    }
  }

  @Test
  void whoMayReadWhatIsReplacedMayReadTheNewOne() throws IOException {
    Path path = Files.write(folder.resolve("out"), new byte[] {1});
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r--r-----"));
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 1, REPLACE)) {
      Path temporary =
          folder.resolve(files().stream().filter(name -> name.startsWith(".")).findFirst().get());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary)))
          .isEqualTo("rw-------");
      write(output, 0, 2);
      output.commit();
    }
    assertThat(path).hasBinaryContent(new byte[] {2});
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("r--r-----");
  }

  @Test
  void theGroupIsThatOfWhatIsReplaced() throws IOException {
    Path path = Files.write(folder.resolve("out"), new byte[] {1});
    GroupPrincipal group =
        folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("4711");
    assumeTrue(gives(path, group), "this user may not give a file to a group that is not theirs");
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));

    AtomicFileOutput.write(path, new byte[] {2}, REPLACE);

    assertThat(Files.getAttribute(path, "posix:group")).isEqualTo(group);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
        .isEqualTo("rw-rw----");
  }

  private static boolean gives(Path path, GroupPrincipal group) {
    try {
      Files.setAttribute(path, "posix:group", group);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void inAnotherGroupNobodyMayMoreThanBefore() {
    assertThat(inAnotherGroup("rw-rw----")).isEqualTo("rw-------");
    assertThat(inAnotherGroup("rw-rw-r--")).isEqualTo("rw-r--r--");
    assertThat(inAnotherGroup("r-xr-xr-x")).isEqualTo("r-xr-xr-x");
    assertThat(inAnotherGroup("rw----r--")).isEqualTo("rw-------");
  }

  private static String inAnotherGroup(String permissions) {
    return PosixFilePermissions.toString(
        Access.ofAnyGroup(PosixFilePermissions.fromString(permissions)));
  }

  private static byte[] numbers(int count) {
    byte[] numbers = new byte[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (byte) (i * 31 >> 3);
    }
    return numbers;
  }

  @Test
  void copiesOfAnotherFile() throws IOException {
    byte[] content = numbers(30_000);
    Path path = folder.resolve("out");
    try (FileSource source = FileSource.open(Files.write(folder.resolve("in"), content));
        AtomicFileOutput output = AtomicFileOutput.create(path, 40_000, NEW)) {
      // As far from the beginning of a block of 4 KiB in both, and not.
      assertThat(output.copy(source, 1000, 20_000, 4096 + 1000)).isTrue();
      assertThat(output.copy(source, 0, 4000, 30_000)).isTrue();
      assertThat(output.copy(source, 5, 0, 5)).isTrue();
      output.commit();
    }
    byte[] expected = new byte[40_000];
    System.arraycopy(content, 1000, expected, 5096, 20_000);
    System.arraycopy(content, 0, expected, 30_000, 4000);
    assertThat(path).hasBinaryContent(expected);
  }

  @Test
  void noCopiesOfWhatIsNoFile() {
    MemorySource source = new MemorySource("memory", numbers(100));
    try (AtomicFileOutput output = AtomicFileOutput.create(folder.resolve("out"), 100, NEW)) {
      assertThat(output.copy(source, 0, 100, 0)).isFalse();
    }
  }

  @Test
  void partsMayBeArrays() {
    Path path = folder.resolve("out");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 5, NEW)) {
      output.write(1, MemorySegment.ofArray(new short[] {0x0302, 0x0504}));
      write(output, 0, 1);
      output.commit();
    }
    assertThat(path).hasBinaryContent(new byte[] {1, 2, 3, 4, 5});
  }

  @Test
  void anEmptyFile() {
    Path path = folder.resolve("out");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 0, NEW)) {
      output.commit();
    }
    assertThat(path).isEmptyFile();
  }

  @Test
  void manyThreadsWriteAtOnce() {
    Path path = folder.resolve("out");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 4_000, NEW.durable(false))) {
      IntStream.range(0, 1_000).parallel().forEach(i -> write(output, 4L * i, i, i >> 8, 0, 7));
      output.commit();
    }
    byte[] expected = new byte[4_000];
    for (int i = 0; i < 1_000; i++) {
      expected[4 * i] = (byte) i;
      expected[4 * i + 1] = (byte) (i >> 8);
      expected[4 * i + 3] = 7;
    }
    assertThat(path).hasBinaryContent(expected);
  }

  @Test
  void withoutACommitTheOldFileStaysAsItWas() throws IOException {
    Path path = Files.writeString(folder.resolve("out"), "old");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 3, REPLACE)) {
      write(output, 0, 'n', 'e', 'w');
      assertThat(path).hasContent("old");
    }
    assertThat(path).hasContent("old");
    assertThat(files()).containsExactly("out");
  }

  @Test
  void aCommitReplacesTheOldFile() throws IOException {
    Path path = Files.writeString(folder.resolve("out"), "the old file");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 3, REPLACE)) {
      write(output, 0, 'n', 'e', 'w');
      output.commit();
    }
    assertThat(path).hasContent("new");
    assertThat(files()).containsExactly("out");
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path real = Files.writeString(folder.resolve("real"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("real"));
    try (AtomicFileOutput output = AtomicFileOutput.create(link, 3, REPLACE)) {
      write(output, 0, 'n', 'e', 'w');
      output.commit();
    }
    assertThat(link).isSymbolicLink().hasContent("new");
    assertThat(real).hasContent("new");
  }

  @Test
  void existsAlready() throws IOException {
    Path path = Files.writeString(folder.resolve("out"), "old");
    assertFails(
        () -> AtomicFileOutput.create(path, 3, NEW),
        ErrorCode.UNWRITABLE_OUTPUT,
        path + ": exists already; choose another name, or allow it to be replaced with --force.");
    assertThat(files()).containsExactly("out");
  }

  @Test
  void appearedMeanwhile() throws IOException {
    Path path = folder.resolve("out");
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 1, NEW)) {
      Files.writeString(path, "somebody else's");
      assertFails(
          output::commit,
          ErrorCode.UNWRITABLE_OUTPUT,
          path + ": exists already; choose another name, or allow it to be replaced with --force.");
    }
    assertThat(path).hasContent("somebody else's");
    assertThat(files()).containsExactly("out");
  }

  @Test
  void isAnInput() throws IOException {
    Path input = Files.writeString(folder.resolve("in"), "input");
    Path symbolic = Files.createSymbolicLink(folder.resolve("symbolic"), input);
    Path hard = Files.createLink(folder.resolve("hard"), input);
    Path roundabout = folder.resolve("../" + folder.getFileName() + "/in");
    for (Path output : List.of(input, symbolic, hard, roundabout)) {
      assertFails(
          () ->
              AtomicFileOutput.create(
                  output, 3, REPLACE.inputs(List.of(folder.resolve("other"), input))),
          ErrorCode.UNWRITABLE_OUTPUT,
          output
              + ": is the same file as the input "
              + input
              + ", and an input is never written over; choose another name for the output.");
    }
    assertThat(input).hasContent("input");
  }

  @Test
  void isADirectory() throws IOException {
    Path path = Files.createDirectory(folder.resolve("out"));
    assertFails(
        () -> AtomicFileOutput.create(path, 3, REPLACE),
        ErrorCode.UNWRITABLE_OUTPUT,
        path + ": is a directory, but the output is a file; name a file in it.");
  }

  @Test
  void isADevice() {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device), "this system has no /dev/null");
    assertThat(AtomicFileOutput.problems(device, 3, REPLACE))
        .contains(
            new Problem(
                ErrorCode.UNWRITABLE_OUTPUT,
                "/dev/null: is a pipe, a device or a socket, but the output is a file; choose"
                    + " another name."));
  }

  @Test
  void isALinkThatLeadsNowhere() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("nowhere"));
    assertFails(
        () -> AtomicFileOutput.create(link, 3, REPLACE),
        ErrorCode.UNWRITABLE_OUTPUT,
        link + ": is a symbolic link that leads nowhere; remove it or name a file.");
  }

  @Test
  void theFolderIsMissing() {
    Path path = folder.resolve("nowhere/out");
    assertFails(
        () -> AtomicFileOutput.create(path, 3, NEW),
        ErrorCode.UNWRITABLE_OUTPUT,
        path + ": there is no folder '" + folder.resolve("nowhere") + "'; create it first.");
  }

  @Test
  void theFolderIsAFile() throws IOException {
    Files.writeString(folder.resolve("file"), "");
    Path path = folder.resolve("file/out");
    assertFails(
        () -> AtomicFileOutput.create(path, 3, NEW),
        ErrorCode.UNWRITABLE_OUTPUT,
        path + ": '" + folder.resolve("file") + "' is not a folder.");
  }

  @Test
  void theFolderMayNotBeWritten() throws IOException {
    Path locked = Files.createDirectory(folder.resolve("locked"));
    Files.setPosixFilePermissions(locked, PosixFilePermissions.fromString("r-xr-xr-x"));
    assumeFalse(
        Files.isWritable(locked),
        "this user (root) may write everywhere, so there is nothing to be refused");
    Path path = locked.resolve("out");
    assertFails(
        () -> AtomicFileOutput.create(path, 3, NEW),
        ErrorCode.UNWRITABLE_OUTPUT,
        path
            + ": this user may not create files in '"
            + locked
            + "'; choose another folder or change its permissions.");
  }

  @Test
  void moreThanTheDiskHas() throws IOException {
    Path path = folder.resolve("out");
    List<Problem> problems = AtomicFileOutput.problems(path, Long.MAX_VALUE, NEW);
    assertThat(problems)
        .singleElement()
        .satisfies(problem -> {
          assertThat(problem.code()).isEqualTo(ErrorCode.NO_SPACE);
          assertThat(problem.message())
              .matches(
                  java.util.regex.Pattern.quote(
                          path
                              + ": needs 9.22 EB (9223372036854775807 bytes), but '"
                              + folder
                              + "' has ")
                      + "[0-9.]+ [kMGTP]?B \\([0-9]+ bytes\\) free; free some space or choose a"
                      + " folder on another disk\\.");
        });
    assertThat(files()).isEmpty();
  }

  @Test
  void everyProblemIsNamedAtOnce() throws IOException {
    Path path = Files.writeString(folder.resolve("out"), "old");
    assertThat(AtomicFileOutput.problems(path, Long.MAX_VALUE, NEW))
        .extracting(Problem::code)
        .containsExactly(ErrorCode.UNWRITABLE_OUTPUT, ErrorCode.NO_SPACE);
  }

  @Test
  void aLongNameFits() {
    Path path = folder.resolve("ü".repeat(127));
    try (AtomicFileOutput output = AtomicFileOutput.create(path, 1, NEW)) {
      output.commit();
    }
    assertThat(path).exists();
  }

  @Test
  void writingOutsideIsMisuse() {
    try (AtomicFileOutput output = AtomicFileOutput.create(folder.resolve("out"), 3, NEW)) {
      assertThatThrownBy(() -> write(output, 2, 1, 2)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> write(output, -1, 1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void committingTwiceIsMisuse() {
    try (AtomicFileOutput output =
        AtomicFileOutput.create(folder.resolve("out"), 1, NEW.durable(false))) {
      output.commit();
      assertThatThrownBy(output::commit).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void aSignalRemovesWhatIsPending() throws IOException {
    Path committed = folder.resolve("committed");
    Path pending = folder.resolve("pending");
    try (AtomicFileOutput first = AtomicFileOutput.create(committed, 1, NEW);
        AtomicFileOutput second = AtomicFileOutput.create(pending, 1, NEW)) {
      first.commit();
      assertThat(PendingOutputs.removeAll()).isEqualTo(1);
      assertThat(files()).containsExactly("committed");
      assertFails(
          () -> write(second, 0, 1),
          ErrorCode.CANCELLED,
          pending + ": writing at offset 0 was given up.");
      assertFails(
          second::commit, ErrorCode.CANCELLED, pending + ": completing the file was given up.");
    }
    assertThat(PendingOutputs.removeAll()).isZero();
    assertThat(files()).containsExactly("committed");
  }
}
