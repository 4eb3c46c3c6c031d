package dev.mokume.plan;

import dev.mokume.error.Problem;
import dev.mokume.recipe.Recipe;
import java.util.List;

/// What will be done, tensor by tensor, settled before a weight is read.
///
/// @param recipe what was asked
/// @param description the recipe in words, a line each
/// @param tensors of the output, in the order of the file
/// @param left tensors of the first model, and of others that a component is taken from, that the
///   output will not have, with the reason
/// @param notes how it was understood and what is worth knowing, as sentences
/// @param warnings what is passed over, of an input or of what was asked, as sentences
/// @param problems why the plan cannot be run; empty if it can
/// @param outputBytes the size of the output
/// @param shards of the output; 0 if it is one file
/// @param readBytes what will be read from the inputs, each byte once
/// @param largestWorkingSet bytes that the largest tensor needs to be read only once
/// @param repetitions tensors whose inputs are gone through more than once
public record MergePlan(
    Recipe recipe,
    List<String> description,
    List<PlannedTensor> tensors,
    List<LeftOut> left,
    List<String> notes,
    List<String> warnings,
    List<Problem> problems,
    long outputBytes,
    int shards,
    long readBytes,
    long largestWorkingSet,
    List<Repetition> repetitions) {
  public MergePlan {
    repetitions = List.copyOf(repetitions);
    description = List.copyOf(description);
    tensors = List.copyOf(tensors);
    left = List.copyOf(left);
    notes = List.copyOf(notes);
    warnings = List.copyOf(warnings);
    problems = List.copyOf(problems);
  }

  /// What will be read a second time and more often, if that much memory can be held between
  /// passes.
  public long readAgain(long memory) {
    return Repetition.again(repetitions, memory);
  }

  /// Whether anything will be written.
  public boolean writes() {
    return outputBytes > 0;
  }

  /// A tensor of an input that the output will not have.
  public record LeftOut(String tensor, String reason) {}
}
