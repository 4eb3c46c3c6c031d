package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/cli.md` ends with the help of every command. Run this test with `-Dmokume.write-docs=true`
/// to write it anew.
class CliPageTest {
  private static final Path PAGE = Path.of("../docs/cli.md");
  private static final String MARK = "<!-- From here on written by CliPageTest. -->\n";

  @Test
  void thePageHasTheHelpOfEveryCommand() throws IOException {
    String page = Files.readString(PAGE);
    String expected = page.substring(0, page.indexOf(MARK) + MARK.length()) + reference();
    if (Boolean.getBoolean("mokume.write-docs")) {
      Files.writeString(PAGE, expected);
    }

    assertThat(PAGE).hasContent(expected);
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
