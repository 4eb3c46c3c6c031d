package dev.mokume.cli;

import dev.mokume.plugin.MergeMethods;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `docs/methods.md` ends with what `mokume methods` says of every method. Run this test with
/// `-Dmokume.write-docs=true` to write it anew.
class MethodsPageTest {
  @Test
  void thePageHasEveryMethod() throws IOException {
    new WrittenPage(Path.of("../docs/methods.md"), MethodsPageTest.class)
        .requireEndsWith(reference());
  }

  private static String reference() {
    List<MethodGuide> guides = MethodsCommand.guides(MergeMethods.installed().own());
    StringBuilder text = new StringBuilder();
    for (String family : guides.stream().map(MethodGuide::family).distinct().toList()) {
      List<MethodGuide> own =
          guides.stream().filter(guide -> guide.family().equals(family)).toList();
      List<String> lines = new ArrayList<>();
      lines.add("\n**" + family + "**\n");
      lines.add("| `--method` | value | models | options and their defaults | source |");
      lines.add("|---|---|---|---|---|");
      own.forEach(guide -> lines.add(guide.markdown()));
      lines.add("\n```text");
      own.forEach(guide -> lines.add(guide.example()));
      lines.add("```");
      text.append(String.join("\n", lines)).append("\n");
    }
    return text.toString();
  }
}
