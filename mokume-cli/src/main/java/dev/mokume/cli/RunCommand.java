package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeWriter;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.comfyui.InputChange;
import dev.mokume.recipe.comfyui.Interpretation;
import dev.mokume.recipe.comfyui.ModelFolders;
import dev.mokume.recipe.comfyui.NodeRegistry;
import dev.mokume.recipe.comfyui.OutputNames;
import dev.mokume.recipe.comfyui.OutputRequest;
import dev.mokume.recipe.comfyui.Product;
import dev.mokume.workflow.Workflow;
import dev.mokume.workflow.WorkflowReader;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume run`
@Command(
    name = "run",
    description =
        "Runs the merges of a ComfyUI workflow: a JSON file, or a PNG, WebP or safetensors file"
            + " that holds one.",
    customSynopsis = "mokume run FILE [--models DIR] [--output NODE=OUT] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume run workflow.json --models ComfyUI/models",
      "  mokume run picture.png --models ComfyUI/models --list",
      "  mokume run picture.png --models ComfyUI/models --draw graph.svg",
      "  mokume run picture.png --models ComfyUI/models --output 7=merged.safetensors",
      "  mokume run workflow.json --models ComfyUI/models --set 7.drop_rate=0.8 --dtype f16"
    })
final class RunCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "FILE", description = "What holds the workflow.")
  private Path file = Path.of("");

  @Option(
      names = "--models",
      order = 1,
      paramLabel = "DIR",
      description =
          "ComfyUI's models folder, with checkpoints, vae, loras ... in it, and perhaps"
              + " extra_model_paths.yaml. Default: the current folder.")
  private Path models = Path.of(".");

  @Option(
      names = {"-o", "--output"},
      order = 2,
      paramLabel = "NODE[.SLOT]=OUT",
      description =
          "Write an output of a node, besides what the workflow saves: a model, text encoders, a"
              + " VAE, a mask, layer ratios, a report or a picture. NODE is an id, or a title or"
              + " class if only one node has it; SLOT the output's number or name. For a node that"
              + " saves, where to. Repeatable.")
  private List<String> outputs = new ArrayList<>();

  @Option(
      names = "--set",
      order = 3,
      paramLabel = "NODE.INPUT=VALUE",
      description = "Give an input another value. Repeatable.")
  private List<String> changes = new ArrayList<>();

  @Option(
      names = "--output-dir",
      order = 4,
      paramLabel = "DIR",
      description = "Where the workflow's own files go. Default: output.")
  private Path outputFolder = Path.of("output");

  @Option(
      names = "--list",
      order = 5,
      description = "Only tell what each node would do, what is left out and what is missing.")
  private boolean list;

  @Option(
      names = "--draw",
      order = 6,
      paramLabel = "OUT",
      description = "Only draw the graph, as .svg or .png, with what is left out in grey.")
  private Optional<Path> drawing = Optional.empty();

  @Option(
      names = "--as-recipe",
      order = 7,
      description = "Only print the recipes that do the same.")
  private boolean asRecipe;

  @Option(
      names = "--dry-run",
      order = 8,
      description = "Only show the plan of each output, and what all of them read together.")
  private boolean dryRun;

  @Mixin private final OutputFlags output = new OutputFlags();

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  RunCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    List<OutputRequest> requests = problems.collectAll(outputs, OutputRequest::parse);
    List<InputChange> inputs = problems.collectAll(changes, InputChange::parse);
    problems.throwIfAny();
    Workflow workflow = WorkflowReader.read(file, NodeRegistry.all());
    for (InputChange change : inputs) {
      workflow = change.apply(workflow);
    }
    Interpretation meaning = interpretation(workflow, requests);
    if (drawing.isPresent()) {
      return new GraphPicture(drawing.get(), session, run, json).draw(workflow, meaning);
    }
    if (list) {
      return new WorkflowListing(session, json).show(meaning);
    }
    if (!meaning.problems().isEmpty()) {
      throw new MokumeException(meaning.problems());
    }
    Destination destination = output.destination();
    List<Product> products =
        meaning.products().stream().map(product -> withOutputFlags(product, destination)).toList();
    List<MergeOutput> outputs = outputs(products, destination);
    if (asRecipe) {
      printRecipes(outputs);
      return ExitCode.OK;
    }
    if (dryRun) {
      return showPlans(products, outputs);
    }
    if (!json) {
      meaning.notes().forEach(note -> session.err().println("note: " + note));
    }
    checkPlans(products, outputs);
    return new WorkflowRun(session, run, json).write(products, outputs, meaning.notes());
  }

  private Interpretation interpretation(Workflow workflow, List<OutputRequest> requests) {
    return Interpretation.of(
        workflow,
        new Interpretation.Request(
            ModelFolders.of(models),
            new OutputNames(outputFolder, LocalDateTime.now()),
            requests,
            output.compat.map(Compat::parse).orElse(Compat.COMFYUI_DAREMERGE),
            output.rng()));
  }

  /// What the engine makes. Only checkpoints can be in shards.
  private static List<MergeOutput> outputs(List<Product> products, Destination destination) {
    List<MergeOutput> outputs = new ArrayList<>();
    for (Product product : products) {
      if (product.content() instanceof Product.Content.Merge(Recipe recipe)) {
        outputs.add(
            recipe.result() instanceof Result.Checkpoint
                ? destination.output(recipe, product.file())
                : new MergeOutput(recipe, product.file()));
      }
    }
    return outputs;
  }

  private Product withOutputFlags(Product product, Destination destination) {
    return switch (product.content()) {
      case Product.Content.Merge(Recipe recipe) when recipe.result() instanceof Result.Checkpoint ->
          new Product(
              product.node(),
              destination.file(product.file()),
              product.words(),
              new Product.Content.Merge(OutputSection.applyToSaved(output, recipe, new Headers())));
      case Product.Content.Merge _, Product.Content.Picture _, Product.Text _ -> product;
    };
  }

  /// One YAML document an output, without the embedded graph.
  private void printRecipes(List<MergeOutput> outputs) {
    String separator = "";
    for (MergeOutput each : outputs) {
      session.out().print(separator + RecipeWriter.yaml(withoutGraph(each.recipe())));
      separator = "---\n";
    }
  }

  private static Recipe withoutGraph(Recipe recipe) {
    if (!(recipe.result() instanceof Result.Checkpoint checkpoint)) {
      return recipe;
    }
    Map<String, String> metadata = new TreeMap<>(checkpoint.metadata());
    metadata.keySet().removeAll(List.of("prompt", "workflow"));
    return recipe.withResult(checkpoint.withMetadata(metadata));
  }

  private int showPlans(List<Product> products, List<MergeOutput> outputs) {
    List<Product> merges =
        products.stream()
            .filter(product -> product.content() instanceof Product.Content.Merge)
            .toList();
    if (merges.isEmpty()) {
      return ExitCode.OK;
    }
    return new PlanReport(session, run, json, false).show(merges, outputs);
  }

  /// Nothing is written unless everything can be.
  private void checkPlans(List<Product> products, List<MergeOutput> outputs) {
    List<Problem> problems =
        new ArrayList<>(AtomicFileSet.clashes(products.stream().map(Product::file).toList()));
    if (!outputs.isEmpty()) {
      problems.addAll(Mokume.plan(outputs, run.toOptions(session, MergeListener.NONE)).problems());
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }
}
