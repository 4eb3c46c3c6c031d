package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// One run of `mokume`: parses the arguments, calls the command, tells what went wrong.
final class Cli {
  private static final int WIDTH = 100;

  /// Picocli's words before a converter's own: `Invalid value for option '--alpha': `
  private static final Pattern INVALID_VALUE =
      Pattern.compile(
          "^Invalid value for (?:option|positional parameter at index \\S+) [('<]*([^'()<>"
              + " ]+)[^:]*: ");

  /// Picocli looks by reflection for what reads dates and times and the like, of which no option
  /// has any.
  private static final String NO_REFLECTION = "picocli.converters.excludes";

  static {
    System.setProperty(NO_REFLECTION, "java[.](time|sql)[.].+");
  }

  private Cli() {}

  /// @return the exit code
  static int run(Session process, String... arguments) {
    Session session = process.printable();
    CommandLine mokume = commandLine(session, arguments.length == 0 ? "" : arguments[0]);
    // Help is coloured, and has no names in it.
    mokume.setOut(process.out());
    ErrorReport errors = new ErrorReport(session, Arrays.asList(arguments).contains("--json"));
    mokume.setParameterExceptionHandler(
        (failure, _) -> errors.usage(name(failure), message(failure)));
    mokume.setExecutionExceptionHandler((failure, command, _) ->
        switch (failure) {
          case MissingArgument missing ->
              errors.usage(
                  command.getCommandSpec().qualifiedName(), String.valueOf(missing.getMessage()));
          case MokumeException known -> errors.failed(known);
          default -> errors.unforeseen(failure);
        });
    int code;
    try {
      code = mokume.execute(arguments);
      session.out().flush();
    } catch (MokumeException failure) {
      // It cannot be told where results go.
      code = new ErrorReport(session, false).failed(failure);
    } catch (Error failure) {
      code = errors.unforeseen(failure);
    }
    session.flush();
    return code;
  }

  /// The whole tree of commands, by their annotations.
  static CommandLine commandLine(Session session) {
    CommandLine mokume = new CommandLine(new MokumeCommand());
    commands(session, CommandLine::new)
        .forEach((name, command) -> mokume.addSubcommand(name, command.get()));
    configure(mokume, session);
    return mokume;
  }

  /// `mokume` with the command called `only`, or with all if there is none of that name: describing
  /// every command to picocli takes as long as the JVM takes to start.
  private static CommandLine commandLine(Session session, String only) {
    Supplier<CommandLine> named =
        commands(session, StoredCommands.ofProcess()::commandLine).get(only);
    if (named == null) {
      return commandLine(session);
    }
    CommandLine mokume = new CommandLine(CommandSpec.create().name("mokume"));
    mokume.addSubcommand(only, named.get());
    configure(mokume, session);
    return mokume;
  }

  /// @param line describes a command to picocli
  private static SequencedMap<String, Supplier<CommandLine>> commands(
      Session session, Function<Object, CommandLine> line) {
    SequencedMap<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();
    commands.put("merge", () -> line.apply(new MergeCommand(session)));
    commands.put("plan", () -> line.apply(new PlanCommand(session)));
    commands.put("sweep", () -> line.apply(new SweepCommand(session)));
    commands.put("run", () -> line.apply(new RunCommand(session)));
    commands.put("convert", () -> line.apply(new ConvertCommand(session)));
    commands.put(
        "mergekit", () -> ForeignFlags.MERGE.addTo(line.apply(new MergekitCommand(session))));
    commands.put("mergekit-yaml", () -> mergekit(session, line, "mergekit-yaml"));
    commands.put("mergekit-multi", () -> mergekit(session, line, "mergekit-multi"));
    commands.put(
        "mergekit-pytorch",
        () -> ForeignFlags.FLAT.addTo(line.apply(new MergekitPytorchCommand(session))));
    commands.put(
        "mergekit-extract-lora",
        () -> ForeignFlags.EXTRACT.addTo(line.apply(new MergekitExtractLoraCommand(session))));
    commands.put("mask", () -> MaskCommand.commandLine(session));
    commands.put("federated", () -> line.apply(new FederatedCommand(session)));
    commands.put("lora", () -> LoraCommand.commandLine(session));
    commands.put("tokenizer", () -> TokenizerCommand.commandLine(session));
    commands.put("inspect", () -> InspectCommand.commandLine(session));
    commands.put("diff", () -> line.apply(new DiffCommand(session)));
    commands.put("synth", () -> line.apply(new SynthCommand(session)));
    commands.put("demo", () -> line.apply(new DemoCommand(session)));
    commands.put("bench", () -> line.apply(new BenchCommand(session)));
    commands.put("methods", () -> line.apply(new MethodsCommand(session)));
    commands.put("recipe", () -> RecipeCommand.commandLine(session));
    commands.put("completion", () -> line.apply(new CompletionCommand(session)));
    commands.put("version", () -> line.apply(new VersionCommand(session)));
    return commands;
  }

  /// The command under the name of mergekit's own program; the list of commands is without it.
  private static CommandLine mergekit(
      Session session, Function<Object, CommandLine> line, String name) {
    CommandLine mergekit = ForeignFlags.MERGE.addTo(line.apply(new MergekitCommand(session)));
    mergekit
        .getCommandSpec()
        .name(name)
        .usageMessage()
        .customSynopsis("mokume " + name + " CONFIG.yml OUT [OPTIONS]")
        .hidden(true);
    return mergekit;
  }

  private static void configure(CommandLine mokume, Session session) {
    mokume.setOut(session.out());
    mokume.setErr(session.err());
    mokume.setColorScheme(
        CommandLine.Help.defaultColorScheme(session.colour() ? Ansi.ON : Ansi.OFF));
    mokume.setUsageHelpWidth(WIDTH);
    mokume.setExpandAtFiles(false);
    mokume.setCaseInsensitiveEnumValuesAllowed(true);
    mokume.setPosixClusteredShortOptionsAllowed(false);
    mokume.registerConverter(Path.class, Cli::place);
    mokume.registerConverter(Double.class, Numbers::real);
    mokume.registerConverter(double.class, Numbers::real);
    mokume.registerConverter(
        Integer.class, text -> Math.toIntExact(Numbers.whole(text, Integer.MAX_VALUE)));
    mokume.registerConverter(
        int.class, text -> Math.toIntExact(Numbers.whole(text, Integer.MAX_VALUE)));
    mokume.registerConverter(Long.class, text -> Numbers.whole(text, Long.MAX_VALUE));
    mokume.registerConverter(long.class, text -> Numbers.whole(text, Long.MAX_VALUE));
  }

  /// Picocli would repeat an address that is none, with the password that may be in it.
  private static Path place(String text) {
    try {
      return Checkpoints.place(text);
    } catch (MokumeException e) {
      throw new TypeConversionException(String.valueOf(e.getMessage()));
    }
  }

  private static String name(ParameterException failure) {
    return failure.getCommandLine().getCommandSpec().qualifiedName();
  }

  /// Picocli's message, or for an argument that nobody knows one of our own, with the nearest that
  /// somebody does.
  private static String message(ParameterException failure) {
    CommandLine command = failure.getCommandLine();
    List<String> unmatched =
        failure instanceof UnmatchedArgumentException known
            ? known.getUnmatched()
            : command.getUnmatchedArguments();
    if (unmatched.isEmpty()) {
      return firstLine(failure);
    }
    String argument = unmatched.getFirst();
    if (argument.startsWith("-") && argument.length() > 1) {
      String option = argument.split("=", 2)[0];
      List<String> options = new ArrayList<>();
      for (OptionSpec known : command.getCommandSpec().options()) {
        options.addAll(Arrays.asList(known.names()));
      }
      return "there is no option '" + option + "'" + Nearest.suggestion(option, options);
    }
    if (!command.getSubcommands().isEmpty()) {
      return "there is no command '"
          + argument
          + "'"
          + Nearest.suggestion(argument, command.getSubcommands().keySet());
    }
    return "what is '" + argument + "' for? The command takes no further argument";
  }

  private static String firstLine(ParameterException failure) {
    String message = String.valueOf(failure.getMessage());
    String first = message.lines().findFirst().orElse(message);
    return INVALID_VALUE.matcher(first).replaceFirst("$1: ");
  }
}
