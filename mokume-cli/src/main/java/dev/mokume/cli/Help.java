package dev.mokume.cli;

import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/// `--help`, for every command.
final class Help {
  private static final String SHORT = "-h";
  private static final String LONG = "--help";
  private static final int ORDER = 900;
  private static final String DESCRIPTION = "Show this help and exit.";

  @Option(
      names = {SHORT, LONG},
      usageHelp = true,
      order = ORDER,
      description = DESCRIPTION)
  boolean requested;

  /// The same option for a command that is described without annotations.
  static OptionSpec option() {
    return OptionSpec.builder(SHORT, LONG)
        .type(boolean.class)
        .initialValue(false)
        .usageHelp(true)
        .order(ORDER)
        .description(DESCRIPTION)
        .build();
  }
}
