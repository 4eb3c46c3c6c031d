package dev.mokume.cli;

import picocli.CommandLine.Option;

/// `--help`, for every command.
final class Help {
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      order = 900,
      description = "Show this help and exit.")
  boolean requested;
}
