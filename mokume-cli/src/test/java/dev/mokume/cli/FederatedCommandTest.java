package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.mokume.error.ErrorCode;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FederatedCommandTest {
  private static final int CLIENTS = 1_000;

  @TempDir private Path folder;

  private Path client(String name, float... values) {
    return new TinyCheckpoint().with("w", values).write(folder.resolve(name + ".safetensors"));
  }

  private Path out() {
    return folder.resolve("out").resolve("global.safetensors");
  }

  private float[] merged(Object... arguments) throws Exception {
    Files.createDirectories(folder.resolve("out"));
    List<Object> all = new ArrayList<>(List.of("federated", "-o", out(), "--force"));
    all.addAll(List.of(arguments));
    Run run = Run.of(all.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    return TinyCheckpoint.read(out(), "w");
  }

  @Test
  void examplesOfAListWeighTheMean() throws Exception {
    client("a", 1, 2);
    client("b", 5, -2);
    Path list =
        Files.writeString(folder.resolve("round.csv"), "a.safetensors,30\nb.safetensors,10");
    assertThat(merged(list)).containsExactly(2, 1);
  }

  @Test
  void medianAndTrimmedMeanAreElementByElement() throws Exception {
    client("a", 1, 9);
    client("b", 2, 8);
    client("c", 300, 7);
    assertThat(merged(folder, "--method", "median")).containsExactly(2, 8);
    assertThat(merged(folder, "--method", "trimmed-mean", "--trim", "0.4")).containsExactly(2, 8);
  }

  @Test
  void clientsThatCannotTakePartAreSkippedAloud() throws Exception {
    client("a", 1, 2);
    Path bad = client("b", 1, Float.POSITIVE_INFINITY);
    Files.createDirectories(folder.resolve("out"));

    Run refused = Run.of("federated", folder, "-o", out());
    assertThat(refused.code()).isEqualTo(ExitCode.of(ErrorCode.MISMATCHED_INPUTS));
    assertThat(refused.err())
        .contains("  - 1 of 2 clients cannot take part. Repair them or leave them out;")
        .contains("  - " + bad + ": tensor 'w' holds NaN or infinite values.");

    Run skipped = Run.of("federated", folder, "-o", out(), "--bad-clients", "skip");
    assertThat(skipped.code()).isZero();
    assertThat(skipped.err())
        .contains("warning: skipped " + bad + ": tensor 'w' holds NaN or infinite values.\n");
    assertThat(TinyCheckpoint.read(out(), "w")).containsExactly(1, 2);
  }

  @Test
  void aFileInTheWayIsToldBeforeClientsAreRead() throws Exception {
    Path bad = client("b", 1, Float.POSITIVE_INFINITY);
    Path there = client("there", 1, 2);

    Run run = Run.of("federated", bad, "-o", there);

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(run.err())
        .isEqualTo(
            "mokume: "
                + there
                + ": exists already; choose another name, or allow it to be replaced with"
                + " --force.\n");
  }

  @Test
  void anOutputThatIsAClientIsToldBeforeClientsAreRead() throws Exception {
    Path bad = client("b", 1, Float.POSITIVE_INFINITY);
    Path there = client("there", 1, 2);

    Run run = Run.of("federated", bad, there, "-o", there, "--force");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(run.err())
        .isEqualTo(
            "mokume: "
                + there
                + ": is the same file as the input "
                + there
                + ", and an input is never written over; choose another name for the output.\n");
  }

  @Test
  void anIndexInTheWayIsToldBeforeClientsAreRead() throws Exception {
    Path bad = client("b", 1, Float.POSITIVE_INFINITY);
    Path index = Files.writeString(folder.resolve("there.safetensors.index.json"), "{}");

    Run run =
        Run.of("federated", bad, "-o", folder.resolve("there.safetensors"), "--max-shard", "1GB");

    assertThat(run.code()).isEqualTo(ExitCode.of(ErrorCode.UNWRITABLE_OUTPUT));
    assertThat(run.err())
        .isEqualTo(
            "mokume: "
                + index
                + ": exists already; choose another name, or allow it to be replaced with"
                + " --force.\n");
  }

  @Test
  void whatAClientChangedIsClipped() throws Exception {
    Path base = client("base", 0, 0);
    Path far = client("far", 3, 4);
    Files.createDirectories(folder.resolve("out"));
    Run run = Run.of("federated", far, "--base", base, "--clip", "2.5", "-o", out());
    assertThat(run.code()).isZero();
    assertThat(run.err())
        .contains("note: 1 of 1 client changed more than --clip allows, and count scaled down.");
    assertThat(TinyCheckpoint.read(out(), "w")).containsExactly(1.5f, 2);
  }

  @Test
  void wrongOptionsAreToldTogether() {
    Run run =
        Run.of(
            "federated",
            client("a", 1),
            "-o",
            out(),
            "--trim",
            "0.5",
            "--clip",
            "1",
            "--bad-clients",
            "forget");
    assertThat(run.err())
        .contains("--trim must be from 0 to less than 0.5 but was 0.5.")
        .contains("--trim belongs to --method trimmed-mean.")
        .contains("--clip needs the model that the clients trained from: --base FILE.")
        .contains("--bad-clients: there is no 'forget'. Choose from refuse, skip.");
  }

  @Test
  void aThousandClientsAreMergedWhereOnly128FilesMayBeOpen() throws Exception {
    assumeThat(Files.isExecutable(Path.of("/bin/sh"))).as("a shell").isTrue();
    Path round = Files.createDirectory(folder.resolve("round"));
    StringBuilder list = new StringBuilder("file,examples\n");
    for (int i = 0; i < CLIENTS; i++) {
      String name = "client%04d.safetensors".formatted(i);
      new TinyCheckpoint()
          .with("w", i, -i, 1)
          .with("v", List.of(2, 2), i % 2, 0.5f, i % 4, 1e-3f * i)
          .write(round.resolve(name));
      list.append(name).append(',').append(1 + i % 4).append('\n');
    }
    Files.writeString(round.resolve("round.csv"), list);
    Files.createDirectories(folder.resolve("out"));

    for (String method : List.of("mean", "median", "trimmed-mean")) {
      assertThat(run128(round.resolve("round.csv"), method)).as(log()).isZero();
      if (method.equals("mean")) {
        // Four clients from 4k on have 10 examples and 40k + 20 of weight times value: 1,250,000
        // for
        // all 2,500 examples.
        assertThat(TinyCheckpoint.read(out(), "w")).containsExactly(500, -500, 1);
        assertThat(TinyCheckpoint.read(out(), "v")[0]).isEqualTo(0.6f);
      } else {
        assertThat(TinyCheckpoint.read(out(), "w")).containsExactly(499.5f, -499.5f, 1);
        assertThat(TinyCheckpoint.read(out(), "v")[2]).isEqualTo(1.5f);
      }
    }
  }

  private int run128(Path clients, String method) throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return new ProcessBuilder(
            "/bin/sh",
            "-c",
            "ulimit -n 128 && exec \"$@\"",
            "sh",
            java,
            "-Xmx192m",
            "--add-modules",
            "jdk.incubator.vector",
            "-cp",
            System.getProperty("jdk.module.path", "")
                + File.pathSeparator
                + System.getProperty("java.class.path", ""),
            Main.class.getName(),
            "federated",
            clients.toString(),
            "-o",
            out().toString(),
            "--force",
            "--method",
            method)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("log").toFile())
        .start()
        .waitFor();
  }

  private String log() throws Exception {
    return Files.readString(folder.resolve("log"));
  }
}
