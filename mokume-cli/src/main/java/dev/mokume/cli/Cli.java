package dev.mokume.cli;

import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// One run of `mokume`: parses the arguments, calls the command, tells what went wrong.
final class Cli {
  private static final int WIDTH = 100;

  private Cli() {}

  /// @return the exit code
  static int run(Session session, String... arguments) {
    CommandLine mokume = commandLine(session);
    ErrorReport errors = new ErrorReport(session, Arrays.asList(arguments).contains("--json"));
    mokume.setParameterExceptionHandler((failure, _) -> errors.usage(name(failure), message(failure)));
    mokume.setExecutionExceptionHandler(
        (failure, _, _) -> failure instanceof MokumeException known ? errors.failed(known) : errors.bug(failure));
    int code;
    try {
      code = mokume.execute(arguments);
    } catch (Error bug) {
      code = errors.bug(bug);
    }
    session.flush();
    return code;
  }

  /// The whole tree of commands.
  static CommandLine commandLine(Session session) {
    CommandLine mokume = new CommandLine(new MokumeCommand());
    MaskCommand.addTo(mokume, session);
    mokume.addSubcommand(new MergeCommand(session));
    mokume.addSubcommand(new PlanCommand(session));
    mokume.addSubcommand(new InspectCommand(session));
    mokume.addSubcommand(new DiffCommand(session));
    mokume.addSubcommand(new SynthCommand(session));
    mokume.addSubcommand(new DemoCommand(session));
    mokume.addSubcommand(new BenchCommand(session));
    mokume.addSubcommand(new MethodsCommand(session));
    mokume.addSubcommand(new CommandLine(new RecipeCommand()).addSubcommand(new RecipeCommand.Schema(session)));
    mokume.addSubcommand(new CompletionCommand(session));
    mokume.addSubcommand(new VersionCommand(session));
    configure(mokume, session);
    return mokume;
  }

  private static void configure(CommandLine mokume, Session session) {
    mokume.setOut(session.out());
    mokume.setErr(session.err());
    mokume.setColorScheme(CommandLine.Help.defaultColorScheme(session.colour() ? Ansi.ON : Ansi.OFF));
    mokume.setUsageHelpWidth(WIDTH);
    mokume.setExpandAtFiles(false);
    mokume.setCaseInsensitiveEnumValuesAllowed(true);
    mokume.setPosixClusteredShortOptionsAllowed(false);
    mokume.registerConverter(Double.class, Numbers::real);
    mokume.registerConverter(double.class, Numbers::real);
    mokume.registerConverter(Integer.class, text -> Math.toIntExact(Numbers.whole(text, Integer.MAX_VALUE)));
    mokume.registerConverter(int.class, text -> Math.toIntExact(Numbers.whole(text, Integer.MAX_VALUE)));
    mokume.registerConverter(Long.class, text -> Numbers.whole(text, Long.MAX_VALUE));
    mokume.registerConverter(long.class, text -> Numbers.whole(text, Long.MAX_VALUE));
  }

  private static String name(ParameterException failure) {
    return failure.getCommandLine().getCommandSpec().qualifiedName();
  }

  /// Picocli's message, or for an argument that nobody knows one of our own, with the nearest that somebody does.
  private static String message(ParameterException failure) {
    if (!(failure instanceof UnmatchedArgumentException unmatched) || unmatched.getUnmatched().isEmpty()) {
      return firstLine(failure);
    }
    CommandLine command = failure.getCommandLine();
    String argument = unmatched.getUnmatched().getFirst();
    if (argument.startsWith("-") && argument.length() > 1) {
      String option = argument.split("=", 2)[0];
      List<String> options = new ArrayList<>();
      for (OptionSpec known : command.getCommandSpec().options()) {
        options.addAll(Arrays.asList(known.names()));
      }
      return "there is no option '" + option + "'" + Nearest.suggestion(option, options);
    }
    if (!command.getSubcommands().isEmpty()) {
      return "there is no command '" + argument + "'" + Nearest.suggestion(argument, command.getSubcommands().keySet());
    }
    return "what is '" + argument + "' for? The command takes no further argument";
  }

  private static String firstLine(ParameterException failure) {
    String message = failure.getMessage();
    return message == null ? failure.toString() : message.lines().findFirst().orElse(message);
  }
}
