package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.architecture.Block;
import dev.mokume.error.Amount;
import dev.mokume.error.Problem;
import dev.mokume.plan.RunPlan;
import dev.mokume.sweep.Distance;
import dev.mokume.sweep.Metric;
import dev.mokume.sweep.Sweep;
import dev.mokume.sweep.SweepPlan;
import dev.mokume.sweep.SweepReport;
import dev.mokume.sweep.SweepReport.Outcome;
import dev.mokume.sweep.Variant;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a sweep would do or has found out, in words or as JSON.
record SweepText(Session session, boolean json) {
  private static final int LISTED = 20;

  /// What a metric is, for a picture: `|x - A| / |A|, A = a.safetensors`.
  static String title(Metric metric, Sweep sweep) {
    String model = metric.model();
    Path file = sweep.recipe().models().get(model);
    String what =
        switch (metric.kind()) {
          case DISTANCE -> "|x - " + model + "| / |" + model + "|";
          case CHANGED -> "share of elements that differ from " + model;
          case OPPOSED -> "share of signs opposite to those of " + model;
        };
    return what + (file == null ? "" : ", " + model + " = " + file.getFileName());
  }

  // --- What would be done

  /// @return the exit code that the sweep would end with, as far as can be told
  int showPlan(Sweep sweep, Path folder, RunOptions run) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    SweepPlan plan = run.profiled(() -> Mokume.plan(sweep, folder, options));
    run.tell(
        session,
        json,
        out -> describe(out, sweep, folder, plan, options),
        out -> print(out, sweep, folder, plan, options));
    return ExitCode.of(plan.first().problems());
  }

  private static long read(SweepPlan plan, MergeOptions options) {
    return plan.runs() * (plan.first().readBytes() + plan.first().readAgain(options.heldBytes()));
  }

  private static int passes(SweepPlan plan) {
    return plan.first().inputs().stream().mapToInt(RunPlan.InputUse::passes).max().orElse(0);
  }

  private static Moving moving(SweepPlan plan, MergeOptions options) {
    return new Moving(read(plan, options) + plan.outputBytes());
  }

  private static void print(
      PrintWriter out, Sweep sweep, Path folder, SweepPlan plan, MergeOptions options) {
    out.println("Results");
    List<Variant> variants = sweep.variants();
    variants.stream()
        .limit(LISTED)
        .forEach(variant -> out.println("  " + folder.resolve(variant.fileName())));
    if (variants.size() > LISTED) {
      out.println("  and " + Amount.count(variants.size() - LISTED) + " more; --json lists all.");
    }
    out.println();
    out.println("Work");
    Table table = Table.of("", "");
    table.row(
        "results",
        Amount.count(variants.size())
            + ", "
            + Math.min(plan.together(), variants.size())
            + " at once");
    table.row(
        "reads",
        Amount.bytes(read(plan, options))
            + " in "
            + Amount.count(plan.runs(), "run", "runs")
            + " over the models, of "
            + Amount.count(passes(plan), "pass", "passes")
            + " at most");
    table.row("writes", Amount.bytes(plan.outputBytes()) + " if all are written");
    table.row("time", moving(plan, options).words());
    table.print(out, "  ");
    PlanReport.section(
        out, "Problems", plan.first().problems().stream().map(Problem::message).toList());
  }

  private static void describe(
      Json out, Sweep sweep, Path folder, SweepPlan plan, MergeOptions options) {
    out.objects(
        "variants",
        sweep.variants(),
        (item, variant) -> {
          item.text("name", variant.name());
          item.text("file", folder.resolve(variant.fileName()).toString());
          values(item, variant);
        });
    out.number("together", plan.together());
    out.number("runs", plan.runs());
    out.number("passes", passes(plan));
    out.number("readBytes", read(plan, options));
    out.number("outputBytes", plan.outputBytes());
    moving(plan, options).describe(out);
    out.problems(plan.first().problems());
  }

  // --- What was found out

  void show(
      Sweep sweep, SweepReport report, Metric metric, Optional<Path> picture, RunOptions run) {
    run.tell(
        session,
        json,
        out -> describe(out, report, metric, picture),
        out -> print(out, sweep, report, picture));
  }

  private static void print(
      PrintWriter out, Sweep sweep, SweepReport report, Optional<Path> picture) {
    List<String> models =
        report.outcomes().getFirst().distances().stream().map(Distance::model).toList();
    models.forEach(model -> out.println(model + "  " + sweep.recipe().models().get(model)));
    out.println();
    List<String> titles = new ArrayList<>(List.of("result"));
    for (String model : models) {
      titles.add(">|x-" + model + "|/|" + model + "|");
      titles.add(">changed");
      titles.add(">opposed");
    }
    titles.add("file");
    Table table = Table.of(titles.toArray(String[]::new));
    for (Outcome outcome : report.outcomes()) {
      List<String> cells = new ArrayList<>(List.of(outcome.variant().name()));
      for (String model : models) {
        Optional<Distance.Part> part =
            outcome.distances().stream()
                .filter(distance -> distance.model().equals(model))
                .findFirst()
                .map(Distance::whole);
        cells.add(part.map(sums -> DiffTable.number(sums.relative())).orElse("-"));
        cells.add(part.map(sums -> DiffTable.percent(sums.changedShare())).orElse("-"));
        cells.add(part.map(sums -> DiffTable.percent(sums.opposedShare())).orElse("-"));
      }
      cells.add(outcome.file().isEmpty() ? "-" : outcome.before() ? "was there" : "written");
      table.row(cells.toArray(String[]::new));
    }
    table.print(out, "");
    out.println();
    out.println(sentence(report));
    picture.ifPresent(file -> out.println("wrote " + file));
  }

  /// `8 results, 3 of them written, in 4.2 s; distances are of one in 16 elements`
  private static String sentence(SweepReport report) {
    long written =
        report.outcomes().stream()
            .filter(outcome -> outcome.file().isPresent() && !outcome.before())
            .count();
    int all = report.outcomes().size();
    return Amount.count(all, "result", "results")
        + (written == all ? ", all written" : ", " + Amount.count(written) + " of them written")
        + ", in "
        + Merging.seconds(report.seconds())
        + (report.part() == 1
            ? "; distances are of all elements"
            : "; distances are of one in " + report.part() + " elements, --sample 1 takes all");
  }

  private static void describe(
      Json out, SweepReport report, Metric metric, Optional<Path> picture) {
    out.number("sample", 1.0 / report.part());
    out.text("metric", metric.id());
    out.objects(
        "variants",
        report.outcomes(),
        (item, outcome) -> {
          item.text("name", outcome.variant().name());
          values(item, outcome.variant());
          item.number("metric", metric.of(outcome.distances()));
          outcome.file().ifPresent(file -> item.text("file", file.toString()));
          item.flag("written", outcome.file().isPresent() && !outcome.before());
          item.objects("distances", outcome.distances(), SweepText::describe);
        });
    picture.ifPresent(file -> out.text("picture", file.toString()));
    out.number("seconds", report.seconds());
  }

  private static void values(Json item, Variant variant) {
    item.object(
        "values",
        values ->
            variant
                .values()
                .forEach((name, value) -> {
                  if (value.compareTo(BigDecimal.valueOf(value.longValue())) == 0) {
                    values.number(name, value.longValue());
                  } else {
                    values.number(name, value.doubleValue());
                  }
                }));
  }

  private static void describe(Json item, Distance distance) {
    item.text("model", distance.model());
    describe(item, distance.whole());
    item.objects(
        "components",
        distance.components().entrySet(),
        (part, entry) -> {
          part.text("component", entry.getKey().id());
          describe(part, entry.getValue());
        });
    item.objects("blocks", distance.blocks().entrySet(), SweepText::describe);
  }

  private static void describe(Json item, Map.Entry<Block, Distance.Part> entry) {
    item.text("component", entry.getKey().component().id());
    item.text("block", entry.getKey().name());
    describe(item, entry.getValue());
  }

  private static void describe(Json item, Distance.Part part) {
    item.number("tensors", part.tensors());
    item.number("elements", part.elements());
    item.number("distance", part.relative());
    item.number("norm", Math.sqrt(part.difference()));
    item.number("changed", part.changedShare());
    item.number("opposed", part.opposedShare());
  }
}
