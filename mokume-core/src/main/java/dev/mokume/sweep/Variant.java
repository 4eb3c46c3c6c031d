package dev.mokume.sweep;

import dev.mokume.recipe.Recipe;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// A recipe of a sweep.
///
/// @param name `seed=3,alpha=0.2`: made of the values, and safe as the name of a file
/// @param values of the numbers that are varied, by their names as they were given
public record Variant(String name, SequencedMap<String, BigDecimal> values, Recipe recipe) {
  public Variant {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
  }

  /// The name of its file.
  public String fileName() {
    return name + ".safetensors";
  }
}
