package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mokume.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A small file system of our own, which only a user who may mount can have.
class FullDiskTest {
  @TempDir private Path folder;

  @Test
  void aFullDiskIsToldBeforeAnythingIsWritten() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    assumeThat(execute("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk))
        .as("the right to mount")
        .isZero();
    try {
      float[] many = new float[100_000];
      Path a =
          new TinyCheckpoint().with(TinyCheckpoint.IN, many).write(folder.resolve("a.safetensors"));
      Path b =
          new TinyCheckpoint().with(TinyCheckpoint.IN, many).write(folder.resolve("b.safetensors"));
      Run run =
          Run.of("merge", "--method", "weighted-sum", a, b, "-o", disk.resolve("out.safetensors"));

      assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.NO_SPACE));
      assertThat(run.err()).startsWith("mokume: " + disk.resolve("out.safetensors") + ": ");
      try (Stream<Path> left = Files.list(disk)) {
        assertThat(left).isEmpty();
      }
    } finally {
      execute("umount", disk);
    }
  }

  private static int execute(Object... words) throws IOException, InterruptedException {
    String[] command = Stream.of(words).map(Object::toString).toArray(String[]::new);
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
