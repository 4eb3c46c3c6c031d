package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ChannelSumsTest {
  private static double[] sums(int channels, int inner, float... x) {
    ChannelSums sums = new ChannelSums(new ChannelNorms(channels, inner), x.length);
    Workspace worker = new Workspace(Kernels.scalar(), 0);
    for (int from = 0; from < x.length; from += Block.ELEMENTS) {
      int to = Math.min(x.length, from + Block.ELEMENTS);
      worker.values = new float[][] {Arrays.copyOfRange(x, from, to)};
      worker.at(from, 0, to - from);
      sums.add(worker, 0, 0);
    }
    sums.finish();
    return sums.sums();
  }

  @Test
  void squaresAreAddedOverTheChannels() {
    // Two channels of three: (1 2 3) and (4 5 6).
    assertThat(sums(2, 3, 1, 2, 3, 4, 5, 6)).containsExactly(1 + 16, 4 + 25, 9 + 36);
  }

  @Test
  void everyOuterIndexHasItsOwn() {
    // Two outer indices, two channels, one inner: (1 2), (3 4).
    assertThat(sums(2, 1, 1, 2, 3, 4)).containsExactly(5, 25);
    assertThat(sums(1, 2, 1, 2, 3, 4)).containsExactly(1, 4, 9, 16);
  }

  @Test
  void sumsGoOnOverBlocks() {
    float[] ones = new float[3 * 5000];
    Arrays.fill(ones, 1);
    assertThat(sums(3, 5000, ones)).hasSize(5000).containsOnly(3);
    assertThat(sums(5000, 3, ones)).containsExactly(5000, 5000, 5000);
  }
}
