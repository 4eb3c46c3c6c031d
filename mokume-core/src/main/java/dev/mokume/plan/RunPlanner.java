package dev.mokume.plan;

import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Plans a run's outputs a few at a time, so that the plans of some can tell how many there are to
/// be. Each input is opened once.
public final class RunPlanner implements AutoCloseable {
  private final boolean strict;
  private final OpenFiles files = new OpenFiles();
  private final HeldOperations operations = new HeldOperations();
  private final List<Planner> planners = new ArrayList<>();
  private final List<PreparedMerge> merges = new ArrayList<>();
  private Optional<PreparedRun> run = Optional.empty();
  private boolean isHandedOver;

  /// @param strict whether what is skipped of an input is a problem, and not only a warning
  public RunPlanner(boolean strict) {
    this.strict = strict;
  }

  /// Opens the outputs' files and settles what is to be done for them. Problems do not throw, they
  /// are in the plans, unless a file cannot be opened at all. An output's name chooses the format
  /// of a checkpoint.
  ///
  /// @return their plans
  public List<PreparedMerge> add(List<MergeOutput> outputs) {
    if (isHandedOver) {
      throw new IllegalStateException("a run has taken over the files");
    }
    outputs.forEach(output -> RecipeBounds.check(output.recipe()));
    int before = merges.size();
    if (!outputs.isEmpty()) {
      run = Optional.of(Planner.planning(outputs.size(), () -> plan(outputs)));
    }
    return List.copyOf(merges.subList(before, merges.size()));
  }

  private PreparedRun plan(List<MergeOutput> outputs) {
    outputs.forEach(output -> output.tokenizer().ifPresent(files::take));
    Set<Problem> problems = new LinkedHashSet<>();
    List<OpenInputs> inputs =
        outputs.stream().map(output -> OpenInputs.open(output.recipe(), files, problems)).toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(List.copyOf(problems));
    }
    for (int i = 0; i < outputs.size(); i++) {
      int sinks = merges.stream().mapToInt(merge -> merge.files().size()).sum();
      Planner planner = new Planner(outputs.get(i), inputs.get(i), sinks, operations);
      planner.decide(strict);
      merges.add(planner.assemble());
      planners.add(planner);
    }
    return Planner.together(merges, planners);
  }

  /// The run of all outputs so far, at least one. It owns the files from now on: it is what is to
  /// be closed, and nothing can be added any more.
  public PreparedRun run() {
    PreparedRun all = run.orElseThrow(() -> new IllegalStateException("nothing is to be run"));
    isHandedOver = true;
    return all;
  }

  /// Closes the files, unless a run owns them.
  @Override
  public void close() {
    if (!isHandedOver) {
      files.close();
    }
  }
}
