package dev.mokume.cli;

import dev.mokume.architecture.BlockPresets;
import dev.mokume.error.Nearest;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.RecipeReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.DoubleConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The numbers of a method that differ from tensor to tensor: what `--mbw`, `--gradient`,
/// `--ratio-for` and `--elemental` say, each of one number. Which numbers a method has is known
/// once it has asked for all of them.
///
/// A number's block weights have what its own option says where they name no block; a gradient and
/// a ratio are multiplied with what was given besides; elemental rules overrule all of it.
final class Curves {
  /// What stands before a value: lower case, unlike the names of blocks, and no rule, which has a
  /// colon before its number.
  private static final Pattern NAMED =
      Pattern.compile("\\s*([a-z][a-z_-]*(?:\\.[A-Z][0-9]*)?)\\s*=(.*)", Pattern.DOTALL);

  /// In a recipe the name of a ratio, which a command line has no place for.
  private static final Pattern WORD = Pattern.compile("\\s*[A-Za-z_][\\w-]*\\s*");

  private final Problems problems;
  private final String usual;
  private final Map<String, String> mbw;
  private final Map<String, String> gradients;
  private final Map<String, String> ratios;
  private final Map<String, String> rules;
  private final Optional<BlockPresets> presets;

  /// What the method asked for.
  private final SequencedSet<String> asked = new LinkedHashSet<>();

  /// @param usual the number that is meant where an option names none; empty if the method has none
  ///   that comes first
  Curves(CurveFlags flags, String usual, Problems problems) {
    this.problems = problems;
    this.usual = usual;
    this.mbw = byNumber("--mbw", flags.mbw);
    this.gradients = byNumber("--gradient", flags.gradient);
    this.ratios = byNumber("--ratio-for", flags.ratioFor);
    this.rules = byNumber("--elemental", flags.elemental);
    this.presets =
        flags.presets.flatMap(
            file -> problems.collect(Optional.empty(), () -> Optional.of(presets(file))));
  }

  private static BlockPresets presets(Path file) {
    return BlockPresets.read(file);
  }

  private Map<String, String> byNumber(String option, List<String> values) {
    SequencedMap<String, String> byNumber = new LinkedHashMap<>();
    for (String value : values) {
      Matcher named = NAMED.matcher(value);
      boolean isNamed = named.matches();
      String name = isNamed ? named.group(1).replace('_', '-') : usual;
      if (name.isEmpty()) {
        problems.add(
            "%s %s: say which number is meant, as in %s density=%s."
                .formatted(option, value, option, value));
      } else if (byNumber.putIfAbsent(name, isNamed ? named.group(2) : value) != null) {
        problems.add("%s is given twice for %s.".formatted(option, name));
      }
    }
    return byNumber;
  }

  /// Whether the method's usual number, or any other, is a curve.
  boolean isEmpty() {
    return mbw.isEmpty() && gradients.isEmpty() && ratios.isEmpty() && rules.isEmpty();
  }

  /// What a number is, tensor by tensor.
  ///
  /// @param name as its option is called, without the dashes
  /// @param number what the option says, or its default
  /// @param given whether the option says it
  Ratio of(String name, double number, boolean given) {
    return of(name, number, given, _ -> {});
  }

  /// @param check told each number of a gradient
  Ratio of(String name, double number, boolean given, DoubleConsumer check) {
    asked.add(name);
    boolean several = given;
    // A default is no factor of a curve.
    double rest = given || !gradients.containsKey(name) && !ratios.containsKey(name) ? number : 1;
    Ratio ratio = new Ratio.Constant(rest);
    String blocks = mbw.get(name);
    if (blocks != null) {
      ratio = new Ratio.ByBlock(row(blocks), rest);
      several = true;
    }
    String gradient = gradients.get(name);
    if (gradient != null) {
      List<Double> numbers = Numbers.reals("--gradient", gradient, problems);
      numbers.forEach(check::accept);
      ratio = product(new Ratio.ByDepth(numbers), ratio, several);
      several = true;
    }
    String written = ratios.get(name);
    if (written != null) {
      ratio = product(ratio(name, written), ratio, several);
    }
    String elemental = rules.get(name);
    return elemental == null ? ratio : new Ratio.Elemental(elemental, Optional.of(ratio));
  }

  private Ratio ratio(String name, String written) {
    if (WORD.matcher(written).matches()) {
      problems.add(
          "--ratio-for %s: '%s' is neither a number nor a ratio; write one as in recipes, 'patterns: {\"*attn*\": 0.2, \"*\": 0.8}' in braces."
              .formatted(name, written.strip()));
      return new Ratio.Constant(0);
    }
    return problems.collect(
        (Ratio) new Ratio.Constant(0), () -> RecipeReader.ratio(written, "--ratio-for " + name));
  }

  /// A number that each model has: what is said of `name.B` goes before what is said of `name`.
  Ratio ofModel(String name, String model, double number, boolean given) {
    String own = name + "." + model;
    asked.add(name);
    boolean has =
        List.of(mbw, gradients, ratios, rules).stream().anyMatch(all -> all.containsKey(own));
    return of(has ? own : name, number, given);
  }

  private static Ratio product(Ratio curve, Ratio other, boolean several) {
    return several
        ? new Ratio.Combined(Ratio.Operation.MULTIPLY, Ratio.Join.INNER, curve, other)
        : curve;
  }

  private String row(String blocks) {
    return presets.isEmpty() || !blocks.strip().matches("[A-Za-z][^=,\\s]*")
        ? blocks
        : problems.collect(blocks, () -> presets.get().row(blocks));
  }

  /// Whether a number needs no option of its own, since curves give it for every tensor.
  boolean isWhole(String name) {
    return gradients.containsKey(name) || ratios.containsKey(name);
  }

  /// Tells what no number of the method was asked for.
  ///
  /// @param method as people type it
  void tellOthers(String method) {
    tellOthers("--mbw", mbw, method);
    tellOthers("--gradient", gradients, method);
    tellOthers("--ratio-for", ratios, method);
    tellOthers("--elemental", rules, method);
  }

  private void tellOthers(String option, Map<String, String> given, String method) {
    for (String name : given.keySet()) {
      if (!asked.contains(name)) {
        problems.add(
            asked.isEmpty()
                ? "%s: %s has no numbers.".formatted(option, method)
                : "%s: %s has no number '%s'%s Its numbers are %s."
                    .formatted(
                        option,
                        method,
                        name,
                        Nearest.to(name.toLowerCase(Locale.ROOT), asked)
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("."),
                        String.join(", ", asked)));
      }
    }
  }
}
