package dev.mokume.internal.gguf;

import static dev.mokume.internal.gguf.Gguf.ARRAY;
import static dev.mokume.internal.gguf.Gguf.F32;
import static dev.mokume.internal.gguf.Gguf.Q8_0;
import static dev.mokume.internal.gguf.Gguf.STRING;
import static dev.mokume.internal.gguf.Gguf.concat;
import static dev.mokume.internal.gguf.Gguf.f32;
import static dev.mokume.internal.gguf.Gguf.i32;
import static dev.mokume.internal.gguf.Gguf.i64;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every way in which a file can break the format, each with the message that a person gets.
class MalformedGgufTest {
  @TempDir Path folder;

  private void assertRefused(byte[] file, String message) {
    assertRefused(file, ErrorCode.MALFORMED_CHECKPOINT, message);
  }

  private void assertRefused(byte[] file, ErrorCode code, String message) {
    Path path = folder.resolve("m.gguf");
    try {
      Files.write(path, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThatThrownBy(() -> Checkpoints.open(path).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage(path + ": " + message);
  }

  @Nested
  class Start {
    @Test
    void anotherFormat() {
      assertRefused(
          "something else entirely".getBytes(java.nio.charset.StandardCharsets.UTF_8),
          "does not begin with 'GGUF': this is not a GGUF file.");
    }

    @Test
    void brokenOff() {
      assertRefused(
          new Gguf().cut(6),
          "ends where the version of the format should be: 4 bytes are wanted, 2 are left. The"
              + " download broke off; fetch the file again.");
    }

    @Test
    void versionOne() {
      assertRefused(
          new Gguf().version(1).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "is a GGUF file of version 1, which was in use for a few weeks in 2023. Make it anew with"
              + " a current llama.cpp.");
    }

    @Test
    void aVersionToCome() {
      assertRefused(
          new Gguf().version(4).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "is a GGUF file of version 4, but Mokume reads versions 2 and 3.");
    }

    @Test
    void bigEndian() {
      assertRefused(
          new Gguf().version(3 << 24).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "is a big-endian GGUF file, which Mokume does not read. Convert it with gguf-py's"
              + " gguf_convert_endian, or fetch the little-endian one.");
    }

    @Test
    void twoToTheSixtyTensors() {
      assertRefused(
          new Gguf().counts(1L << 60, 0).bytes(),
          "its header names 1152921504606846976 tensors, but only 16 bytes follow: the file is"
              + " damaged, or its download broke off.");
    }

    @Test
    void twoToTheSixtyKeys() {
      assertRefused(
          new Gguf().counts(0, 1L << 60).bytes(),
          "its header has 1152921504606846976 keys, but only 8 bytes follow: the file is damaged,"
              + " or its download broke off.");
    }

    @Test
    void aCountOfAllBits() {
      assertRefused(
          new Gguf().counts(-1, 0).bytes(),
          "its header names 18446744073709551615 tensors, but only 16 bytes follow: the file is"
              + " damaged, or its download broke off.");
    }
  }

  @Nested
  class Values {
    @Test
    void aTextLongerThanTheFile() {
      assertRefused(
          new Gguf().value("a", STRING, i64(1L << 60)).bytes(),
          "the value of 'a' has 1152921504606846976 bytes, but only 19 bytes follow: the file is"
              + " damaged, or its download broke off.");
    }

    @Test
    void anArrayLongerThanTheFile() {
      assertRefused(
          new Gguf().value("a", ARRAY, concat(i32(5), i64(1L << 60))).bytes(),
          "the value of 'a' has 1152921504606846976 values, but only 15 bytes follow: the file is"
              + " damaged, or its download broke off.");
    }

    @Test
    void arraysInArrays() {
      byte[] value = concat(i32(5), i64(0));
      for (int depth = 0; depth < 8; depth++) {
        value = concat(i32(ARRAY), i64(1), value);
      }
      assertRefused(
          new Gguf().value("a", ARRAY, value).bytes(),
          "the value of 'a' has arrays in arrays deeper than 8: the file is damaged.");
    }

    @Test
    void longArraysInArrays() {
      byte[] value = concat(i32(5), i64(0));
      for (int depth = 0; depth < 8; depth++) {
        value = concat(i32(ARRAY), i64(17), value, new byte[16 * 12]);
      }
      assertRefused(
          new Gguf().value("a", ARRAY, value).bytes(),
          "the value of 'a' has arrays in arrays deeper than 8: the file is damaged.");
    }

    @Test
    void anUnknownType() {
      assertRefused(
          new Gguf().value("a", 13).bytes(),
          "the value of 'a' has the type 13, but types go from 0 to 12: the file is damaged.");
    }

    @Test
    void aKeyTwice() {
      assertRefused(
          new Gguf().u32("a", 1).u32("a", 1).bytes(),
          "its header has 'a' twice, so it cannot be told which one is meant.");
    }

    @Test
    void aKeyThatIsNotText() {
      byte[] file = new Gguf().u32("a", 1).bytes();
      file[24 + 8] = (byte) 0xFF;
      assertRefused(file, "a key of the header is not text in UTF-8: the file is damaged.");
    }

    @Test
    void neitherTrueNorFalse() {
      assertRefused(
          new Gguf().value("a", 7, (byte) 2).bytes(),
          "the value of 'a' is the byte 2, but true is 1 and false is 0: the file is damaged.");
    }

    @Test
    void anAlignmentThatIsNone() {
      assertRefused(
          new Gguf().u32("general.alignment", 24).bytes(),
          "its 'general.alignment' is 24, but a power of two as U32 was wanted: the file is"
              + " damaged.");
    }
  }

  @Nested
  class Tensors {
    @Test
    void rowsThatDoNotFallIntoBlocks() {
      assertRefused(
          new Gguf().tensor("a", Q8_0, new long[] {33, 32}, new byte[34 * 33]).bytes(),
          "tensor 'a' of dtype Q8_0 has rows of 33 elements, which do not fall into blocks of 32:"
              + " the file is damaged.");
    }

    @Test
    void moreElementsThanThereCanBe() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 0, 1L << 40, 1L << 40).bytes(),
          "tensor 'a' of dtype F32 and shape [1099511627776, 1099511627776] would take more than"
              + " 2^63 bytes: the file is damaged.");
    }

    @Test
    void aDimensionOfAllBits() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 0, -1).bytes(),
          "tensor 'a' has a dimension of 18446744073709551615: the file is damaged.");
    }

    @Test
    void tooManyDimensions() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 0, 1, 1, 1, 1, 1).bytes(),
          "tensor 'a' has 5 dimensions, but at most 4 are allowed: the file is damaged.");
    }

    @Test
    void aTypeThatIsNoLongerInUse() {
      assertRefused(
          new Gguf().tensorAt("a", 4, 0, 32).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "tensor 'a' has the type Q4_2, which is no longer in use. Fetch the model in another"
              + " quantisation.");
    }

    @Test
    void aTypeThatIsNotKnown() {
      assertRefused(
          new Gguf().tensorAt("a", 99, 0, 32).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "tensor 'a' has the type 99, which Mokume does not know. Fetch the model in another"
              + " quantisation.");
    }

    @Test
    void twoOfOneName() {
      assertRefused(
          new Gguf().tensor("a", F32, new long[] {1}, f32(1)).tensorAt("a", F32, 0, 1).bytes(),
          "two tensors are called 'a', so it cannot be told which one is meant.");
    }

    @Test
    void oneThatIsNotAligned() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 4, 1).data(8).bytes(),
          "tensor 'a' (bytes 4 to 8 of the data) does not begin at a multiple of 32, the file's"
              + " alignment: the header is damaged.");
    }

    @Test
    void oneBehindTheFile() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 0, 16).data(60).bytes(),
          "tensor 'a' (bytes 0 to 64 of the data) ends behind the file, which has only 60 bytes of"
              + " data. 4 bytes are missing: the download broke off; fetch the file again.");
    }

    @Test
    void oneFarBehindTheFile() {
      assertRefused(
          new Gguf().tensorAt("a", F32, 1L << 60, 1).bytes(),
          "tensor 'a' (bytes 1152921504606846976 to 1152921504606846980 of the data) ends behind"
              + " the file, which has only 0 bytes of data. 1.15 EB are missing: the download broke"
              + " off; fetch the file again.");
    }

    @Test
    void overlapping() {
      assertRefused(
          new Gguf()
              .tensor("a", F32, new long[] {16}, new byte[64])
              .tensorAt("b", F32, 32, 8)
              .bytes(),
          "tensors 'a' (bytes 0 to 64 of the data) and 'b' (bytes 32 to 64 of the data) overlap:"
              + " the header is damaged.");
    }

    @Test
    void aGap() {
      assertRefused(
          new Gguf()
              .tensor("a", F32, new long[] {1}, f32(1))
              .tensorAt("b", F32, 64, 1)
              .data(36)
              .bytes(),
          "the 60 bytes between tensor 'a' (bytes 0 to 4 of the data) and tensor 'b' (bytes 64 to"
              + " 68 of the data) belong to no tensor, which the format forbids.");
    }

    @Test
    void somethingBehindTheLast() {
      assertRefused(
          new Gguf().tensor("a", F32, new long[] {1}, f32(1)).data(1).bytes(),
          "goes on for 29 bytes after its last tensor 'a' (bytes 0 to 4 of the data): a GGUF file"
              + " ends there, and what follows is not looked at. Fetch the file again, or cut it to"
              + " 68 bytes.");
    }

    @Test
    void headsThatDoNotFit() {
      assertRefused(
          new Gguf()
              .text("general.architecture", "llama")
              .u32("llama.attention.head_count", 3)
              .tensor("blk.0.attn_q.weight", F32, new long[] {1, 4}, f32(1, 2, 3, 4))
              .bytes(),
          "tensor 'blk.0.attn_q.weight' of shape [4, 1] does not fall into the heads that"
              + " 'llama.attention.head_count' and 'llama.attention.head_count_kv' tell of: the"
              + " header is damaged.");
    }

    @Test
    void anOriginalShapeOfOtherSize() {
      assertRefused(
          new Gguf()
              .value("comfy.gguf.orig_shape.a", ARRAY, concat(i32(5), i64(2), i32(2), i32(3)))
              .tensor("a", F32, new long[] {4}, f32(1, 2, 3, 4))
              .bytes(),
          "tensor 'a' has shape [4], but its original shape would be [2, 3], which is not of as"
              + " many elements: the file is damaged.");
    }
  }
}
