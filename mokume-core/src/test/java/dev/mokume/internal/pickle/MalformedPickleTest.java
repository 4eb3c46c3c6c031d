package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.TorchFiles.littleEndian;
import static dev.mokume.internal.pickle.TorchFiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// Every way in which a pickle can break its rules, each with the message that a person gets.
class MalformedPickleTest {
  private static void assertRefused(byte[] bytes, ErrorCode code, String message) {
    assertThatThrownBy(() -> open("m.pkl", bytes).close())
        .isInstanceOfSatisfying(MokumeException.class, e -> assertThat(e.code()).isEqualTo(code))
        .hasMessage("m.pkl: " + message);
  }

  private static void assertDamaged(PickleBytes pickle, String message) {
    assertRefused(pickle.bytes(), ErrorCode.MALFORMED_CHECKPOINT, message);
  }

  @Nested
  class Opcodes {
    @Test
    void anEmptyFile() {
      assertRefused(
          new byte[0],
          ErrorCode.MALFORMED_CHECKPOINT,
          "the pickle ends in the middle, at byte 0: the download broke off, or the file is"
              + " damaged.");
    }

    @Test
    void theEndIsMissing() {
      assertDamaged(
          PickleBytes.pickle().op("}"),
          "the pickle ends in the middle, at byte 3: the download broke off, or the file is"
              + " damaged.");
    }

    @Test
    void aTextThatIsLongerThanTheFile() {
      assertDamaged(
          PickleBytes.pickle().op("X").int32(4).op("abc"),
          "the pickle wants 4 bytes at byte 7, but only 3 are left: the download broke off, or the"
              + " file is damaged.");
    }

    @Test
    void aTextOfTwoToTheSixtyFourBytes() {
      assertDamaged(
          PickleBytes.pickle().op(0x8d, 255, 255, 255, 255, 255, 255, 255, 255),
          "the pickle wants 18446744073709551615 bytes at byte 11, but only 0 are left: the"
              + " download broke off, or the file is damaged.");
    }

    @Test
    void noOpcode() {
      assertDamaged(
          PickleBytes.pickle().op(7),
          "the pickle has 0x07 at byte 2, which is no opcode: the file is damaged.");
    }

    @Test
    void anEmptyStack() {
      assertDamaged(
          PickleBytes.pickle().op(")").op(0x86),
          "the pickle takes from an empty stack at byte 3: the file is damaged.");
    }

    @Test
    void whatLiesBelowAMarkIsOutOfReach() {
      assertDamaged(
          PickleBytes.pickle().op(")(0R"),
          "the pickle takes from an empty stack at byte 5: the file is damaged.");
    }

    @Test
    void aListWithoutABeginning() {
      assertDamaged(
          PickleBytes.pickle().op("Nt"),
          "the pickle ends at byte 3 what it did not begin: the file is damaged.");
    }

    @Test
    void whatWasNotTold() {
      assertDamaged(
          PickleBytes.pickle().op("h\1"),
          "the pickle refers at byte 2 to what it has not told: the file is damaged.");
    }

    @Test
    void aKeyWithoutAValue() {
      assertDamaged(
          PickleBytes.pickle().op("}(Nu"),
          "the pickle has a key without a value at byte 5: the file is damaged.");
    }

    @Test
    void anItemOfANumber() {
      assertDamaged(
          PickleBytes.pickle().number(1).op("Na"),
          "the pickle adds an item to what has none, at byte 13: the file is damaged.");
      assertDamaged(
          PickleBytes.pickle().op("]NNs"),
          "the pickle sets an item of what has none, at byte 5: the file is damaged.");
      assertDamaged(
          PickleBytes.pickle().op("NNb"),
          "the pickle fills what is no object, at byte 4: the file is damaged.");
    }

    @Test
    void aCallWithoutArguments() {
      assertDamaged(
          PickleBytes.pickle().global("os", "x").op("NR"),
          "the pickle calls something with what is no list of arguments, at byte 9: the file is"
              + " damaged.");
    }

    @Test
    void aNameThatIsNoText() {
      assertDamaged(
          PickleBytes.pickle().op("NN").op(0x93),
          "the pickle names something by what is no text, at byte 4: the file is damaged.");
    }

    @Test
    void aNameWithoutEnd() {
      assertDamaged(
          PickleBytes.pickle().op("c" + "a".repeat(5000)),
          "the pickle has a line of more than 4096 bytes at byte 3: the file is damaged.");
    }

    @Test
    void aProtocolOfTheFuture() {
      assertRefused(
          new byte[] {(byte) 0x80, 6, '.'},
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "the pickle is of protocol 6, but 5 is the newest known. " + Imports.REFUSED);
    }

    @Test
    void aNumberOfAThousandBytes() {
      assertRefused(
          PickleBytes.pickle().op(0x8b).int32(1000).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "the pickle has a whole number of 1000 bytes at byte 2. " + Imports.REFUSED);
    }

    @Test
    void nestingWithoutEnd() {
      assertRefused(
          PickleBytes.pickle().op("(".repeat(1001)).bytes(),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "the pickle is nested more than 1,000 deep. " + Imports.REFUSED);
    }

    @Test
    void valuesWithoutEnd() {
      byte[] bytes = new byte[4 << 20];
      java.util.Arrays.fill(bytes, (byte) ']');
      bytes[0] = (byte) 0x80;
      bytes[1] = 2;
      assertThatThrownBy(() -> open("m.pkl", bytes).close())
          .isInstanceOfSatisfying(
              MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MEMORY_BUDGET))
          .hasMessageStartingWith("m.pkl: to list what its pickle describes takes more than ")
          .hasMessageEndingWith(
              " on. Give more --memory; or save the weights alone, without what lies beside them.");
    }

    /// Deeper than the stack of any thread: nothing here calls itself.
    @Test
    void tuplesInTuples() {
      byte[] deep = PickleBytes.pickle().op("N" + "\u0085".repeat(200_000)).stop();
      assertRefused(
          deep,
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "holds no weights: what it has pickled is no dict of tensors, nor does it hold one where"
              + " training programs put it.");
      byte[] among =
          PickleBytes.pickle()
              .op("}(")
              .text("w")
              .floats("0", 1)
              .text("x")
              .op("N" + "\u0085".repeat(200_000) + "u")
              .stop();
      assertRefused(
          among,
          ErrorCode.MALFORMED_CHECKPOINT,
          "tensor 'w' is of storage '0', which is not in the file: the file is damaged.");
    }
  }

  @Nested
  class Tensors {
    /// A file with storage 0, of four floats, and the tensor `w`.
    private static byte[] archive(PickleBytes value) {
      return new TestArchive()
          .stored("m/data.pkl", value.op("s").stop())
          .stored("m/data/0", littleEndian(1, 2, 3, 4))
          .bytes();
    }

    private static PickleBytes tensor() {
      return PickleBytes.pickle().op("}").text("w");
    }

    private static PickleBytes view(long offset, long[] shape, long... strides) {
      return tensor().tensor("FloatStorage", "0", 4, offset, shape, strides);
    }

    private static void assertDamaged(PickleBytes value, String message) {
      assertRefused(
          archive(value),
          ErrorCode.MALFORMED_CHECKPOINT,
          "tensor 'w' " + message + ": the file is damaged.");
    }

    private static void assertUnsupported(PickleBytes value, String message) {
      assertRefused(
          archive(value), ErrorCode.UNSUPPORTED_CHECKPOINT, "tensor 'w' " + message + ".");
    }

    @Test
    void reachesBehindItsStorage() {
      assertDamaged(
          view(1, new long[] {2, 2}, 2, 1),
          "of shape [2, 2] reaches element 4 of storage '0', which has 4");
    }

    @Test
    void reachesBeyondAllNumbers() {
      assertDamaged(
          view(0, new long[] {2, 2}, Long.MAX_VALUE, 2),
          "of shape [2, 2] reaches element 9,223,372,036,854,775,807 of storage '0', which has 4");
    }

    @Test
    void hasTooManyElements() {
      assertDamaged(
          view(0, new long[] {1L << 32, 1L << 32}, 0, 0), "would have more than 2^63 elements");
      assertDamaged(view(0, new long[] {1L << 62}, 0), "would take more than 2^63 bytes");
    }

    @Test
    void showsAFewBytesAsTerabytes() {
      assertUnsupported(
          view(0, new long[] {1L << 40}, 0),
          "of shape [1099511627776] shows the 16 bytes of its storage as 4.40 TB, more than any"
              + " model needs. Do not use this file unless you trust where it comes from");
    }

    @Test
    void hasASizeThatIsNone() {
      assertDamaged(view(0, new long[] {-1}, 1), "has something other than a size as its shape");
      assertDamaged(view(-1, new long[] {1}, 1), "has something other than a size as its offset");
      assertDamaged(view(0, new long[] {1}, 1, 1), "has 1 dimensions, but 2 strides");
      assertDamaged(
          view(0, new long[65], new long[65]), "has shape that are no list of at most 64 sizes");
    }

    @Test
    void hasAStorageThatIsNone() {
      assertDamaged(tensor().floats("7", 4), "is of storage '7', which is not in the file");
      assertDamaged(
          tensor().floats("0", 5), "is of storage '0', which should have 20 bytes, but has 16");
      assertDamaged(
          tensor().global("torch._utils", "_rebuild_tensor_v2").op("(NNNNt").op("R"),
          "has no storage");
      assertDamaged(
          tensor()
              .global("torch._utils", "_rebuild_tensor_v2")
              .op("(")
              .text("x")
              .op("QNNNt")
              .op("R"),
          "has a storage that is not told as torch does");
      assertDamaged(
          tensor().global("torch._utils", "_rebuild_tensor_v2").op(")R"),
          "is made with only 0 arguments");
    }

    @Test
    void isQuantised() {
      assertUnsupported(
          tensor().tensor("QInt8Storage", "0", 16, 0, new long[] {16}, new long[] {1}),
          "is of 'torch.QInt8Storage', whose elements Mokume does not read. Save it as an ordinary"
              + " tensor of floats");
      assertUnsupported(
          tensor().global("torch._utils", "_rebuild_qtensor").op(")R"),
          "is made by 'torch._utils._rebuild_qtensor', so it is quantised, which Mokume does not"
              + " read. Save it as an ordinary tensor of floats");
    }

    @Test
    void isSparse() {
      assertUnsupported(
          tensor().global("torch._utils", "_rebuild_sparse_tensor").op(")R"),
          "is made by 'torch._utils._rebuild_sparse_tensor', so it is sparse, which Mokume does not"
              + " read. Save it as an ordinary tensor of floats");
    }

    @Test
    void isAParameterOfNothing() {
      assertDamaged(
          tensor().global("torch._utils", "_rebuild_parameter").op("N").op(0x85).op("R"),
          "is made of something that is no tensor");
    }

    @Test
    void allThatAreDamagedAreTold() {
      PickleBytes two = tensor().floats("7", 1).op("s").text("v").floats("8", 1);
      assertRefused(
          archive(two),
          ErrorCode.MALFORMED_CHECKPOINT,
          "tensor 'w' is of storage '7', which is not in the file: the file is damaged.\n"
              + "m.pkl: tensor 'v' is of storage '8', which is not in the file: the file is"
              + " damaged.");
    }
  }

  @Nested
  class Legacy {
    private static PickleBytes object() {
      return PickleBytes.pickle().op("}").text("w").floats("k", 2).op("s");
    }

    @Test
    void aStorageThatIsCutOff() {
      assertRefused(
          PickleFormatTest.legacy(object().stop(), "k", 2, new byte[7]),
          ErrorCode.MALFORMED_CHECKPOINT,
          "ends before its storage 'k' does: the download broke off; fetch the file again.");
    }

    @Test
    void aStorageOfTwoToTheSixtyThreeElements() {
      assertRefused(
          PickleFormatTest.legacy(object().stop(), "k", Long.MIN_VALUE, new byte[8]),
          ErrorCode.MALFORMED_CHECKPOINT,
          "ends before its storage 'k' does: the download broke off; fetch the file again.");
    }

    @Test
    void aStorageThatNobodySpokeOf() {
      assertRefused(
          PickleFormatTest.legacy(object().stop(), "j", 2, new byte[8]),
          ErrorCode.MALFORMED_CHECKPOINT,
          "lists a storage 'j' that its pickle does not speak of: the file is damaged.");
    }

    @Test
    void aVersionThatNeverWas() {
      byte[] file = PickleFormatTest.legacy(object().stop(), "k", 2, new byte[8]);
      file[19] = 1; // In the pickle of the number 1001.
      assertRefused(
          file,
          ErrorCode.MALFORMED_CHECKPOINT,
          "is a PyTorch file of a version other than 1001, the only one there was: the file is"
              + " damaged.");
    }
  }

  @Nested
  class Scripts {
    private static byte[] archive(PickleBytes pickle) {
      return new TestArchive()
          .stored("m/data.pkl", pickle.stop())
          .stored("m/code/__torch__.py")
          .bytes();
    }

    @Test
    void aModuleWithAStateOfItsOwn() {
      assertRefused(
          archive(
              PickleBytes.pickle()
                  .global("__torch__", "Net")
                  .op(")")
                  .op(0x81)
                  .op("}")
                  .text("fc")
                  .global("__torch__.torch.classes.quantized", "LinearPackedParamsBase")
                  .op(")")
                  .op(0x81)
                  .op(")bsb")),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "is a TorchScript archive that keeps 'fc' in an object of the class"
              + " '__torch__.torch.classes.quantized.LinearPackedParamsBase', which only its own"
              + " code can read (quantised weights are kept so). Save the state dict of the model"
              + " that it was made from.");
    }

    @Test
    void aModuleThatHoldsItself() {
      assertRefused(
          archive(
              PickleBytes.pickle()
                  .global("__torch__", "Net")
                  .op(")")
                  .op(0x81)
                  .op("q\0}")
                  .text("me")
                  .op("h\0sb")),
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "is a TorchScript archive that has modules that are nested more than 100 deep, or more"
              + " than 1,000,000 of them. Save the state dict of the model that it was made from.");
    }
  }
}
