package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plan.MergePlan.LeftOut;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// What a plan tells beside its tensors: notes, warnings, problems, and what the output will not
/// have.
final class Remarks {
  private final List<String> notes = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private final Set<Problem> problems = new LinkedHashSet<>();
  private final List<LeftOut> left = new ArrayList<>();

  void note(String sentence) {
    notes.add(sentence);
  }

  void notes(Collection<String> sentences) {
    notes.addAll(sentences);
  }

  /// @param sentence about something that is passed over
  void warn(String sentence) {
    warnings.add(sentence);
  }

  void problem(ErrorCode code, String message) {
    problem(new Problem(code, message));
  }

  void problem(Problem problem) {
    problems.add(problem);
  }

  void problems(Collection<Problem> found) {
    problems.addAll(found);
  }

  /// @param reason why the output will not have the tensor
  void leave(String tensor, String reason) {
    left.add(new LeftOut(tensor, reason));
  }

  void leave(Collection<LeftOut> tensors) {
    left.addAll(tensors);
  }

  /// What `step` gives; nothing if it fails, which is a problem of the plan then.
  <T> Optional<T> attempt(Supplier<T> step) {
    try {
      return Optional.of(step.get());
    } catch (MokumeException e) {
      problems(e.problems());
      return Optional.empty();
    }
  }

  List<String> notes() {
    return notes;
  }

  List<String> warnings() {
    return warnings;
  }

  /// Each once.
  List<Problem> problems() {
    return List.copyOf(problems);
  }

  List<LeftOut> left() {
    return left;
  }
}
