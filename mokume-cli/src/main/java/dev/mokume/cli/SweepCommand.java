package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.error.Amount;
import dev.mokume.plot.ValueGrid;
import dev.mokume.sweep.Axis;
import dev.mokume.sweep.Metric;
import dev.mokume.sweep.Selection;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepOptions;
import dev.mokume.sweep.SweepReport;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume sweep`
@Command(
    name = "sweep",
    description =
        "Makes a merge with many values of some of its numbers, reading the models once, and tells"
            + " how far each result is from the models.",
    customSynopsis = {
      "mokume sweep RECIPE.yaml --vary NAME=VALUES [--vary ...] -o DIR [OPTIONS]",
      "       mokume sweep --method NAME A B [C ...] --vary NAME=VALUES -o DIR [OPTIONS]"
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume sweep --method dare a.safetensors b.safetensors --vary seed=1..8 -o sweep"
          + " --metrics-only",
      "  mokume sweep recipe.yaml --vary seed=1..8 --vary alpha=0.2,0.4 -o sweep --write best:3 \\",
      "      --by distance:b",
      "  mokume sweep recipe.yaml --vary density=0.1..0.9:0.1 --vary output.all.dare.alpha=0.5,1"
          + " \\",
      "      -o sweep --picture sweep/grid.png"
    })
final class SweepCommand implements Callable<Integer> {
  private static final Pattern BEST = Pattern.compile("(best|most):([1-9]\\d{0,8})");
  private static final int MOST_PART = 1 << 20;

  private final Session session;

  @Mixin private final MergeArguments arguments = new MergeArguments();

  @Option(
      names = "--vary",
      order = 1,
      required = true,
      paramLabel = "NAME=VALUES",
      description =
          "What takes which values: seed=1..8, alpha=0.2,0.4, density=0.1..0.5:0.1. A name is of"
              + " every number of the recipe that is called so, one with dots, as in dare.seed, of"
              + " the one whose place ends so. Repeatable: every combination is made.")
  private List<String> vary = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      order = 2,
      required = true,
      paramLabel = "DIR",
      description =
          "The folder of the results, called as their values: seed=3,alpha=0.2.safetensors. It"
              + " keeps what is known in sweep.jsonl, so that a sweep that was stopped goes on"
              + " where it was.")
  private Path folder = Path.of("");

  @Option(
      names = "--write",
      order = 3,
      paramLabel = "WHICH",
      description =
          "Which results are written: all (the default), none, best:3 (those of the least --by), or"
              + " most:3 (of the greatest).")
  private Optional<String> write = Optional.empty();

  @Option(
      names = "--by",
      order = 4,
      paramLabel = "METRIC",
      description =
          "What results are compared by: distance (the default: the norm of the difference from the"
              + " model by that of the model), changed (share of the elements that differ) or"
              + " opposed (share of the elements whose sign is the opposite), of the first model,"
              + " or of the one named after a colon: distance:B.")
  private Optional<String> by = Optional.empty();

  @Option(
      names = "--metrics-only",
      order = 5,
      description = "Write no result, only tell the distances; the same as --write none.")
  private boolean metricsOnly;

  @Option(
      names = "--sample",
      order = 6,
      paramLabel = "SHARE",
      description =
          "The share of the elements that distances are measured over, the same ones in every"
              + " result: 0.0625 (the default) to 1 (all). It is rounded to one in a whole number"
              + " and changes no result.")
  private Optional<Double> sample = Optional.empty();

  @Option(
      names = "--picture",
      order = 7,
      paramLabel = "FILE.png",
      description =
          "Draw the metric of --by over the numbers that are varied, at most three: columns, rows"
              + " and panels.")
  private Optional<Path> picture = Optional.empty();

  @Option(
      names = "--most-variants",
      order = 8,
      paramLabel = "N",
      description =
          "How many results there may be; default: 1000. Checked before anything is read.")
  private int mostVariants = Sweep.USUAL_MOST;

  @Option(
      names = "--dry-run",
      order = 9,
      description = "Only list the results and what they would take.")
  private boolean dryRun;

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  SweepCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    List<Axis> axes = problems.collectAll(vary, Axis::parse);
    int part = part(problems);
    if (metricsOnly && write.isPresent() && !write.get().equals("none")) {
      problems.add("--metrics-only writes nothing: leave --write out, or --metrics-only.");
    }
    picture.ifPresent(file -> checkPicture(file, problems));
    problems.throwIfAny();
    Sweep sweep = arguments.sweep(axes, mostVariants);
    Metric metric = Metric.parse(by.orElse("distance"), sweep.recipe().models().keySet());
    Selection selection = selection(metric, problems);
    if (picture.isPresent() && sweep.variants().size() > ValueGrid.MOST_CELLS) {
      problems.add(
          "--picture shows at most "
              + Amount.count(ValueGrid.MOST_CELLS)
              + " results, but "
              + Amount.count(sweep.variants().size())
              + " are asked for; vary fewer values, or leave --picture out.");
    }
    problems.throwIfAny();
    if (dryRun) {
      return new SweepText(session, json).showPlan(sweep, folder, run);
    }
    SweepOptions wanted = new SweepOptions(part, selection);
    SweepReport report = WholeFile.inFolder(folder, () -> swept(sweep, wanted));
    picture.ifPresent(file -> draw(file, sweep, report, metric));
    new SweepText(session, json).show(sweep, report, metric, picture, run);
    return ExitCode.OK;
  }

  private void checkPicture(Path file, Problems problems) {
    if (!file.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
      problems.add(file + ": a picture is drawn as PNG; give --picture a name that ends in .png.");
    }
    if (vary.size() > 3) {
      problems.add(
          "--picture shows at most three numbers, but " + vary.size() + " are varied; vary fewer.");
    }
  }

  private SweepReport swept(Sweep sweep, SweepOptions wanted) {
    try (ProgressLine progress = new ProgressLine(session, "sweeping")) {
      return run.profiled(
          () -> Mokume.sweep(sweep, folder, wanted, run.toOptions(session, progress)));
    }
  }

  private int part(Problems problems) {
    double share = sample.orElse(1.0 / SweepOptions.USUAL_PART);
    if (share > 0 && share <= 1 && 1 / share <= MOST_PART) {
      return (int) Math.round(1 / share);
    }
    problems.add(
        "--sample must be a share above 0 and at most 1 but was " + share + "; 1 is everything.");
    return 1;
  }

  private Selection selection(Metric metric, Problems problems) {
    String which = metricsOnly ? "none" : write.orElse("all");
    Matcher best = BEST.matcher(which);
    if (best.matches()) {
      return new Selection.Extreme(
          Integer.parseInt(best.group(2)), best.group(1).equals("most"), metric);
    }
    return switch (which) {
      case "all" -> new Selection.All();
      case "none" -> new Selection.None();
      default -> {
        problems.add("--write: '" + which + "' says nothing; write all, none, best:3 or most:3.");
        yield new Selection.None();
      }
    };
  }

  private void draw(Path file, Sweep sweep, SweepReport report, Metric metric) {
    List<Double> values =
        report.outcomes().stream().map(outcome -> metric.of(outcome.distances())).toList();
    List<ValueGrid.Axis> axes =
        sweep.axes().stream()
            .map(axis -> new ValueGrid.Axis(axis.number(), axis.labels()))
            .toList();
    byte[] content = ValueGrid.of(SweepText.title(metric, sweep), axes, values).png();
    WholeFile.createFolder(file);
    new WholeFile(file, content, run.output().replaceExisting(true)).write();
  }
}
