package dev.mokume.sweep;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.TreeMap;

/// How far what a variant makes lies from one of the models that it is made of.
///
/// @param model its name in the recipe
/// @param blocks in the order of the data's way through the model
public record Distance(String model, SequencedMap<Block, Part> blocks) {
  public Distance {
    blocks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(blocks));
  }

  /// All that was looked at together.
  public Part whole() {
    return blocks.values().stream().reduce(Part.NONE, Part::plus);
  }

  /// The parts of the model, in the order of [Component].
  public SequencedMap<Component, Part> components() {
    SequencedMap<Component, Part> components = new TreeMap<>();
    blocks.forEach((block, part) -> components.merge(block.component(), part, Part::plus));
    return components;
  }

  /// Sums over the elements of some tensors. With a sample they are those of the sample.
  ///
  /// @param tensors that anything was looked at of
  /// @param difference the squared norm of what tells the variant from the model
  /// @param norm the squared norm of the model
  /// @param changed elements that differ
  /// @param signed elements that have a sign in both
  /// @param opposed elements whose signs are opposite
  public record Part(
      int tensors,
      long elements,
      double difference,
      double norm,
      long changed,
      long signed,
      long opposed) {
    public Part {
      // Sums of numbers that are not finite are all the same to a reader.
      difference = Double.isFinite(difference) ? difference : Double.NaN;
      norm = Double.isFinite(norm) ? norm : Double.NaN;
    }

    static final Part NONE = new Part(0, 0, 0, 0, 0, 0, 0);

    Part plus(Part other) {
      return new Part(
          tensors + other.tensors,
          elements + other.elements,
          difference + other.difference,
          norm + other.norm,
          changed + other.changed,
          signed + other.signed,
          opposed + other.opposed);
    }

    /// `|x - model| / |model|`, as `mokume diff` has it: 0 where nothing differs, infinite where
    /// only the model is zero, NaN where a value is not finite.
    public double relative() {
      return difference == 0 ? 0 : Math.sqrt(difference) / Math.sqrt(norm);
    }

    /// Share of the elements that differ; NaN where there are none.
    public double changedShare() {
      return (double) changed / elements;
    }

    /// Share of the elements with a sign in both where the signs are opposite; NaN where there are
    /// none.
    public double opposedShare() {
      return (double) opposed / signed;
    }
  }
}
