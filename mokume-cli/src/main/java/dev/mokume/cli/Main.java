package dev.mokume.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The `mokume` command.
@Command(name = "mokume", mixinStandardHelpOptions = true, version = "mokume 0.1.0-SNAPSHOT")
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
