package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/// What every command keeps.
class CommandContractTest {
  static Stream<List<String>> commands() {
    List<List<String>> paths = new ArrayList<>();
    Session session =
        Run.session(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
    collect(Cli.commandLine(session), List.of(), paths);
    return paths.stream();
  }

  private static void collect(CommandLine command, List<String> path, List<List<String>> paths) {
    paths.add(path);
    command
        .getSubcommands()
        .forEach((name, child) -> {
          List<String> longer = new ArrayList<>(path);
          longer.add(name);
          collect(child, longer, paths);
        });
  }

  private static Run run(List<String> path, String... more) {
    List<Object> arguments = new ArrayList<>(path);
    arguments.addAll(Arrays.asList(more));
    return Run.of(arguments.toArray());
  }

  private static String name(List<String> path) {
    return path.isEmpty() ? "mokume" : "mokume " + String.join(" ", path);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void explainsItselfWithAnExample(List<String> path) {
    Run help = run(path, "--help");

    assertThat(help.code()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .contains("Usage: " + name(path))
        .containsPattern("Examples?[:,]")
        .containsPattern("  .*mokume ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void helpFitsTheScreen(List<String> path) {
    assertThat(run(path, "--help").out().lines())
        .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(100));
  }

  /// What picocli wraps begins at the margin, and would be two commands to a shell.
  @ParameterizedTest
  @MethodSource("commands")
  void examplesRunAsTheyStandThere(List<String> path) {
    List<String> examples =
        run(path, "--help")
            .out()
            .lines()
            .dropWhile(line -> !line.startsWith("Example"))
            .takeWhile(line -> !line.isEmpty())
            .toList();

    assertThat(examples.stream().skip(1)).allSatisfy(line -> assertThat(line).startsWith("  "));
    for (int i = 1; i < examples.size(); i++) {
      assertThat(examples.get(i).startsWith("      "))
          .as(examples.get(i))
          .isEqualTo(examples.get(i - 1).endsWith("\\"));
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void offersTheNearestToAnUnknownOption(List<String> path) {
    Run run = run(path, "--hepl");

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .isEqualTo(
            name(path)
                + ": there is no option '--hepl'; did you mean '--help'?\nTry '"
                + name(path)
                + " --help'.\n");
  }

  /// Whatever a command cannot do without.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "merge --method lerp a b",
        "merge a b -o out",
        "plan a b",
        "sweep --method lerp a b --vary alpha=0,1",
        "sweep --method lerp a b -o out",
        "sweep a b --vary alpha=0,1 -o out",
        "convert a",
        "run",
        "mergekit-extract-lora --model a --base-model b",
        "mask constant a",
        "mask magnitude a b --threshold 0.5",
        "mask magnitude a b -o out",
        "mask edit a -o out",
        "federated a b",
        "lora apply a b",
        "lora apply a -o out",
        "lora extract a b",
        "lora resize a -o out",
        "lora resize a --rank 4",
        "lora merge a b",
        "lora",
        "synth --layout sd15",
        "synth -o out",
        "diff a",
        "tokenizer union",
        "inspect",
      })
  void aMissingArgumentIsAnErrorOfUsage(String line) {
    Run run = Run.line(line);

    assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("mokume " + line.split(" ")[0]).contains("\nTry 'mokume ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void describesEveryOption(List<String> path) {
    Session session =
        Run.session(new PrintWriter(new StringWriter()), new PrintWriter(new StringWriter()));
    CommandLine command = Cli.commandLine(session);
    for (String word : path) {
      command = command.getSubcommands().get(word);
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      assertThat(option.description()).as(option.longestName()).isNotEmpty();
    }
  }
}
