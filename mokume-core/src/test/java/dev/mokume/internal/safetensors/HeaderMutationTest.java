package dev.mokume.internal.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever happens to a header, the answer is a sound checkpoint or a problem told to a person:
/// nothing else, and nothing that takes much memory.
class HeaderMutationTest {
  private static final String HEADER =
      """
      {"__metadata__":{"format":"pt","title":"T\\u00fcr \\ud83d\\ude00"},
       "a.weight":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},
       "b.weight":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},
       "c.empty":{"dtype":"I64","shape":[0],"data_offsets":[16,16]},
       "d.scalar":{"dtype":"U8","shape":[],"data_offsets":[16,17]},
       "e.packed":{"dtype":"F4","shape":[2,1],"data_offsets":[17,18]},
       "f.unknown":{"dtype":"Q3_K","shape":[9],"data_offsets":[18,20]}}\
      """
          + "   ";

  private static final String[] FRAGMENTS = {
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "0",
    "-1",
    "9223372036854775807",
    "18446744073709551616",
    "1e9",
    "null",
    "\\u0000",
    "\\ud800",
    "\\",
    "\"a.weight\"",
    "\"dtype\"",
    "__metadata__",
    "[0,8]",
    "F64",
    "[[",
    "{{",
    "\u0000",
    "\u00ff",
    " ",
  };

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyMutationIsSoundOrRefused(long seed) {
    Random random = new Random(seed);
    byte[] valid = Safetensors.bytes(HEADER, new int[20]);
    int sound = 0;
    for (int round = 0; round < 4_000; round++) {
      byte[] file = mutate(valid, random);
      try (Checkpoint checkpoint = new SafetensorsFormat().open(new Bytes(file))) {
        assertSound(checkpoint, file);
        sound++;
      } catch (MokumeException e) {
        assertThat(e.problems()).isNotEmpty().allSatisfy(HeaderMutationTest::assertReadable);
      }
    }
    assertThat(sound).as("some mutations do no harm").isPositive();
  }

  private static void assertReadable(Problem problem) {
    assertThat(problem.message()).startsWith("mutated: ").endsWith(".").hasSizeLessThan(2_000);
    assertThat(problem.message().chars()).noneMatch(Character::isISOControl);
  }

  /// Every byte behind the header belongs to exactly one tensor.
  private static void assertSound(Checkpoint checkpoint, byte[] file) {
    long headerLength = MemorySegment.ofArray(file).get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    long end = 8 + headerLength;
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      assertThat(tensor.offset()).isEqualTo(end);
      int bits = tensor.spec().dtype().bits();
      if (bits > 0) {
        assertThat(tensor.length() * 8).isEqualTo(tensor.spec().elementCount() * bits);
      }
      end += tensor.length();
    }
    assertThat(end).isEqualTo(file.length);
  }

  private static byte[] mutate(byte[] valid, Random random) {
    StringBuilder text = new StringBuilder(new String(valid, StandardCharsets.ISO_8859_1));
    int changes = 1 + random.nextInt(3);
    for (int i = 0; i < changes; i++) {
      int place = random.nextInt(8, text.length());
      int length = Math.min(random.nextInt(1, 9), text.length() - place);
      switch (random.nextInt(6)) {
        case 0 -> text.setCharAt(place, (char) random.nextInt(256));
        case 1 -> text.delete(place, place + length);
        case 2 -> text.insert(place, text.substring(place, place + length));
        case 3 -> text.insert(place, FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        case 4 -> text.replace(place, place + length, FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        default -> text.setCharAt(random.nextInt(8), (char) random.nextInt(256));
      }
    }
    byte[] mutated = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    if (random.nextInt(4) > 0) {
      // Mostly the length fits again, so that the change reaches the parser.
      int headerLength = Math.max(0, mutated.length - 8 - 20);
      System.arraycopy(
          Safetensors.length(headerLength), 0, mutated, 0, Math.min(8, mutated.length));
    }
    return mutated;
  }

  /// A file in memory.
  private record Bytes(byte[] bytes) implements ByteSource {
    @Override
    public String name() {
      return "mutated";
    }

    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void read(long offset, MemorySegment into) {
      MemorySegment.copy(
          bytes, Math.toIntExact(offset), into, ValueLayout.JAVA_BYTE, 0, (int) into.byteSize());
    }

    @Override
    public void verifyUnchanged() {}

    @Override
    public void close() {}
  }
}
