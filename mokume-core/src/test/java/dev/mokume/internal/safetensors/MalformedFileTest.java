package dev.mokume.internal.safetensors;

import static dev.mokume.internal.safetensors.Safetensors.bytes;
import static dev.mokume.internal.safetensors.Safetensors.concat;
import static dev.mokume.internal.safetensors.Safetensors.length;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every way in which a file can break the format, each with the message that a person gets.
class MalformedFileTest {
  private static final int[] FOUR = {0, 0, 0, 0};

  @TempDir Path folder;

  private void assertRefused(byte[] file, String message) {
    Path path = Safetensors.write(folder.resolve("m.safetensors"), file);
    assertThatThrownBy(() -> Checkpoints.open(path).close())
        .isInstanceOfSatisfying(
            MokumeException.class,
            e ->
                org.assertj.core.api.Assertions.assertThat(e.code())
                    .isEqualTo(ErrorCode.MALFORMED_CHECKPOINT))
        .hasMessage(
            message.replaceAll("(?m)^", java.util.regex.Matcher.quoteReplacement(path + ": ")));
  }

  @Nested
  class LengthOfTheHeader {
    @Test
    void emptyFile() {
      assertRefused(
          new byte[0],
          "has 0 bytes, but a safetensors file begins with 8 that say how long its header is: this"
              + " is not a safetensors file, or its download broke off.");
    }

    @Test
    void shorterThanEightBytes() {
      assertRefused(
          new byte[] {2, 0, 0, 0, 0, 0, 0},
          "has 7 bytes, but a safetensors file begins with 8 that say how long its header is: this"
              + " is not a safetensors file, or its download broke off.");
    }

    @Test
    void zero() {
      assertRefused(
          length(0),
          "its header has a length of 0 bytes: this is not a safetensors file, or it is damaged.");
    }

    @Test
    void moreThanTheReferenceReads() {
      assertRefused(
          concat(length(100_000_001), "{}".getBytes(UTF_8)),
          "its header would have 100000001 bytes, but at most 100000000 are allowed: this is not a"
              + " safetensors file, or it is damaged.");
    }

    @Test
    void twoToTheSixtyThree() {
      assertRefused(
          concat(new byte[] {0, 0, 0, 0, 0, 0, 0, (byte) 0x80}, "{}".getBytes(UTF_8)),
          "its header would have 9223372036854775808 bytes, but at most 100000000 are allowed: this"
              + " is not a safetensors file, or it is damaged.");
    }

    @Test
    void allBitsSet() {
      assertRefused(
          length(-1),
          "its header would have 18446744073709551615 bytes, but at most 100000000 are allowed:"
              + " this is not a safetensors file, or it is damaged.");
    }

    @Test
    void moreThanTheFileHas() {
      assertRefused(
          concat(length(3), "{}".getBytes(UTF_8)),
          "its header should have 3 bytes, but only 2 follow: the download broke off; fetch the"
              + " file again.");
    }
  }

  @Nested
  class Json {
    @Test
    void doesNotBeginWithABrace() {
      assertRefused(
          bytes(" {}"),
          "the header begins with byte 0x20 and not with '{': this is not a safetensors file, or it"
              + " is damaged.");
    }

    @Test
    void syntaxError() {
      assertRefused(
          bytes("{\"a\" 1}"),
          "the header is not JSON at character 6: Unexpected character ('1' (code 49)): was"
              + " expecting a colon to separate property name and value. The file is damaged.");
    }

    @Test
    void endsInTheMiddle() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"F32\""),
          "the header ends in the middle of its JSON, at character 19: the file is damaged.");
    }

    @Test
    void padsWithZeros() {
      assertRefused(
          bytes("{}\0\0"),
          "the header is not JSON at character 3: Illegal character ((CTRL-CHAR, code 0)): only"
              + " regular white space (\\r, \\n, \\t) is allowed between tokens. The file is"
              + " damaged.");
    }

    @Test
    void goesOnAfterTheObject() {
      assertRefused(
          bytes("{} {}"),
          "the header goes on after the end of its JSON object, at character 4: the file is"
              + " damaged.");
    }

    @Test
    void isNotUtf8() {
      byte[] header = "{\"\u00ff\":{}}".getBytes(ISO_8859_1);
      assertRefused(
          concat(length(header.length), header),
          "the header is not text in UTF-8: the file is damaged.");
    }

    @Test
    void overlongUtf8() {
      byte[] header = "{\"\u00c0\u0080\":{}}".getBytes(ISO_8859_1);
      assertRefused(
          concat(length(header.length), header),
          "the header is not text in UTF-8: the file is damaged.");
    }

    @Test
    void nestedTooDeep() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":" + "[".repeat(100_000)),
          "tensor 'a' has a list inside 'shape': a header is not nested deeper than a list of whole"
              + " numbers: the header is damaged.");
    }

    @Test
    void aNameThatIsTooLong() {
      assertRefused(
          bytes("{\"" + "a".repeat(70_000) + "\":{}}"),
          "the header goes beyond what is allowed at character 70003: Name length (70000) exceeds"
              + " the maximum allowed (65536).");
    }
  }

  @Nested
  class Entries {
    @Test
    void twoTensorsWithOneName() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
               "\\u0061":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}\
              """,
              FOUR),
          "two tensors are called 'a', so it cannot be told which one is meant. Save the file again"
              + " with the tool that made it.");
    }

    @Test
    void halfACharacterInAName() {
      assertRefused(
          bytes("{\"a\\udc00\":{}}"),
          "the header is not JSON at character 9: Unexpected low surrogate in property name:"
              + " 0xdc00. The file is damaged.");
    }

    @Test
    void notAnObject() {
      assertRefused(
          bytes("{\"a\":[0,4]}", FOUR),
          "tensor 'a' is a list in the header, but an object was wanted: the header is damaged.");
    }

    @Test
    void unknownField() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offset\":[0,4]}}", FOUR),
          "tensor 'a' has the field 'data_offset', but only 'dtype', 'shape' and 'data_offsets' are"
              + " allowed: the header is damaged.");
    }

    @Test
    void fieldTwice() {
      assertRefused(
          bytes(
              "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}",
              FOUR),
          "tensor 'a' has 'dtype' twice: the header is damaged.");
    }

    @Test
    void withoutDtype() {
      assertRefused(
          bytes("{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has no 'dtype': the header is damaged.");
    }

    @Test
    void withoutShapeAndOffsets() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\"}}", FOUR),
          "tensor 'a' has no 'shape' and no 'data_offsets': the header is damaged.");
    }

    @Test
    void dtypeIsANumber() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":1,\"shape\":[4],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has a number as its 'dtype', but a text such as \"F16\" was wanted: the"
              + " header is damaged.");
    }

    @Test
    void dtypeIsEmpty() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"\",\"shape\":[4],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has the 'dtype' '', but a short name such as \"F16\" was wanted: the header"
              + " is damaged.");
    }

    @Test
    void shapeIsANumber() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":4,\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has a number as its 'shape', but a list of whole numbers was wanted: the"
              + " header is damaged.");
    }

    @Test
    void shapeHoldsAFraction() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4.0],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has a number with a fraction or an exponent in 'shape', but only whole"
              + " numbers are allowed there: the header is damaged.");
    }

    @Test
    void shapeIsNegative() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[-2,-2],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has the negative number -2 in 'shape': the header is damaged.");
    }

    @Test
    void dimensionOverflows() {
      assertRefused(
          bytes(
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}",
              FOUR),
          "tensor 'a' has the number 9223372036854775808 in 'shape', which is larger than 2^63 - 1:"
              + " the header is damaged.");
    }

    @Test
    void numberOfElementsOverflows() {
      assertRefused(
          bytes(
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}",
              FOUR),
          "tensor 'a' has the shape [4294967296, 4294967296], whose number of elements is larger"
              + " than 2^63 - 1: the header is damaged.");
    }

    @Test
    void numberOfBitsOverflows() {
      assertRefused(
          bytes(
              "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387905],\"data_offsets\":[0,4]}}",
              FOUR),
          "tensor 'a' of dtype F32 and shape [4611686018427387905] would take more than 2^63 bits:"
              + " the header is damaged.");
    }

    @Test
    void tooManyDimensions() {
      String ones = IntStream.range(0, 65).mapToObj(i -> "1").collect(Collectors.joining(","));
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + ones + "],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' has more than 64 numbers in 'shape': the header is damaged.");
    }

    @Test
    void oneOffset() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4]}}", FOUR),
          "tensor 'a' has 1 number in 'data_offsets', but 2 were wanted: the header is damaged.");
    }

    @Test
    void threeOffsets() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4,8]}}", FOUR),
          "tensor 'a' has more than 2 numbers in 'data_offsets': the header is damaged.");
    }

    @Test
    void offsetIsNegative() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[-4,0]}}", FOUR),
          "tensor 'a' has the negative number -4 in 'data_offsets': the header is damaged.");
    }

    @Test
    void aNameCannotCommandTheTerminal() {
      assertRefused(
          bytes("{\"a\\u001b[2J\":1}", FOUR),
          "tensor 'a\\u001b[2J' is a number in the header, but an object was wanted: the header is"
              + " damaged.");
    }
  }

  @Nested
  class Metadata {
    @Test
    void isNotAnObject() {
      assertRefused(
          bytes("{\"__metadata__\":null}"),
          "its '__metadata__' is null, but an object of texts was wanted: the file is damaged.");
    }

    @Test
    void holdsANumber() {
      assertRefused(
          bytes("{\"__metadata__\":{\"step\":7}}"),
          "its '__metadata__' has a number under 'step', but only texts are allowed there. Save the"
              + " file again with the tool that made it.");
    }

    @Test
    void hasAKeyTwice() {
      assertRefused(
          bytes("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}"),
          "its '__metadata__' has 'a' twice, so it cannot be told which one is meant.");
    }

    @Test
    void twice() {
      assertRefused(
          bytes("{\"__metadata__\":{},\"__metadata__\":{}}"),
          "its header has '__metadata__' twice: the file is damaged.");
    }

    @Test
    void holdsHalfACharacter() {
      assertRefused(
          bytes("{\"__metadata__\":{\"a\":\"\\udc00\"}}"),
          "its '__metadata__' holds half a character (an unpaired surrogate) under 'a': the file is"
              + " damaged.");
    }
  }

  @Nested
  class Ranges {
    @Test
    void shapeAndDtypeAgainstLength() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' of dtype F32 and shape [2] takes 8 bytes, but its offsets 0 to 4 hold 4: the"
              + " header is damaged.");
    }

    @Test
    void noDimensionsAreOneElement() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,0]}}"),
          "tensor 'a' of dtype F32 and shape [] takes 4 bytes, but its offsets 0 to 0 hold 0: the"
              + " header is damaged.");
    }

    @Test
    void elementsOfLessThanAByteMakeWholeBytes() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"F4\",\"shape\":[7],\"data_offsets\":[0,4]}}", FOUR),
          "tensor 'a' of dtype F4 and shape [7] would take 28 bits, which is not a whole number of"
              + " bytes: the header is damaged.");
    }

    @Test
    void beginBehindEnd() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}}", FOUR),
          "tensor 'a' begins at byte 4 of the data, behind its end at byte 0: the header is"
              + " damaged.");
    }

    @Test
    void beyondTheEndOfTheFile() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[2000],\"data_offsets\":[0,2000]}}", FOUR),
          "tensor 'a' ends at byte 2000 of the data, but the file has only 4 bytes of data. 2.00 kB"
              + " are missing: the download broke off; fetch the file again.");
    }

    @Test
    void aTruncatedFileNamesTheFirstTensorThatSuffers() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},
               "b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]},
               "c":{"dtype":"U8","shape":[4],"data_offsets":[6,10]},
               "d":{"dtype":"U8","shape":[4],"data_offsets":[10,14]}}\
              """,
              FOUR),
          "tensor 'b' ends at byte 6 of the data, but the file has only 4 bytes of data, and so do"
              + " 2 tensors after it. 10 bytes are missing: the download broke off; fetch the file"
              + " again.");
    }

    @Test
    void overlap() {
      assertRefused(
          bytes(
              """
              {"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]},
               "a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}\
              """,
              FOUR),
          "tensors 'a' (bytes 0 to 2 of the data) and 'b' (bytes 1 to 4 of the data) overlap: the"
              + " header is damaged.");
    }

    @Test
    void theSameRangeTwice() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
               "b":{"dtype":"I8","shape":[4],"data_offsets":[0,4]}}\
              """,
              FOUR),
          "tensors 'a' (bytes 0 to 4 of the data) and 'b' (bytes 0 to 4 of the data) overlap: the"
              + " header is damaged.");
    }

    @Test
    void anEmptyTensorInsideAnother() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},
               "b":{"dtype":"U8","shape":[0],"data_offsets":[2,2]}}\
              """,
              FOUR),
          "tensors 'a' (bytes 0 to 4 of the data) and 'b' (bytes 2 to 2 of the data) overlap: the"
              + " header is damaged.");
    }

    @Test
    void gap() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},
               "b":{"dtype":"U8","shape":[1],"data_offsets":[3,4]}}\
              """,
              FOUR),
          "the 2 bytes between tensor 'a' (bytes 0 to 1 of the data) and tensor 'b' (bytes 3 to 4"
              + " of the data) belong to no tensor, which the format forbids. Save the file again"
              + " with the tool that made it.");
    }

    @Test
    void gapBeforeTheFirst() {
      assertRefused(
          bytes("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}}", FOUR),
          "the 1 byte between the start of the data and tensor 'a' (bytes 1 to 4 of the data)"
              + " belong to no tensor, which the format forbids. Save the file again with the tool"
              + " that made it.");
    }

    @Test
    void bytesAfterTheLastTensor() {
      assertRefused(
          bytes(
              "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
              1,
              2,
              'P',
              'K',
              3,
              4),
          "goes on for 4 bytes after its last tensor 'a' (bytes 0 to 2 of the data): a safetensors"
              + " file ends there, and what follows is not looked at. Fetch the file again, or cut"
              + " it to 63 bytes.");
    }

    @Test
    void bytesWithoutATensor() {
      assertRefused(
          bytes("{}", FOUR),
          "goes on for 4 bytes after its header, which names no tensor: a safetensors file ends"
              + " there, and what follows is not looked at. Fetch the file again, or cut it to 10"
              + " bytes.");
    }

    @Test
    void everyProblemIsNamedAtOnce() {
      assertRefused(
          bytes(
              """
              {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1]},
               "b":{"dtype":"F16","shape":[1],"data_offsets":[1,2]},
               "c":{"dtype":"U8","shape":[1],"data_offsets":[3,2]}}\
              """,
              FOUR),
          """
          tensor 'a' of dtype F32 and shape [2] takes 8 bytes, but its offsets 0 to 1 hold 1: the header is damaged.
          tensor 'b' of dtype F16 and shape [1] takes 2 bytes, but its offsets 1 to 2 hold 1: the header is damaged.
          tensor 'c' begins at byte 3 of the data, behind its end at byte 2: the header is damaged.\
          """);
    }

    @Test
    void butNoMoreThanTen() {
      String entries =
          IntStream.range(0, 12)
              .mapToObj(i ->
                  "\"%02d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
                      .formatted(i, i, i + 1))
              .collect(Collectors.joining(","));
      String lines =
          IntStream.range(0, 10)
              .mapToObj(i ->
                  "tensor '%02d' of dtype F64 and shape [1] takes 8 bytes, but its offsets %d to %d hold 1: the header is damaged."
                      .formatted(i, i, i + 1))
              .collect(Collectors.joining("\n"));
      assertRefused(
          bytes("{" + entries + "}", new int[12]), lines + "\nhas 2 more problems of these kinds.");
    }
  }
}
