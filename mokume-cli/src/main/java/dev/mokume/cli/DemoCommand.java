package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.analysis.Comparison;
import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.architecture.Component;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.Quantile;
import dev.mokume.recipe.Mask.Select;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume demo`: a mask and a merge of three small real models, with a word about each step.
@Command(
    name = "demo",
    description = "Merges three small real models that come with Mokume, and explains each step.",
    sortOptions = false,
    footer = {"", "Example:", "  mokume demo"})
final class DemoCommand implements Callable<Integer> {
  private static final double THRESHOLD = 0.9;
  private static final double DROP_RATE = 0.5;
  private static final long SEED = 1;
  private static final int SHOWN_LAYERS = 8;
  private static final Weights A = new Weights.Source("A");
  private static final Weights B = new Weights.Source("B");

  private final Session session;

  @Option(
      names = {"-o", "--output"},
      order = 1,
      paramLabel = "FOLDER",
      description =
          "Where to write the mask and the merged model; default mokume-demo. What the demo wrote"
              + " there before is replaced.")
  private Path folder = Path.of("mokume-demo");

  @Mixin private final SpeedOptions speed = new SpeedOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  DemoCommand(Session session) {
    this.session = session;
  }

  /// What the demo made.
  private record Outcome(
      MergeReport masking,
      MergeReport merging,
      Selection selection,
      String sha256,
      Comparison changes) {}

  @Override
  public Integer call() {
    Samples samples = Samples.of(session);
    Path mask = folder.resolve("mask.safetensors");
    Path merged = folder.resolve("merged.safetensors");
    createFolder();
    if (!json) {
      introduce(session.out(), samples);
    }
    Outcome outcome = make(samples, mask, merged);
    if (json) {
      describe(outcome);
    }
    return ExitCode.OK;
  }

  private Outcome make(Samples samples, Path mask, Path merged) {
    PrintWriter out = session.out();
    MergeOptions options =
        speed.toOptions(session, MergeListener.NONE).withOverwrite(true).withDurable(false);

    tell(out, "1. A mask: the weights that A learned least");
    tell(out, "   In each tensor, the 90 % that its training moved least away from the base.");
    command(
        out,
        "mask magnitude " + brief(samples.denoise1x()) + " " + brief(samples.noDenoise()),
        "--threshold " + THRESHOLD + " --select below -o " + mask);
    MergeReport masking = Mokume.merge(maskRecipe(samples), mask, options);
    Selection selection = Mokume.inspectMask(mask, options).total();
    tell(
        out,
        "   It selects "
            + Amount.count(selection.selected())
            + " of "
            + Amount.count(selection.elements())
            + " weights ("
            + DiffTable.percent(selection.share())
            + "). Took "
            + Merging.seconds(masking.seconds())
            + ".");

    tell(out, "");
    tell(out, "2. A DARE-TIES merge: some of what B does differently, where the mask allows");
    tell(
        out,
        "   Half of the differences are dropped at random; in each tensor a vote keeps those of one"
            + " sign.");
    command(
        out,
        "merge --method dare " + brief(samples.denoise1x()) + " " + brief(samples.denoise3x()),
        "--drop-rate " + DROP_RATE + " --seed " + SEED + " --mask " + mask + " -o " + merged);
    Recipe recipe = mergeRecipe(samples, mask);
    MergeReport merging = Mokume.merge(recipe, merged, options);
    String sha256 = Sha256.of(merged);
    tell(out, "   " + Merging.sentence(merging));
    tell(out, "   SHA-256 " + sha256);

    tell(out, "");
    tell(out, "3. The same again, with another number of threads and smaller tiles");
    repeat(recipe, merged, options, sha256);
    tell(out, "   SHA-256 " + sha256 + ": the same, bit for bit");

    tell(out, "");
    tell(out, "4. What that changed in A");
    Comparison changes = Mokume.diff(samples.denoise1x(), merged, null, options);
    if (!json) {
      changes(out, changes);
      whatNext(out);
    }
    return new Outcome(masking, merging, selection, sha256, changes);
  }

  private static void repeat(Recipe recipe, Path merged, MergeOptions options, String sha256) {
    int threads = options.threads() == 1 ? 2 : 1;
    Mokume.merge(recipe, merged, options.withThreads(threads).withTileElements(4096));
    String again = Sha256.of(merged);
    if (!again.equals(sha256)) {
      throw new IllegalStateException(
          "the same merge gave other bytes: " + sha256 + ", then " + again);
    }
  }

  private static Recipe maskRecipe(Samples samples) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("A", samples.denoise1x());
    models.put("B", samples.noDenoise());
    return Recipe.of(
        models,
        Result.MaskFile.of(new Mask.Magnitude(A, B, THRESHOLD, Quantile.EXACT, Select.BELOW)));
  }

  private static Recipe mergeRecipe(Samples samples, Path mask) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    models.put("A", samples.denoise1x());
    models.put("B", samples.denoise3x());
    Weights dare =
        new Weights.Dare(
            A,
            B,
            new Ratio.Constant(1),
            new SparseUpdate(DROP_RATE, Vote.SUM, false, SEED),
            1,
            Interpolation.LINEAR,
            Optional.of(new Mask.Stored(mask)));
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    new Headers()
        .apply(samples.denoise1x())
        .mainComponents()
        .forEach(component -> components.put(component, dare));
    return Recipe.of(models, Result.Checkpoint.of(components));
  }

  private void createFolder() {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          folder
              + ": the demo's folder cannot be made here ("
              + Reason.of(e)
              + "). Name another with -o FOLDER, or start the demo elsewhere.",
          e);
    }
  }

  private static void introduce(PrintWriter out, Samples samples) {
    out.println(
        "Three small siblings of a real model, the image upscaler Real-CUGAN (60 tensors, 1.28"
            + " million weights; MIT):");
    Table models = Table.of("", "", "");
    models.row(
        "base",
        String.valueOf(samples.noDenoise().getFileName()),
        "enlarges pictures and leaves their noise");
    models.row(
        "A",
        String.valueOf(samples.denoise1x().getFileName()),
        "the same, trained to remove a little noise");
    models.row(
        "B",
        String.valueOf(samples.denoise3x().getFileName()),
        "the same, trained to remove a lot");
    models.print(out, "  ");
    out.println();
  }

  private static void changes(PrintWriter out, Comparison changes) {
    Table table = Table.of("layer", ">weights", ">changed", ">size of change", ">cosine");
    List<Comparison.Row> most =
        changes.rows().stream()
            .sorted(Comparator.comparingDouble(Comparison.Row::relativeDelta).reversed())
            .limit(SHOWN_LAYERS)
            .toList();
    changes.rows().stream().filter(most::contains).forEach(row -> row(table, row.block(), row));
    changes
        .components()
        .forEach(row -> row(table, "all " + changes.rows().size() + " layers", row));
    table.print(out, "   ");
    out.println(
        "   (the " + most.size() + " layers that changed most; size and cosine are against A)");
  }

  private static void row(Table table, String name, Comparison.Row row) {
    table.row(
        name,
        Amount.count(row.elements()),
        DiffTable.percent(row.changed()),
        DiffTable.percent(row.relativeDelta()),
        String.format(Locale.ROOT, "%.4f", row.cosine()));
  }

  private static void whatNext(PrintWriter out) {
    out.println();
    out.println("Now with files of your own:");
    Table table = Table.of("", "");
    table.row("mokume inspect a.safetensors", "what it is");
    table.row(
        "mokume plan --method weighted-sum a.safetensors b.safetensors --alpha 0.35",
        "what a merge would do");
    table.row(
        "mokume merge --method weighted-sum a.safetensors b.safetensors --alpha 0.35 -o"
            + " c.safetensors",
        "do it");
    table.row(
        "mokume merge --method dare a.safetensors b.safetensors --drop-rate 0.8 -o c.safetensors",
        "only some of it");
    table.row("mokume methods", "more ways to merge");
    table.print(out, "  ");
  }

  private void tell(PrintWriter out, String line) {
    if (!json) {
      out.println(line);
      out.flush();
    }
  }

  private void command(PrintWriter out, String first, String rest) {
    tell(out, "   $ mokume " + first + " \\");
    tell(out, "       " + rest);
  }

  /// As a person would type it here.
  private static Path brief(Path path) {
    Path here = Path.of("").toAbsolutePath();
    return path.startsWith(here) ? here.relativize(path) : path;
  }

  private void describe(Outcome outcome) {
    Json.write(
        session.out(),
        out -> {
          out.text("mask", outcome.masking().output().toString());
          out.number("selected", outcome.selection().selected());
          out.number("elements", outcome.selection().elements());
          out.text("output", outcome.merging().output().toString());
          out.number("bytes", outcome.merging().bytes());
          out.text("sha256", outcome.sha256());
          out.flag("sameAgain", true);
          out.objects(
              "layers",
              outcome.changes().rows(),
              (item, row) -> {
                item.text("layer", row.block());
                item.number("elements", row.elements());
                item.number("changed", row.changed());
                item.number("relativeDelta", row.relativeDelta());
                item.number("cosine", row.cosine());
              });
        });
  }
}
