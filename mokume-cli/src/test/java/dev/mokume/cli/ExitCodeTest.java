package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ExitCodeTest {
  @Test
  void everyCategoryHasItsOwnAndNoneIsThatOfASignal() {
    assertThat(Arrays.stream(ErrorCode.values()).map(ExitCode::of))
        .doesNotHaveDuplicates()
        .allSatisfy(code -> assertThat(code).isBetween(3, 63));
    assertThat(ExitCode.of(ErrorCode.MALFORMED_CHECKPOINT)).isEqualTo(4);
  }

  @Test
  void thePageTellsThemAll() throws IOException {
    Stream<String> rows =
        Files.readString(Path.of("../docs/exit-codes.md"))
            .lines()
            .filter(line -> line.startsWith("| "));

    assertThat(rows.map(row -> row.split(" \\| ")[0].substring(2) + " " + row.split(" \\| ")[1]))
        .containsAll(
            Arrays.stream(ErrorCode.values())
                .map(code -> ExitCode.of(code) + " `" + code.name() + "`")
                .toList());
  }
}
