package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A row of block weights by the throw of dice: `RANDOM:7` has numbers from 0 to 1 that follow from
/// the seed 7, `RANDOM:7:-0.5:1.5` others from -0.5 to 1.5. BASE has 0, as in rows by name.
///
/// The numbers are those of [Random#nextDouble], whose algorithm every Java has, one for each slot
/// in the row's order, rounded to three decimals so that a row that pleases can be written down.
/// Source of the idea: supermerger's dice.
///
/// @param least what a number may be
/// @param most what a number may be
record DrawnWeights(long seed, double least, double most) {
  private static final Pattern FORM =
      Pattern.compile("RANDOM:(\\d{1,18})(?::([^:]+):([^:]+))?", Pattern.CASE_INSENSITIVE);
  private static final double STEPS = 1000;
  private static final double LARGEST = 1000;

  /// Neighbouring seeds would begin with nearly the same numbers. The golden ratio's bits.
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  /// @return nothing if the text is not of this form, or if its numbers are no range within -1000
  ///   to 1000
  static Optional<DrawnWeights> parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    long seed = Long.parseLong(form.group(1));
    if (form.group(2) == null) {
      return Optional.of(new DrawnWeights(seed, 0, 1));
    }
    double least = BlockWeightsReader.number(form.group(2)).orElse(Double.NaN);
    double most = BlockWeightsReader.number(form.group(3)).orElse(Double.NaN);
    return -LARGEST <= least && least <= most && most <= LARGEST
        ? Optional.of(new DrawnWeights(seed, least, most))
        : Optional.empty();
  }

  /// A number for each of the form's slots.
  List<Double> row(BlockForm form) {
    Random random = new Random(seed * SPREAD);
    List<Double> row = new ArrayList<>();
    for (List<Block> slot : form.slots()) {
      double number = least + (most - least) * random.nextDouble();
      row.add(slot.equals(BlockForm.BASE) ? 0 : Math.rint(number * STEPS) / STEPS);
    }
    return row;
  }
}
