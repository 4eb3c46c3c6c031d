package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.error.Amount;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Recipe;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Tells what a merge would do, in words or as JSON.
final class PlanReport {
  /// A merge of files in the page cache moves about this many bytes a second on two threads; a
  /// common SSD about a tenth.
  private static final double CACHED_BYTES_A_SECOND = 8e9;

  private static final double DISK_BYTES_A_SECOND = 1e9;
  private static final double START_SECONDS = 0.5;
  private static final int LISTED = 20;

  private final Session session;
  private final RunOptions run;
  private final boolean json;
  private final boolean tensors;

  PlanReport(Session session, RunOptions run, boolean json, boolean tensors) {
    this.session = session;
    this.run = run;
    this.json = json;
    this.tensors = tensors;
  }

  /// One line of the table: what is done to how much of a component, and why.
  private record Group(Component component, Treatment treatment, String reason)
      implements Comparable<Group> {
    @Override
    public int compareTo(Group other) {
      int byComponent = component.compareTo(other.component);
      int byTreatment = other.treatment.compareTo(treatment);
      return byComponent != 0
          ? byComponent
          : byTreatment != 0 ? byTreatment : reason.compareTo(other.reason);
    }
  }

  private record Total(int tensors, long bytes, int passes) {
    static final Total NONE = new Total(0, 0, 0);

    Total and(PlannedTensor tensor) {
      return new Total(
          tensors + 1, bytes + tensor.outputBytes(), Math.max(passes, tensor.passes()));
    }
  }

  /// @return the exit code that the merge would end with, as far as can be told
  int show(Recipe recipe) {
    return show(recipe, Optional.empty());
  }

  /// @param output whose name chooses the format; safetensors without one
  /// @return the exit code that the merge would end with, as far as can be told
  int show(Recipe recipe, Optional<Path> output) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    MergePlan plan =
        output.isPresent()
            ? Mokume.plan(recipe, output.get(), options)
            : Mokume.plan(recipe, options);
    if (json) {
      Json.write(session.out(), out -> describe(out, plan));
    } else {
      print(session.out(), plan, options);
    }
    return plan.problems().isEmpty() ? ExitCode.OK : ExitCode.of(plan.problems().getFirst().code());
  }

  private void print(PrintWriter out, MergePlan plan, MergeOptions options) {
    plan.description().forEach(out::println);
    out.println();
    out.println("Tensors");
    table(groups(plan)).print(out, "  ");
    shares(out, plan);
    work(out, plan, options);
    section(out, "Notes", plan.notes());
    List<String> left =
        plan.left().stream()
            .map(gone -> Quoted.name(gone.tensor()) + ": " + gone.reason())
            .toList();
    section(out, "Left out", shortened(left));
    section(out, "Problems", plan.problems().stream().map(Problem::message).toList());
    if (tensors) {
      out.println();
      everyTensor(plan).print(out, "");
    }
  }

  private static void section(PrintWriter out, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      out.println();
      out.println(title);
      lines.forEach(line -> out.println("  " + line));
    }
  }

  private List<String> shortened(List<String> lines) {
    if (lines.size() <= LISTED || tensors) {
      return lines;
    }
    List<String> first = new ArrayList<>(lines.subList(0, LISTED));
    first.add("and " + Amount.count(lines.size() - LISTED) + " more; --tensors lists all.");
    return first;
  }

  private static SequencedMap<Group, Total> groups(MergePlan plan) {
    SequencedMap<Group, Total> groups = new TreeMap<>();
    for (PlannedTensor tensor : plan.tensors()) {
      Group group = new Group(tensor.component(), tensor.treatment(), tensor.reason());
      groups.put(group, groups.getOrDefault(group, Total.NONE).and(tensor));
    }
    return groups;
  }

  private static Table table(SequencedMap<Group, Total> groups) {
    Table table = Table.of("component", "what", ">tensors", ">size", ">passes", "why");
    for (Map.Entry<Group, Total> entry : groups.entrySet()) {
      Group group = entry.getKey();
      Total total = entry.getValue();
      table.row(
          group.component().id(),
          words(group.treatment()),
          Amount.count(total.tensors()),
          Amount.bytes(total.bytes()),
          group.treatment() == Treatment.MERGED ? String.valueOf(total.passes()) : "",
          group.reason());
    }
    return table;
  }

  private static void shares(PrintWriter out, MergePlan plan) {
    List<Shares.Run> runs = Shares.of(plan);
    if (runs.isEmpty()) {
      return;
    }
    out.println();
    out.println("Shares");
    Table table = Table.of("", "", "");
    @Nullable Component previous = null;
    for (Shares.Run part : runs) {
      table.row(
          part.component() == previous ? "" : part.component().id(),
          part.blocks() + ":",
          part.words());
      previous = part.component();
    }
    table.print(out, "  ");
  }

  private void work(PrintWriter out, MergePlan plan, MergeOptions options) {
    MemoryBudget budget = run.budget(session);
    boolean fits = plan.largestWorkingSet() <= options.memory();
    out.println();
    out.println("Work");
    Table table = Table.of("", "");
    table.row("reads", Amount.bytes(plan.readBytes()));
    table.row("writes", Amount.bytes(plan.outputBytes()));
    table.row(
        "memory",
        mebibytes(budget.process())
            + " at most, "
            + mebibytes(options.memory())
            + " of it for buffers; "
            + (plan.largestWorkingSet() == 0
                ? "no tensor is needed whole"
                : "the largest tensor needs "
                    + Amount.bytes(plan.largestWorkingSet())
                    + (fits ? ", so nothing is read twice" : ", so it is read once a pass")));
    table.row(
        "time",
        "about "
            + ProgressLine.duration(cachedSeconds(plan))
            + " if the files are in memory, "
            + ProgressLine.duration(diskSeconds(plan))
            + " from a disk of 1 GB/s");
    table.print(out, "  ");
  }

  /// As `--memory` counts.
  private static String mebibytes(long bytes) {
    return Amount.count(bytes / MemoryBudget.MIB) + " MiB";
  }

  private static double cachedSeconds(MergePlan plan) {
    return START_SECONDS + (plan.readBytes() + plan.outputBytes()) / CACHED_BYTES_A_SECOND;
  }

  private static double diskSeconds(MergePlan plan) {
    return START_SECONDS + (plan.readBytes() + plan.outputBytes()) / DISK_BYTES_A_SECOND;
  }

  private static Table everyTensor(MergePlan plan) {
    Table table = Table.of("tensor", "dtype", "shape", "block", "what", ">alpha");
    for (PlannedTensor tensor : plan.tensors()) {
      table.row(
          tensor.spec().name(),
          tensor.spec().dtype().name(),
          tensor.spec().shape().toString(),
          tensor.component().id() + " " + tensor.block(),
          words(tensor.treatment()),
          tensor.alpha().isPresent() ? String.valueOf(tensor.alpha().getAsDouble()) : "");
    }
    return table;
  }

  private static String words(Treatment treatment) {
    return treatment.name().toLowerCase(Locale.ROOT);
  }

  private void describe(Json out, MergePlan plan) {
    out.object(
        "models",
        models ->
            plan.recipe().models().forEach((name, path) -> models.text(name, path.toString())));
    out.texts("description", plan.description());
    out.objects(
        "treatments",
        groups(plan).entrySet(),
        (item, entry) -> {
          item.text("component", entry.getKey().component().id());
          item.text("treatment", words(entry.getKey().treatment()));
          item.number("tensors", entry.getValue().tensors());
          item.number("bytes", entry.getValue().bytes());
          item.number("passes", entry.getValue().passes());
          item.text("reason", entry.getKey().reason());
        });
    out.objects(
        "shares",
        Shares.of(plan),
        (item, part) -> {
          item.text("component", part.component().id());
          item.text("blocks", part.blocks());
          item.text("words", part.words());
          part.least().ifPresent(alpha -> item.number("alpha", alpha));
          part.most().ifPresent(alpha -> item.number("largestAlpha", alpha));
        });
    out.number("readBytes", plan.readBytes());
    out.number("outputBytes", plan.outputBytes());
    out.number("largestWorkingSet", plan.largestWorkingSet());
    out.number("secondsCached", cachedSeconds(plan));
    out.number("secondsFromDisk", diskSeconds(plan));
    out.texts("notes", plan.notes());
    out.objects(
        "left",
        plan.left(),
        (item, gone) -> {
          item.text("tensor", gone.tensor());
          item.text("reason", gone.reason());
        });
    out.objects(
        "problems",
        plan.problems(),
        (item, problem) -> {
          item.text("code", problem.code().name());
          item.text("message", problem.message());
        });
    if (tensors) {
      out.objects("tensors", plan.tensors(), PlanReport::describe);
    }
  }

  private static void describe(Json item, PlannedTensor tensor) {
    item.text("name", tensor.spec().name());
    item.text("dtype", tensor.spec().dtype().name());
    item.numbers("shape", tensor.spec().shape().toArray());
    item.text("component", tensor.component().id());
    item.text("block", tensor.block());
    item.text("treatment", words(tensor.treatment()));
    item.text("reason", tensor.reason());
    tensor.alpha().ifPresent(alpha -> item.number("alpha", alpha));
    item.number("passes", tensor.passes());
    item.number("inputBytes", tensor.inputBytes());
    item.number("outputBytes", tensor.outputBytes());
  }
}
