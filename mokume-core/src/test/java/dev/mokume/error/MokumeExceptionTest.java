package dev.mokume.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MokumeExceptionTest {
  @Test
  void carriesEveryProblemAndTheCategoryOfTheFirst() {
    Problem first = new Problem(ErrorCode.MISMATCHED_INPUTS, "a.safetensors: one thing.");
    Problem second = new Problem(ErrorCode.NO_SPACE, "b.safetensors: another.");
    MokumeException exception = new MokumeException(List.of(first, second));
    assertThat(exception).hasMessage("a.safetensors: one thing.\nb.safetensors: another.");
    assertThat(exception.code()).isEqualTo(ErrorCode.MISMATCHED_INPUTS);
    assertThat(exception.problems()).containsExactly(first, second);
  }

  @Test
  void keepsItsCause() {
    Exception cause = new java.io.IOException("disk on fire");
    assertThat(new MokumeException(ErrorCode.IO_FAILED, "a: reading failed.", cause))
        .hasCause(cause);
  }

  @Test
  void aProblemNeedsAMessage() {
    assertThatThrownBy(() -> new Problem(ErrorCode.IO_FAILED, " "))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a problem needs a message");
  }
}
