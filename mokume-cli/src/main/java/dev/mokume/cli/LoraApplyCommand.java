package dev.mokume.cli;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `mokume lora apply`
@Command(
    name = "apply",
    description =
        "Writes a model with LoRAs in it: what a program would make of them each time it loads"
            + " both.",
    customSynopsis = "mokume lora apply MODEL LORA[=STRENGTH]... -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume lora apply model.safetensors style.safetensors=0.8 -o out.safetensors",
      "  mokume lora apply model.safetensors a.safetensors b.safetensors=-0.5 \\",
      "      --strength unet=0.8,clip=0.5 -o out.safetensors",
      "  mokume lora apply model.safetensors style.safetensors --lbw MIDD -o out.safetensors",
      "  mokume lora apply llama.safetensors adapter-folder -o out.safetensors"
    })
final class LoraApplyCommand implements Callable<Integer> {
  private final Session session;

  @Parameters(index = "0", paramLabel = "MODEL", description = "The checkpoint to change.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "LORA[=STRENGTH]",
      description =
          "A LoRA, or PEFT's folder of one, and how strongly it is applied: 1 unless it says"
              + " otherwise. Several are applied in order.")
  private List<String> loras = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      order = 1,
      paramLabel = "OUT",
      description = "The file to write.")
  private Optional<Path> output = Optional.empty();

  @Option(names = "--dry-run", order = 2, description = "Only show the plan.")
  private boolean dryRun;

  @Option(
      names = "--strength",
      order = 10,
      paramLabel = "TEXT",
      description =
          "A factor on every LoRA's strength, by component or block: unet=0.8,clip=0.5, or one"
              + " number for all.")
  private Optional<String> strength = Optional.empty();

  @Option(
      names = "--lbw",
      order = 11,
      paramLabel = "TEXT",
      description =
          "A factor by block as people paste it: 17 or 26 numbers for SD 1.x, 12 or 20 for SDXL, 61"
              + " for FLUX, name=value pairs, or the name of a row (INS, MIDD, OUTALL ...).")
  private Optional<String> blocks = Optional.empty();

  @Mixin private final VariantFlag variant = new VariantFlag();

  @Mixin private final CompatFlag compat = new CompatFlag();

  @Mixin private final OutputFlags outputFlags = new OutputFlags();

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  private final Problems problems = new Problems();
  private final Headers headers = new Headers();

  LoraApplyCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    if (output.isEmpty() && !dryRun) {
      throw new MissingArgument("say where to write the result: -o OUT");
    }
    Recipe recipe = OutputSection.apply(outputFlags, recipe(), headers);
    Path out = output.orElse(PlanCommand.NOWHERE);
    MergeOutput applied = outputFlags.destination().output(recipe, out);
    if (dryRun) {
      return new PlanReport(session, run, json, false).show(applied);
    }
    return new Merging(session, run, json).write(applied, out, "applying");
  }

  private Recipe recipe() {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put(ModelNames.letter(0), variant.of(model));
    Weights adapted = new Weights.Source(ModelNames.letter(0));
    for (LoraArgument lora :
        problems.collectAll(loras, text -> LoraArgument.parse(text, "strength"))) {
      adapted = adapted(adapted, lora);
    }
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    for (Component component : targets()) {
      components.put(component, adapted);
    }
    Compat profile = problems.collect(Compat.NONE, () -> compat.profile().orElse(Compat.NONE));
    problems.throwIfAny();
    return Recipe.of(models, Result.Checkpoint.of(components)).withProfile(profile, Rng.STATELESS);
  }

  private Weights adapted(Weights before, LoraArgument lora) {
    return new Weights.Adapted(before, lora.place(), ratio(lora.number()), run.strict());
  }

  private Ratio ratio(double own) {
    double number = own;
    List<Ratio> factors = new ArrayList<>();
    if (strength.isPresent()) {
      if (strength.get().contains("=")) {
        factors.add(new Ratio.ByBlock(strength.get(), 1));
      } else {
        number *= problems.collect(1.0, () -> factor(strength.get()));
      }
    }
    blocks.ifPresent(text -> factors.add(new Ratio.ByBlock(text, 1)));
    Ratio ratio = new Ratio.Constant(number);
    for (Ratio factor : factors) {
      ratio =
          number == 1 && ratio instanceof Ratio.Constant
              ? factor
              : new Ratio.Combined(Ratio.Operation.MULTIPLY, Ratio.Join.INNER, ratio, factor);
    }
    return ratio;
  }

  private static double factor(String text) {
    try {
      return Numbers.real(text);
    } catch (TypeConversionException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "--strength takes a number, or pairs like unet=0.8,clip=0.5: " + e.getMessage() + ".");
    }
  }

  /// What LoRAs change: of a diffusion checkpoint everything but the VAE.
  private List<Component> targets() {
    Optional<Detection> detection =
        problems.collect(Optional.empty(), () -> Optional.of(headers.apply(variant.of(model))));
    if (detection.isEmpty()) {
      return List.of();
    }
    List<Component> targets =
        detection.get().components().keySet().stream().filter(LoraApplyCommand::isChanged).toList();
    if (targets.isEmpty()) {
      problems.add(
          ErrorCode.MISMATCHED_INPUTS,
          model
              + ": has neither a diffusion model nor a text encoder nor a language model, which are"
              + " what LoRAs change; 'mokume inspect' shows what it holds.");
    }
    return targets;
  }

  private static boolean isChanged(Component component) {
    return component == Component.UNET || component == Component.LM || component.isTextEncoder();
  }
}
