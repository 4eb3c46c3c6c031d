package dev.mokume.cli;

import dev.mokume.recipe.RecipeReader;
import dev.mokume.recipe.comfyui.RecipeGraph;
import dev.mokume.workflow.Workflow;
import dev.mokume.workflow.WorkflowWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `mokume recipe`: about the format of recipe files.
@Command(
    name = "recipe",
    description = "Tells about recipe files; docs/recipes.md explains them.",
    synopsisSubcommandLabel = "WHAT",
    footer = {
      "",
      "Examples:",
      "  mokume recipe schema > recipe.schema.json",
      "  mokume recipe as-workflow recipe.yaml > workflow.json"
    })
final class RecipeCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Mixin private final Help help = new Help();

  static CommandLine commandLine(Session session) {
    return new CommandLine(new RecipeCommand())
        .addSubcommand(new Schema(session))
        .addSubcommand(new AsWorkflow(session));
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

  /// `mokume recipe as-workflow`
  @Command(
      name = "as-workflow",
      description =
          "Prints the ComfyUI workflow that does what a recipe does, as far as nodes exist for it:"
              + " the way back from 'mokume run --as-recipe'.",
      footer = {"", "Example:", "  mokume recipe as-workflow recipe.yaml > workflow.json"})
  static final class AsWorkflow implements Callable<Integer> {
    private final Session session;

    @Parameters(index = "0", paramLabel = "RECIPE", description = "The recipe's file.")
    private Path file = Path.of("");

    @Mixin private final Help help = new Help();

    AsWorkflow(Session session) {
      this.session = session;
    }

    @Override
    public Integer call() {
      Workflow workflow = RecipeGraph.of(RecipeReader.read(file));
      session.out().println(WorkflowWriter.apiJson(workflow));
      return ExitCode.OK;
    }
  }
}
