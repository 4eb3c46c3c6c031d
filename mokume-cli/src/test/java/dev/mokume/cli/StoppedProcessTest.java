package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real processes that get real signals in the middle of a merge.
class StoppedProcessTest {
  /// Long enough that a merge of two is still at work when the signal comes; the files themselves
  /// have holes only.
  private static final long BYTES = 1L << 30;

  private static final long PATIENCE_SECONDS = 60;

  @TempDir private Path folder;

  @Test
  void sigtermLeavesNothingBehindAndEndsWith143() throws Exception {
    Process merge = start("merge", "--method", "weighted-sum", model("a"), model("b"), "-o", out());
    awaitTemporaryFile(merge);
    merge.destroy();

    assertStopped(merge, 143);
  }

  @Test
  void sigintLeavesNothingBehindAndEndsWith130() throws Exception {
    assumeThat(sigintReachesChildren()).as("a test run that does not ignore SIGINT").isTrue();
    Process merge = start("merge", "--method", "weighted-sum", model("a"), model("b"), "-o", out());
    awaitTemporaryFile(merge);
    new ProcessBuilder("kill", "-INT", String.valueOf(merge.pid())).inheritIO().start().waitFor();

    assertStopped(merge, 130);
  }

  @Test
  void anExistingOutputStaysAsItWas() throws Exception {
    Files.writeString(folder.resolve("out.safetensors"), "precious");
    Process merge =
        start("merge", "--method", "weighted-sum", model("a"), model("b"), "-o", out(), "--force");
    awaitTemporaryFile(merge);
    merge.destroy();

    assertThat(merge.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(folder.resolve("out.safetensors")).hasContent("precious");
    assertThat(temporaryFiles()).isEmpty();
  }

  private void assertStopped(Process merge, int code) throws Exception {
    assertThat(merge.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    assertThat(merge.exitValue()).isEqualTo(code);
    assertThat(temporaryFiles()).isEmpty();
    assertThat(folder.resolve("out.safetensors")).doesNotExist();
    assertThat(
            Files.readString(folder.resolve("err"))
                .lines()
                .filter(line -> line.startsWith("mokume:")))
        .hasSize(1);
  }

  private String out() {
    return folder.resolve("out.safetensors").toString();
  }

  private String model(String name) throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    String header =
        "{\"model.diffusion_model.input_blocks.1.0.in_layers.2.weight\":{\"dtype\":\"F16\",\"shape\":["
            + BYTES / 2
            + "],\"data_offsets\":[0,"
            + BYTES
            + "]}}";
    try (RandomAccessFile holes = new RandomAccessFile(file.toFile(), "rw")) {
      holes.writeLong(Long.reverseBytes(header.length()));
      holes.write(header.getBytes(StandardCharsets.UTF_8));
      holes.setLength(8 + header.length() + BYTES);
    }
    return file.toString();
  }

  private Process start(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-Xmx96m",
            "--add-modules",
            "jdk.incubator.vector",
            "-cp",
            classPath()));
    command.add(Main.class.getName());
    command.addAll(List.of(arguments));
    command.add("--no-fingerprints");
    return new ProcessBuilder(command)
        .redirectOutput(folder.resolve("stdout").toFile())
        .redirectError(folder.resolve("err").toFile())
        .start();
  }

  /// The tests may run with modules; their children do not.
  private static String classPath() {
    String modules = System.getProperty("jdk.module.path", "");
    return modules + File.pathSeparator + System.getProperty("java.class.path", "");
  }

  private void awaitTemporaryFile(Process merge) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (temporaryFiles().isEmpty()) {
      assertThat(merge.isAlive()).as(Files.readString(folder.resolve("err"))).isTrue();
      assertThat(System.nanoTime()).as("the merge never began to write").isLessThan(deadline);
      Thread.sleep(2);
    }
  }

  private List<Path> temporaryFiles() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".tmp")).toList();
    }
  }

  /// A shell starts background jobs with SIGINT ignored, and their children inherit that.
  private static boolean sigintReachesChildren() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return true;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("SigIgn:"))
          .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
          .noneMatch(ignored -> (ignored & 0b10) != 0);
    }
  }
}
