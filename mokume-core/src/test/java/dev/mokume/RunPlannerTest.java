package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.PreparedRun;
import dev.mokume.plan.RunPlanner;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who closes the files of outputs that are planned a few at a time.
class RunPlannerTest {
  @TempDir Path folder;

  private List<MergeOutput> outputs = List.of();

  @BeforeEach
  void output() {
    SmallMerge merge = new SmallMerge(folder).model("a", new SmallCheckpoint().with("w", 1, 2));
    outputs =
        List.of(
            new MergeOutput(
                merge.recipe(SmallMerge.only(Component.OTHER, SmallMerge.A)), merge.output()));
  }

  /// The length of its header.
  private static long read(ByteSource source) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment into = arena.allocate(ValueLayout.JAVA_LONG);
      source.read(0, into);
      return into.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  private void assertClosed(ByteSource source) {
    assertThatThrownBy(() -> read(source))
        .hasMessage(folder.resolve("a.safetensors") + ": is closed");
  }

  @Test
  void aRunTakesOverTheFiles() {
    RunPlanner planner = new RunPlanner(false);
    PreparedRun run;
    try (planner) {
      planner.add(outputs);
      run = planner.run();
    }
    ByteSource source = run.sources().iterator().next();
    assertThat(read(source)).isPositive();
    assertThatThrownBy(() -> planner.add(outputs)).hasMessage("a run has taken over the files");
    run.close();
    assertClosed(source);
  }

  @Test
  void withoutARunTheFilesAreClosed() {
    ByteSource source;
    try (RunPlanner planner = new RunPlanner(false)) {
      source = planner.add(outputs).getFirst().inputs().sources().iterator().next();
      assertThat(read(source)).isPositive();
    }
    assertClosed(source);
  }
}
