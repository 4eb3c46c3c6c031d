package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Nothing that Mokume says or reads depends on the user's language. German writes 0,35; Turkish
/// makes ı of I; Arabic and Hindi have digits of their own.
@ResourceLock(Resources.LOCALE)
class LocaleTest {
  private final Locale before = Locale.getDefault();

  @TempDir private Path folder;

  @AfterEach
  void restore() {
    Locale.setDefault(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"de-DE", "tr-TR", "ar-EG-u-nu-arab", "hi-IN-u-nu-deva"})
  void nothingDependsOnTheLanguage(String language) {
    Path a = TinyCheckpoint.stableDiffusion(1, 2).write(folder.resolve("a.safetensors"));
    Path b = TinyCheckpoint.stableDiffusion(3, 6).write(folder.resolve("b.safetensors"));
    List<List<Object>> commands =
        List.of(
            List.of("inspect", a, "--tensors"),
            List.of(
                "plan",
                "--method",
                "WEIGHTED-SUM",
                a,
                b,
                "--mbw",
                "BASE=0.125,in01=0.35",
                "--tensors"),
            List.of("plan", "--method", "linear", a, b, "--alpha", "0.35", "--json", "--tensors"),
            List.of(
                "merge",
                "--method",
                "dare",
                a,
                b,
                "--drop-rate",
                "1.5",
                "--iterations",
                "101",
                "--tile",
                "5",
                "-o",
                b),
            List.of(
                "merge",
                "--method",
                "weighted-sum",
                a,
                b,
                "--dtype",
                "INT8",
                "--mbw",
                "1,2,3",
                "-o",
                b),
            List.of("methods"),
            List.of("--help"));

    Locale.setDefault(Locale.ROOT);
    List<Run> expected = commands.stream().map(command -> Run.of(command.toArray())).toList();
    Locale.setDefault(Locale.forLanguageTag(language));

    assertThat(commands.stream().map(command -> Run.of(command.toArray()))).isEqualTo(expected);
  }
}
