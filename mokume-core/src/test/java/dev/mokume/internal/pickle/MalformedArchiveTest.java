package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.TorchFiles.littleEndian;
import static dev.mokume.internal.pickle.TorchFiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Archives whose parts do not agree, each with the message that a person gets.
class MalformedArchiveTest {
  private static final byte[] PICKLE =
      PickleBytes.pickle().op("}").text("w").floats("0", 2).op("s").stop();
  private static final byte[] DATA = littleEndian(1, 2);

  private static TestArchive archive() {
    return new TestArchive().stored("m/data.pkl", PICKLE);
  }

  /// The storage of the weight with something changed.
  private static byte[] stored(Consumer<TestArchive.Entry> change) {
    return archive().stored("m/data/0", DATA, change).bytes();
  }

  private static void assertRefused(byte[] bytes, ErrorCode code, String message) {
    assertThatThrownBy(() -> open("m.ckpt", bytes).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage("m.ckpt: " + message);
  }

  private static void assertDamaged(byte[] bytes, String message) {
    assertRefused(
        bytes,
        ErrorCode.MALFORMED_CHECKPOINT,
        "is a zip archive that " + message + ": it is damaged.");
  }

  @Test
  void soundAsItIs() {
    try (Checkpoint checkpoint = open("m.ckpt", stored(entry -> {}))) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("w");
    }
  }

  @Test
  void cutOff() {
    byte[] bytes = stored(entry -> {});
    assertRefused(
        Arrays.copyOf(bytes, bytes.length - 1),
        ErrorCode.MALFORMED_CHECKPOINT,
        "begins like a zip archive, but its directory, which stands at the end, is not there: the"
            + " download broke off; fetch the file again.");
  }

  @Test
  void somethingBetweenDirectoryAndEnd() {
    byte[] bytes = stored(entry -> {});
    byte[] longer = new byte[bytes.length + 1];
    System.arraycopy(bytes, 0, longer, 0, bytes.length - 22);
    System.arraycopy(bytes, bytes.length - 22, longer, bytes.length - 21, 22);
    assertDamaged(longer, "has a directory that does not lie where its end says");
  }

  @Test
  void moreFilesThanAreRead() {
    byte[] bytes = archive().zip64().bytes();
    int end = bytes.length - 22 - 20 - 56;
    Arrays.fill(bytes, end + 24, end + 40, (byte) 0x70);
    assertDamaged(
        bytes,
        "says that it has 8102099357864587376 files and a directory of 56 bytes, but at most"
            + " 100,000 and 67.1 MB are read");
  }

  @Test
  void twoEndsThatDoNotAgree() {
    byte[] bytes = archive().zip64().bytes();
    bytes[bytes.length - 10] = 3; // The directory's length in the usual end.
    bytes[bytes.length - 9] = 0;
    bytes[bytes.length - 8] = 0;
    bytes[bytes.length - 7] = 0;
    assertDamaged(bytes, "has two ends of its directory, which do not agree");
  }

  @Test
  void aPartOfSeveral() {
    byte[] bytes = archive().bytes();
    bytes[bytes.length - 18] = 1;
    assertDamaged(bytes, "is a part of an archive in several parts");
  }

  @Test
  void encrypted() {
    assertRefused(
        stored(entry -> entry.flags = 1),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        "is a zip archive that has 'm/data/0' encrypted; unpack it with its password first.");
  }

  @Test
  void compressedByAnotherMethod() {
    assertRefused(
        stored(entry -> entry.method = 93),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        "is a zip archive that has 'm/data/0' compressed by method 93, but only deflate is read;"
            + " pack it again without compression.");
  }

  @Test
  void directoryAndFileDisagree() {
    String message =
        "tells one thing about 'm/data/0' in its directory and another before the file itself";
    assertDamaged(stored(entry -> entry.localName = "m/data/1"), message);
    assertDamaged(stored(entry -> entry.localFlags = 2048), message);
    assertDamaged(stored(entry -> entry.localLength = 9), message);
  }

  @Test
  void sizesThatStandBehindTheFileAreTheDirectorys() {
    try (Checkpoint checkpoint = open("m.ckpt", stored(entry -> entry.flags = 8 | 2048))) {
      assertThat(TorchFiles.floats(checkpoint.tensors().get("w"))).containsExactly(1, 2);
    }
  }

  @Test
  void aStoredFileOfAnotherSize() {
    assertDamaged(
        stored(entry -> entry.length = 9),
        "says that 'm/data/0' has 9 bytes, which its 8 in the archive cannot be");
  }

  @Test
  void aFileThatEndsBehindTheArchive() {
    assertDamaged(
        stored(entry -> {
          entry.length = 1000;
          entry.compressed = 1000;
          entry.localLength = 1000;
        }),
        "says that 'm/data/0' has 1,000 bytes, more than there are");
  }

  @Test
  void aFileThatIsNotThere() {
    assertDamaged(stored(entry -> entry.shift = 1000), "has no file where 'm/data/0' should lie");
  }

  @Test
  void twoFilesOfOneName() {
    assertDamaged(
        archive().stored("m/data/0", DATA).stored("m/data/0", DATA).bytes(),
        "has two files called 'm/data/0'");
  }

  /// A file within the bytes of another, which is how a few kilobytes become petabytes.
  @Test
  void filesThatOverlap() {
    byte[] inner = new TestArchive().stored("m/data/1", DATA).bytes();
    byte[] header = Arrays.copyOf(inner, 30 + "m/data/1".length() + DATA.length);
    byte[] bytes =
        archive()
            .stored("m/data/0", header)
            .stored("m/data/1", DATA, entry -> entry.shift = -header.length)
            .bytes();
    int begin = 30 + "m/data.pkl".length() + PICKLE.length + 30 + "m/data/0".length();
    assertDamaged(bytes, "has files that overlap, at byte " + begin);
  }

  @Test
  void aSizeThatIsNotTold() {
    assertDamaged(
        stored(entry -> entry.length = 0xffff_ffffL),
        "does not tell the size or the place of 'm/data/0'");
  }

  @Test
  void noPickleAndSeveral() {
    assertRefused(
        new TestArchive().stored("word/document.xml").bytes(),
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        "is a zip archive without a 'data.pkl', so it is not what torch.save writes. If a"
            + " checkpoint is packed in it, unpack it first.");
    assertRefused(
        new TestArchive().stored("a/data.pkl", PICKLE).stored("b/data.pkl", PICKLE).bytes(),
        ErrorCode.MALFORMED_CHECKPOINT,
        "is a zip archive with 2 pickles, 'a/data.pkl', 'b/data.pkl', where a checkpoint has one:"
            + " it is damaged.");
  }

  @Test
  void aDeflatedSizeThatDeflateCannotReach() {
    assertDamaged(
        archive().deflated("m/data/0", DATA, entry -> entry.length = 1_000_000_000).bytes(),
        "says that 'm/data/0' has 1,000,000,000 bytes, which its 10 in the archive cannot be");
  }

  @Test
  void aDeflatedPickleOfHundredsOfMegabytes() {
    byte[] bytes =
        new TestArchive()
            .stored(
                "m/data.pkl",
                new byte[300_000],
                entry -> {
                  entry.method = 8;
                  entry.length = 300_000_000;
                  entry.localLength = entry.length;
                })
            .bytes();
    assertRefused(
        bytes,
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        "its pickle inflates to 300 MB, but at most 268 MB are inflated. Pack the archive again"
            + " without compression.");
  }

  @Test
  void deflatedFilesThatLieAboutTheirSize() {
    byte[] less = TestArchive.deflate(littleEndian(1));
    byte[] more = TestArchive.deflate(littleEndian(1, 2, 3));
    assertReadRefused(less, "m/data/0' in it should have 8 bytes, but inflates to only 4 bytes");
    assertReadRefused(more, "m/data/0' in it should have 8 bytes, but inflates to more than that");
    assertReadRefused(
        new byte[] {7, 7, 7}, "m/data/0' in it should have 8 bytes, but cannot be inflated");
    assertReadRefused(
        Arrays.copyOf(less, 1),
        "m/data/0' in it should have 8 bytes, but inflates to only 0 bytes");
  }

  /// Such a file opens, since nothing of it was inflated yet.
  private static void assertReadRefused(byte[] deflated, String message) {
    byte[] bytes =
        archive()
            .stored(
                "m/data/0",
                deflated,
                entry -> {
                  entry.method = 8;
                  entry.length = 8;
                  entry.localLength = 8;
                })
            .bytes();
    try (Checkpoint checkpoint = open("m.ckpt", bytes)) {
      assertThatThrownBy(() -> TorchFiles.read(checkpoint.tensors().get("w")))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT))
          .hasMessage("m.ckpt: '" + message + ": the file is damaged.");
    }
  }
}
