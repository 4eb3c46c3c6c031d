package dev.mokume.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/cli.md` ends with the help of every command. Run this test with `-Dmokume.write-docs=true`
/// to write it anew.
class CliPageTest {
  @Test
  void thePageHasTheHelpOfEveryCommand() throws IOException {
    new WrittenPage(Path.of("../docs/cli.md"), CliPageTest.class).requireEndsWith(reference());
  }

  private static String reference() {
    StringBuilder text = new StringBuilder();
    for (List<String> path : CommandContractTest.commands().toList()) {
      String name = path.isEmpty() ? "mokume" : "mokume " + String.join(" ", path);
      String help = Run.line((String.join(" ", path) + " --help").strip()).out();
      text.append("\n### ")
          .append(name)
          .append("\n\n```text\n")
          .append(help.stripTrailing())
          .append("\n```\n");
    }
    return text.toString();
  }
}
