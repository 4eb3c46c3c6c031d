package dev.mokume.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Which tensors of several outputs are worked on together.
class TensorWorkTest {
  private final MemorySource file = new MemorySource("file", new byte[64]);
  private final StoredTensor a = file.tensor("a", DType.F16, 0, 4);
  private final StoredTensor b = file.tensor("b", DType.F16, 8, 4);
  private final StoredTensor c = file.tensor("c", DType.F16, 16, 4);

  /// Something that is written to an output, of as many elements as its inputs have.
  private static TensorWork work(int output, String name, int passes, StoredTensor... inputs) {
    List<ByteRange> reads = Stream.of(inputs).map(StoredTensor::range).toList();
    long count = inputs[0].spec().elementCount();
    Write write = new Write.Copy(output, 0, inputs[0]);
    return new TensorWork(new TensorTask(name, count, List.of(write), List.of()), reads, passes);
  }

  private static List<String> names(List<TensorWork> works) {
    return works.stream().map(work -> work.task().tensor()).toList();
  }

  @Test
  void whatReadsTheSameBytesIsOneTask() {
    TensorWork first = work(0, "t", 1, a, b);
    TensorWork second = work(1, "bare.t", 3, b.named("bare.b"), c);

    List<TensorWork> joined = TensorWork.joined(List.of(first, second));

    assertThat(joined)
        .containsExactly(
            new TensorWork(
                new TensorTask(
                    "t",
                    4,
                    List.of(first.task().writes().getFirst(), second.task().writes().getFirst()),
                    List.of()),
                List.of(a.range(), b.range(), c.range()),
                3));
    assertThat(joined.getFirst().readBytes()).isEqualTo(24);
  }

  @Test
  void aThirdMayJoinTwoThatHaveNothingInCommon() {
    List<TensorWork> joined =
        TensorWork.joined(
            List.of(work(0, "first", 1, a), work(1, "second", 1, c), work(2, "third", 1, a, b, c)));

    assertThat(names(joined)).containsExactly("first");
    assertThat(joined.getFirst().task().writes()).extracting(Write::sink).containsExactly(0, 1, 2);
  }

  @Test
  void theRestStaysAsItIsInItsOrder() {
    List<TensorWork> joined =
        TensorWork.joined(
            List.of(
                work(0, "a", 1, a), work(0, "b", 1, b), work(1, "c", 1, c), work(1, "b", 1, b)));

    assertThat(names(joined)).containsExactly("a", "b", "c");
  }

  /// A row of what another output has whole: its elements are not those of the other.
  @Test
  void tensorsOfAnotherSizeAreWorkedOnByThemselves() {
    StoredTensor half = file.tensor("half", DType.F16, 0, 2);

    assertThat(TensorWork.joined(List.of(work(0, "a", 1, a), work(1, "half", 1, half)))).hasSize(2);
  }

  @Test
  void whatIsEmptyHasNothingInCommon() {
    StoredTensor empty = file.tensor("empty", DType.F16, 0, 0);

    assertThat(TensorWork.joined(List.of(work(0, "one", 1, empty), work(1, "two", 1, empty))))
        .hasSize(2);
  }
}
