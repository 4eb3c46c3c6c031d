package dev.mokume.architecture;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// One number a block, and one for all that lies outside the listed blocks.
public record BlockWeights(double base, SequencedMap<String, Double> blocks) {
  public BlockWeights {
    blocks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(blocks));
  }
}
