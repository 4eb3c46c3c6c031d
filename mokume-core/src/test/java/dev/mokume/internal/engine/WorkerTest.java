package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WorkerTest {
  @Test
  void workThatNobodyWantsAnyMoreEnds() {
    AtomicBoolean cancelled = new AtomicBoolean();
    Worker worker =
        new Worker(0, Kernels.scalar(), () -> MemorySegment.NULL, cancelled::get, _ -> {});

    assertThatCode(worker::requireWanted).doesNotThrowAnyException();
    cancelled.set(true);
    assertThatThrownBy(worker::requireWanted)
        .hasMessage("the merge was cancelled; nothing was written.");
  }
}
