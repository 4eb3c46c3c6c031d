package dev.mokume.cli;

import dev.mokume.recipe.RecipeReader;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `mokume recipe`: about the format of recipe files.
@Command(
    name = "recipe",
    description = "Tells about recipe files; docs/recipes.md explains them.",
    synopsisSubcommandLabel = "WHAT",
    footer = {"", "Example:", "  mokume recipe schema > recipe.schema.json"})
final class RecipeCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    return new CommandLine(new RecipeCommand()).addSubcommand(new Schema(session));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "what about recipes? Name one, as in 'mokume recipe schema'");
  }

  /// `mokume recipe schema`
  @Command(
      name = "schema",
      description =
          "Prints the JSON Schema of recipe files, which editors check and complete them with.",
      footer = {"", "Example:", "  mokume recipe schema > recipe.schema.json"})
  static final class Schema implements Callable<Integer> {
    private final Session session;

    @Mixin private final Help help = new Help();

    Schema(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      session.out().print(RecipeReader.schema());
      return ExitCode.OK;
    }
  }
}
