package dev.mokume.method;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Elemental rules, as people paste them: `OUT03 OUT04:attn2 attn1.to_out:0.5` on each line, or
/// separated by commas. Source: supermerger.
///
/// The first part names blocks, the second parts of tensors' names, the third is the number of all
/// tensors that are in one of those blocks and whose name holds one of those words. What is empty
/// selects everything; after `NOT` it is all but those. Of two rules the later counts.
///
/// Names are those within a diffusion model: in whole ones, as supermerger takes them, `ff` would
/// select all of `model.diffusion_model`.
record ElementalRules(List<Rule> rules) {
  private static final String NOT = "NOT";

  ElementalRules {
    rules = List.copyOf(rules);
  }

  /// @param text as it was written
  /// @param selects whether a tensor of that name is meant
  record Rule(String text, Predicate<String> selects, double number) {}

  /// @param inBlocks whether a tensor of that name is in one of the blocks that a text names; it
  ///   refuses names that it does not know
  /// @param local a tensor's name that is looked through for words
  /// @throws MokumeException `INVALID_RECIPE` with every problem of the text
  static ElementalRules parse(
      String text, Function<String, Predicate<String>> inBlocks, UnaryOperator<String> local) {
    List<Rule> rules = new ArrayList<>();
    List<Problem> problems = new ArrayList<>();
    for (String line : text.split("[,\\r\\n]+")) {
      if (!line.isBlank()) {
        try {
          rules.add(rule(line.strip(), inBlocks, local));
        } catch (MokumeException e) {
          problems.addAll(e.problems());
        }
      }
    }
    if (rules.isEmpty() && problems.isEmpty()) {
      problems.add(problem("elemental rules are empty; give some like OUT05:attn2:0.5."));
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return new ElementalRules(rules);
  }

  private static Rule rule(
      String line, Function<String, Predicate<String>> inBlocks, UnaryOperator<String> local) {
    String[] parts = line.split(":", -1);
    double number = parts.length == 3 ? number(parts[2].strip()) : Double.NaN;
    if (!Double.isFinite(number)) {
      throw new MokumeException(
          List.of(
              problem(
                  "the elemental rule '%s' is not BLOCKS:ELEMENTS:NUMBER, as in OUT05:attn2:0.5."
                      .formatted(line))));
    }
    Predicate<String> blocks = selection(parts[0], inBlocks);
    Predicate<String> elements =
        selection(
            parts[1],
            words -> {
              List<String> all = List.of(words.split("\\s+"));
              return tensor -> all.stream().anyMatch(local.apply(tensor)::contains);
            });
    return new Rule(line, blocks.and(elements), number);
  }

  private static Predicate<String> selection(
      String text, Function<String, Predicate<String>> ofNames) {
    List<String> words =
        Arrays.stream(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList();
    boolean inverted = !words.isEmpty() && words.getFirst().equals(NOT);
    List<String> names = inverted ? words.subList(1, words.size()) : words;
    if (names.isEmpty()) {
      return _ -> true;
    }
    Predicate<String> named = ofNames.apply(String.join(" ", names));
    return inverted ? named.negate() : named;
  }

  /// NaN if it is none.
  private static double number(String text) {
    return text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d{1,3})?")
        ? Double.parseDouble(text)
        : Double.NaN;
  }

  private static Problem problem(String message) {
    return new Problem(ErrorCode.INVALID_RECIPE, message);
  }
}
