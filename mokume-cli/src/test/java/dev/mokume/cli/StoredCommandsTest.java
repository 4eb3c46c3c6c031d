package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

class StoredCommandsTest {
  private static final PrintWriter NOWHERE = new PrintWriter(PrintWriter.nullWriter());

  @TempDir Path folder;

  @Command(name = "sample", description = "A sample.", footer = "The end.")
  static final class Sample implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Mixin private final Shared shared = new Shared();

    @Parameters(index = "0", description = "The first.")
    private Path first = Path.of("");

    @Parameters(index = "1..*", arity = "1..*", description = "The others.")
    private List<String> others = new ArrayList<>();

    @Option(names = "--runs", description = "How often.")
    private int runs = 5;

    @Option(names = "--how", arity = "0..1", fallbackValue = "well", description = "How.")
    private Optional<String> how = Optional.empty();

    @Override
    public Integer call() {
      return 0;
    }
  }

  static final class Shared {
    @Option(names = "--share", description = "A share.")
    private Optional<Double> share = Optional.empty();

    @Option(names = "--only", split = ",", description = "Some.")
    private List<String> only = new ArrayList<>();

    @Option(names = "--force", description = "By force.")
    private boolean force;
  }

  private CommandLine stored(Object command) throws IOException {
    StoredCommands.store(command, folder);
    return new StoredCommands(Optional.of(folder)).commandLine(command);
  }

  @Test
  void givesFieldsTheirValues() throws IOException {
    Sample sample = new Sample();
    CommandLine line = stored(sample);
    line.parseArgs(
        "--share", "0.5", "a", "--only", "x,y", "b", "--force", "c", "--only", "z", "--how");
    assertThat(sample.first).isEqualTo(Path.of("a"));
    assertThat(sample.others).containsExactly("b", "c");
    assertThat(sample.how).contains("well");
    assertThat(sample.shared.share).contains(0.5);
    assertThat(sample.shared.only).containsExactly("x", "y", "z");
    assertThat(sample.shared.force).isTrue();
    assertThat(sample.spec).isSameAs(line.getCommandSpec());
  }

  @Test
  void leavesFieldsOfWhatIsNotGivenAsTheyAre() throws IOException {
    Sample sample = new Sample();
    stored(sample).parseArgs("a", "b");
    assertThat(sample.runs).isEqualTo(5);
    assertThat(sample.how).isEmpty();
    assertThat(sample.shared.only).isEmpty();
    assertThat(sample.shared.force).isFalse();
  }

  @Test
  void readsAnnotationsOfWhatIsNotStored() {
    Sample sample = new Sample();
    new StoredCommands(Optional.of(folder)).commandLine(sample).parseArgs("a", "b", "--runs", "7");
    assertThat(sample.runs).isEqualTo(7);
  }

  static List<Object> commands() {
    return StoredCommands.described(Run.session(NOWHERE, NOWHERE));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void describesEveryCommandAsItsAnnotationsDo(Object command) throws IOException {
    CommandLine annotated = new CommandLine(command);
    CommandLine stored = stored(command);
    assertThat(described(stored)).isEqualTo(described(annotated));
    assertThat(stored.getUsageMessage()).isEqualTo(annotated.getUsageMessage());
  }

  private static List<String> described(CommandLine line) {
    return line.getCommandSpec().args().stream().map(StoredCommandsTest::described).toList();
  }

  private static String described(ArgSpec argument) {
    return String.join(
        " ",
        argument instanceof PositionalParamSpec parameter ? parameter.index().toString() : "",
        argument.arity().toString(),
        argument.paramLabel(),
        String.join("|", argument.description()),
        argument.splitRegex(),
        "required " + argument.required(),
        "hidden " + argument.hidden(),
        "several " + argument.isMultiValue(),
        argument.auxiliaryTypes()[0].getName(),
        argument instanceof OptionSpec option
            ? String.join(
                ",",
                String.join("|", option.names()),
                String.valueOf(option.order()),
                option.fallbackValue(),
                "negatable " + option.negatable(),
                "help " + option.usageHelp())
            : "");
  }
}
