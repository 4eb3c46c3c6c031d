package dev.mokume.internal.pickle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever happens to the bytes of a file, the answer is tensors that can be read, or a problem
/// told to a person: nothing else, and nothing that takes much memory.
class FileMutationTest {
  private static final int ROUNDS = 3_000;

  /// A tensor that was made larger than this by chance is not read.
  private static final long MOST_READ = 1 << 20;

  @ParameterizedTest
  @CsvSource({
    "plain-zip.pt, 1",
    "numpy-inside.ckpt, 2",
    "legacy.pt, 3",
    "lightning.ckpt, 4",
    "hostile-reduce.ckpt, 5",
    "hostile-plain.pkl, 6"
  })
  void anyMutationIsSoundOrRefused(String name, long seed) {
    Random random = new Random(seed);
    byte[] valid = TorchFiles.bytes(name);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      try (Checkpoint checkpoint = TorchFiles.open("mutated", mutate(valid, random))) {
        checkpoint.tensors().values().forEach(FileMutationTest::assertReadable);
      } catch (MokumeException e) {
        assertThat(e.problems()).isNotEmpty().allSatisfy(FileMutationTest::assertReadable);
        refused++;
      }
    }
    assertThat(refused).as("some mutations do harm").isPositive();
  }

  private static void assertReadable(StoredTensor tensor) {
    assertThat(tensor.length() * 8)
        .isEqualTo(tensor.spec().elementCount() * tensor.spec().dtype().bits());
    if (tensor.length() <= MOST_READ) {
      assertThat(TorchFiles.read(tensor)).hasSize((int) tensor.length());
    }
  }

  private static void assertReadable(Problem problem) {
    assertThat(problem.message()).startsWith("mutated: ").endsWith(".").hasSizeLessThan(3_000);
    assertThat(problem.message().chars()).noneMatch(Character::isISOControl);
  }

  /// Mostly in the pickle, which lies at the start of each of the files.
  private static byte[] mutate(byte[] valid, Random random) {
    byte[] mutated = valid.clone();
    int reach = random.nextInt(4) == 0 ? mutated.length : Math.min(mutated.length, 1_800);
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      int place = random.nextInt(reach);
      int other = random.nextInt(reach);
      int length = 1 + random.nextInt(Math.min(12, reach - Math.max(place, other)));
      switch (random.nextInt(5)) {
        case 0 -> mutated[place] = (byte) random.nextInt(256);
        case 1 -> mutated[place] ^= (byte) (1 << random.nextInt(8));
        case 2 -> System.arraycopy(mutated, other, mutated, place, length);
        case 3 ->
            Arrays.fill(mutated, place, place + length, (byte) (random.nextBoolean() ? 0 : -1));
        default ->
            mutated[place] = (byte) "(0tQRcbu}])\u0085\u0086\u0087.hqXK".charAt(random.nextInt(19));
      }
    }
    return random.nextInt(10) == 0
        ? Arrays.copyOf(mutated, random.nextInt(mutated.length))
        : mutated;
  }
}
