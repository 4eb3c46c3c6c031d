package dev.mokume.cli;

import dev.mokume.checkpoint.ArrayFile;
import java.math.BigDecimal;
import java.util.Set;

/// What the command is going to need and Java sets up slowly, once a process: done by a second
/// processor while the first describes the command to picocli.
///
/// These are classes of Java alone. To set up ours from two threads could lock each other out.
final class HeadStart {
  /// The commands that read and write files of any size.
  private static final Set<String> MERGING = Set.of("merge", "bench", "run", "mergekit", "sweep");

  private HeadStart() {}

  static void of(String command) {
    if (Runtime.getRuntime().availableProcessors() > 1 && !command.equals("inspect")) {
      Thread.ofPlatform()
          .daemon()
          .name("mokume-head-start")
          .start(() -> {
            // First, as all of a merge waits for it.
            if (MERGING.contains(command)) {
              ArrayFile.prepare();
            }
            // The JSON parser has constants of this class, which computes powers of five first.
            boolean _ = BigDecimal.ONE.signum() > 0;
          });
    }
  }
}
