package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.recipe.Recipe;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Supplier;

/// Plans how an output that Mokume wrote becomes what another recipe makes. Tensors that both
/// recipes make in the same way of the same bytes are copied from it, all others are computed.
///
/// How the older ones were made is not in the output: its recipe is planned once more, over the
/// files that it was made of, which are known by their SHA-256. Where any of that is not known,
/// everything is computed, and a note of the plan says why.
public final class OutputUpdate {
  private final MergeOutput output;
  private final MergeMethods methods;
  private final BooleanSupplier cancelled;
  private final OlderOutput older;
  private final OpenFiles files = new OpenFiles();
  private final HeldOperations operations = new HeldOperations();

  private OutputUpdate(
      MergeOutput output, MergeMethods methods, BooleanSupplier cancelled, OlderOutput older) {
    this.output = output;
    this.methods = methods;
    this.cancelled = cancelled;
    this.older = older;
  }

  /// Opens the recipe's files, and the output that is there. The files are hashed, unless their
  /// hashes are remembered.
  ///
  /// @param methods that the older recipe may name
  /// @param fingerprints whether files are to be hashed; if not, it is not known of which the older
  ///   output was made
  /// @param cancelled asked while files are hashed
  /// @param strict as for [Planner#prepare(Recipe, boolean)]
  /// @throws MokumeException if a file cannot be opened, or if the output that is there is not one
  ///   of Mokume's
  public static PreparedRun prepare(
      MergeOutput output,
      MergeMethods methods,
      boolean fingerprints,
      BooleanSupplier cancelled,
      boolean strict) {
    RecipeBounds.check(output.recipe());
    OlderOutput older = OlderOutput.open(output.file(), output.recipe().result());
    OutputUpdate update = new OutputUpdate(output, methods, cancelled, older);
    try {
      return update.prepare(fingerprints, strict);
    } catch (Throwable t) {
      older.close();
      update.files.close();
      throw t;
    }
  }

  private PreparedRun prepare(boolean fingerprints, boolean strict) {
    OpenInputs inputs = Planner.planning(1, () -> opened(output.recipe()));
    inputs.take(older);
    Known<Recipe> recipe = Known.of(() -> recipe(inputs, fingerprints));
    PreparedRun run = Planner.planning(1, () -> plan(inputs, recipe, strict));
    files.keepOnly(inputs.opened());
    return run;
  }

  private OpenInputs opened(Recipe recipe) {
    Set<Problem> problems = new LinkedHashSet<>();
    OpenInputs inputs = OpenInputs.open(recipe, files, problems);
    if (!problems.isEmpty()) {
      throw new MokumeException(List.copyOf(problems));
    }
    return inputs;
  }

  /// The recipe of the older output. Not on the planner's stack, since hashing takes long and is to
  /// be interrupted.
  private Recipe recipe(OpenInputs now, boolean fingerprints) {
    older.requireThisVersion();
    if (!fingerprints) {
      throw older.unknown("is compared by the hashes of its files, which are not to be taken.");
    }
    OlderInputs then = new OlderInputs(older, files.paths(), files, cancelled);
    try {
      return then.recipe(methods);
    } finally {
      now.take(then.hashes());
    }
  }

  private PreparedRun plan(OpenInputs inputs, Known<Recipe> recipe, boolean strict) {
    Planner planner = new Planner(output, inputs, 0, operations);
    planner.decide(strict);
    Known<OlderTensors> there = recipe.then(made -> there(made, planner.tensors()));
    switch (there) {
      case Known.Yes(var tensors) -> planner.keep(tensors);
      case Known.No(var why) -> planner.note("everything is computed: " + why);
    }
    return Planner.together(List.of(planner.assemble()), List.of(planner));
  }

  /// What the older output has of the tensors that are wanted.
  private OlderTensors there(Recipe made, List<OutputTensor> wanted) {
    MergeOutput same = new MergeOutput(made, output.file(), output.largestShard());
    Planner planner = new Planner(same, opened(made), 0, operations);
    planner.decide(false);
    older.requireWrittenBy(planner.assemble());
    return OlderTensors.of(older, planner.tensors(), wanted);
  }

  /// Something that an output may not tell.
  private sealed interface Known<T> {
    record Yes<T>(T value) implements Known<T> {}

    record No<T>(String why) implements Known<T> {}

    /// @throws MokumeException `CANCELLED`, if `what` does
    static <T> Known<T> of(Supplier<T> what) {
      try {
        return new Yes<>(what.get());
      } catch (MokumeException e) {
        if (e.code() == ErrorCode.CANCELLED) {
          throw e;
        }
        return new No<>(e.problems().getFirst().message());
      }
    }

    default <R> Known<R> then(Function<T, R> step) {
      return switch (this) {
        case Yes<T>(var value) -> of(() -> step.apply(value));
        case No<T>(var why) -> new No<>(why);
      };
    }
  }
}
