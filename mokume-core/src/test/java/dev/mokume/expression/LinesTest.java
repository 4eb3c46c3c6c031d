package dev.mokume.expression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.tensor.DType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How elements lie in lines, here those of a 2 x 3 matrix.
class LinesTest {
  private static List<Integer> of(Lines lines) {
    return IntStream.range(0, 6).mapToObj(lines::of).toList();
  }

  @Test
  void aRowIsWhatLiesAlongTheLastDimension() {
    assertThat(of(Lines.rows(6, 3))).containsExactly(0, 0, 0, 1, 1, 1);
  }

  @Test
  void aColumnIsWhatLiesAlongTheFirstDimension() {
    assertThat(of(Lines.columns(6, 2))).containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void theWholeIsOneLine() {
    assertThat(of(Lines.whole(6))).containsOnly(0);
  }

  @Test
  void linesHoldSomething() {
    assertThatThrownBy(() -> new Lines(0, 3, 1)).hasMessage("lines of 1 x 0 x 3 hold nothing");
  }

  @Test
  void aStatisticIsOverAllElements() {
    MemorySource file = new MemorySource("file", new byte[64]);
    Elements six = new Elements.Stored(file.tensor("a", DType.F32, 0, 6));
    assertThatThrownBy(() -> new PerLine.Statistic(PerLine.Reduction.SUM, six, Lines.rows(4, 2)))
        .hasMessage("Lines[count=2, inner=2, repeats=1] are not lines of 6 elements");
  }

  @Test
  void numbersOfLinesAreKnownAPassLater() {
    MemorySource file = new MemorySource("file", new byte[64]);
    Elements six = new Elements.Stored(file.tensor("a", DType.F32, 0, 6));
    PerLine sums = new PerLine.Statistic(PerLine.Reduction.SUM, six, Lines.rows(6, 3));
    Survey survey = new Survey(6);
    assertThat(survey.visit(new Elements.OfLine(sums))).isEqualTo(1);
    assertThat(survey.visit(new PerLine.Computed(Function.SQUARE_ROOT, List.of(sums))))
        .isEqualTo(1);
    assertThat(survey.inputs()).hasSize(1);
  }
}
