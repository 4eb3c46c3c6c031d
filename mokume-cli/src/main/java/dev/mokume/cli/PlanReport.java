package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.architecture.Component;
import dev.mokume.error.Amount;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.plan.RunPlan;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.comfyui.Product;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Tells what a merge would do, in words or as JSON.
final class PlanReport {
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

  /// @param largest bytes of the largest tensor's inputs
  /// @param passes over these: what is small stays in memory
  private record Total(int tensors, long bytes, long largest, int passes) {
    static final Total NONE = new Total(0, 0, 0, 0);

    Total and(PlannedTensor tensor) {
      int passesOfLargest =
          tensor.inputBytes() > largest
              ? tensor.passes()
              : tensor.inputBytes() == largest ? Math.max(passes, tensor.passes()) : passes;
      return new Total(
          tensors + 1,
          bytes + tensor.outputBytes(),
          Math.max(largest, tensor.inputBytes()),
          passesOfLargest);
    }
  }

  /// @return the exit code that the merge would end with, as far as can be told
  int show(MergeOutput output) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    if (Merging.isPipeline(output.recipe())) {
      return show(Mokume.pipeline(output.recipe(), Path.of("")), _ -> "a part of the folder");
    }
    MergePlan plan = run.profiled(() -> Mokume.plan(List.of(output), options)).outputs().getFirst();
    return show(plan, options, Optional.empty());
  }

  /// The same of an output that is brought up to date.
  ///
  /// @param methods that its recipe may name
  int showUpdate(MergeOutput output, MergeMethods methods) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    MergePlan plan = run.profiled(() -> Mokume.planUpdate(output, methods, options));
    if (plan.writes() || !plan.problems().isEmpty()) {
      return show(plan, options, Optional.of(Kept.of(plan)));
    }
    run.tell(
        session,
        json,
        out -> {
          describe(out, plan, options);
          Kept.of(plan).describe(out);
        },
        out -> {
          printTensors(out, plan);
          printRemarks(out, plan);
          out.println();
          out.println(output.file() + " is up to date: nothing would be written.");
        });
    return ExitCode.OK;
  }

  private int show(MergePlan plan, MergeOptions options, Optional<Kept> parts) {
    run.tell(
        session,
        json,
        out -> {
          describe(out, plan, options);
          parts.ifPresent(kept -> kept.describe(out));
        },
        out -> {
          print(out, plan, options);
          parts.ifPresent(kept -> kept.print(out));
        });
    return ExitCode.of(plan.problems());
  }

  /// The plans of what a workflow makes: each, and all together.
  ///
  /// @param products that are merges, at least one
  /// @param outputs theirs
  int show(List<Product> products, List<MergeOutput> outputs) {
    return show(outputs, number -> products.get(number).words());
  }

  /// @param words of each output
  private int show(List<MergeOutput> outputs, IntFunction<String> words) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    RunPlan plan = run.profiled(() -> Mokume.plan(outputs, options));
    run.tell(
        session,
        json,
        out -> describe(out, outputs, words, plan, options),
        out -> print(out, outputs, words, plan, options));
    return ExitCode.of(plan.problems());
  }

  private void print(
      PrintWriter out,
      List<MergeOutput> outputs,
      IntFunction<String> words,
      RunPlan plan,
      MergeOptions options) {
    boolean several = outputs.size() > 1;
    for (int i = 0; i < outputs.size(); i++) {
      out.println(outputs.get(i).file() + ": " + words.apply(i));
      MergePlan own = plan.outputs().get(i);
      printTensors(out, own);
      if (!several) {
        work(out, Work.of(own, options), options);
      }
      printRemarks(out, own);
      if (several) {
        out.println();
      }
    }
    if (several) {
      out.println("All " + outputs.size() + " outputs together");
      Table table = Table.of("input", ">passes", ">read");
      for (RunPlan.InputUse input : plan.inputs()) {
        table.row(input.name(), String.valueOf(input.passes()), Amount.bytes(input.bytes()));
      }
      table.print(out, "  ");
      work(out, Work.of(plan, options), options);
    }
  }

  private void print(PrintWriter out, MergePlan plan, MergeOptions options) {
    printTensors(out, plan);
    work(out, Work.of(plan, options), options);
    printRemarks(out, plan);
  }

  private void printTensors(PrintWriter out, MergePlan plan) {
    plan.description().forEach(out::println);
    out.println();
    out.println("Tensors");
    table(groups(plan)).print(out, "  ");
    shares(out, plan);
  }

  private void printRemarks(PrintWriter out, MergePlan plan) {
    section(out, "Notes", plan.notes());
    section(out, "Warnings", plan.warnings());
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

  static void section(PrintWriter out, String title, List<String> lines) {
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

  /// What one merge, or several together, move.
  ///
  /// @param read bytes of the inputs, once
  /// @param again what does not fit the memory, for each pass but the first
  /// @param largestWorkingSet bytes that the largest tensor needs to be read only once
  private record Work(long read, long again, long written, int shards, long largestWorkingSet) {
    static Work of(MergePlan plan, MergeOptions options) {
      return new Work(
          plan.readBytes(),
          plan.readAgain(options.heldBytes()),
          plan.outputBytes(),
          plan.shards(),
          plan.largestWorkingSet());
    }

    static Work of(RunPlan plan, MergeOptions options) {
      return new Work(
          plan.readBytes(),
          plan.readAgain(options.heldBytes()),
          plan.outputBytes(),
          plan.outputs().stream().mapToInt(MergePlan::shards).sum(),
          plan.largestWorkingSet());
    }

    Moving moving() {
      return new Moving(read + again + written);
    }
  }

  private void work(PrintWriter out, Work work, MergeOptions options) {
    MemoryBudget budget = run.budget(session);
    boolean fits = work.largestWorkingSet() <= options.heldBytes();
    out.println();
    out.println("Work");
    Table table = Table.of("", "");
    table.row(
        "reads",
        Amount.bytes(work.read())
            + (work.again() == 0
                ? ""
                : " and "
                    + Amount.bytes(work.again())
                    + " of it again, which does not fit the memory"));
    table.row(
        "writes",
        Amount.bytes(work.written())
            + (work.shards() == 0 ? "" : " in " + Amount.count(work.shards(), "shard", "shards")));
    table.row(
        "memory",
        mebibytes(budget.process())
            + " at most, "
            + mebibytes(options.memory())
            + " of it for buffers; "
            + (work.largestWorkingSet() == 0
                ? "no tensor is needed whole"
                : "the largest tensor needs "
                    + Amount.bytes(work.largestWorkingSet())
                    + (fits
                        ? ", so nothing is read twice"
                        : ", so part of it is read once a pass")));
    table.row("time", work.moving().words());
    table.print(out, "  ");
  }

  /// As `--memory` counts.
  private static String mebibytes(long bytes) {
    return Amount.count(bytes / MemoryBudget.MIB) + " MiB";
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

  private void describe(
      Json out,
      List<MergeOutput> outputs,
      IntFunction<String> words,
      RunPlan plan,
      MergeOptions options) {
    out.objects(
        "outputs",
        IntStream.range(0, outputs.size()).boxed().toList(),
        (item, number) -> {
          item.text("file", outputs.get(number).file().toString());
          item.text("words", words.apply(number));
          describe(item, plan.outputs().get(number), options);
        });
    out.objects(
        "inputs",
        plan.inputs(),
        (item, input) -> {
          item.text("name", input.name());
          item.number("passes", input.passes());
          item.number("readBytes", input.bytes());
        });
    describe(out, Work.of(plan, options));
  }

  private static void describe(Json out, Work work) {
    out.number("readBytes", work.read());
    out.number("readAgainBytes", work.again());
    out.number("outputBytes", work.written());
    out.number("shards", work.shards());
    out.number("largestWorkingSet", work.largestWorkingSet());
    work.moving().describe(out);
  }

  private void describe(Json out, MergePlan plan, MergeOptions options) {
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
    describe(out, Work.of(plan, options));
    out.texts("notes", plan.notes());
    out.texts("warnings", plan.warnings());
    out.objects(
        "left",
        plan.left(),
        (item, gone) -> {
          item.text("tensor", gone.tensor());
          item.text("reason", gone.reason());
        });
    out.problems(plan.problems());
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
