package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A page of the docs that ends with what a test writes. Run the test with
/// `-Dmokume.write-docs=true` to write it anew.
record WrittenPage(Path file, Class<?> test) {
  /// Asserts that the page has `reference` behind the mark that names the test.
  void requireEndsWith(String reference) throws IOException {
    String mark = "<!-- From here on written by " + test.getSimpleName() + ". -->\n";
    String page = Files.readString(file);
    assertThat(page).contains(mark);
    String expected = page.substring(0, page.indexOf(mark) + mark.length()) + reference;
    if (Boolean.getBoolean("mokume.write-docs")) {
      Files.writeString(file, expected);
    }

    assertThat(file).hasContent(expected);
  }
}
