package dev.mokume.architecture;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A number for each block, as in a merge by block weights (MBW).
///
/// A tensor takes the number of the smallest listed stage that holds it: a part of the middle
/// block, its block, its whole component; else `base`. In the rows of numbers that people paste,
/// BASE is thus what the tools of the field make it: the text encoders, the VAE, and what of the
/// U-Net lies outside IN, M and OUT (`time_embed`, `label_emb`).
public record BlockWeights(double base, SequencedMap<Block, Double> blocks) {
  public BlockWeights {
    requireFinite(base);
    blocks.values().forEach(BlockWeights::requireFinite);
    blocks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(blocks));
  }

  /// The same number everywhere.
  public static BlockWeights uniform(double value) {
    return new BlockWeights(value, new LinkedHashMap<>());
  }

  /// Reads a row of numbers or `name=value` pairs, separated by commas or white space.
  ///
  /// A row: as many numbers as the architecture takes (26 for SD 1.x, 20 for SDXL, 61 for FLUX),
  /// pairs may follow; or a row as people paste it for LoRAs (17 for SD 1.x, 12 for SDXL, or its
  /// name such as `MIDD`), where blocks that it does not name have 0; or the name of a row of 26,
  /// such as `GRAD_V`, or `RANDOM:SEED` for a row that is drawn. A name: a block (`IN04`), `BASE`,
  /// a range (`IN00-IN05`), a component (`clip_l`, `vae`) or the text encoders (`clip`). `M01` and
  /// `M02` are the middle block's second and third part, `M00.0` its first, `M00` all of it. A
  /// later item overrules an earlier one.
  ///
  /// @param detection of the checkpoint that is to be changed
  /// @param otherwise the number of all that the text does not name
  /// @throws dev.mokume.error.MokumeException `INVALID_RECIPE` with every problem of the text
  public static BlockWeights parse(String text, Detection detection, double otherwise) {
    return new BlockWeightsReader(detection, otherwise).read(text);
  }

  /// The number for a tensor at that place.
  public double at(TensorPlace place) {
    if (blocks.isEmpty()) {
      return base;
    }
    Optional<Block> stage = place.middlePart().or(() -> Optional.of(place.block()));
    while (stage.isPresent()) {
      Double value = blocks.get(stage.get());
      if (value != null) {
        return value;
      }
      stage = stage.get().parent();
    }
    return base;
  }

  /// The number for a block as a whole.
  public double at(Block block) {
    Optional<Block> stage = Optional.of(block);
    while (stage.isPresent()) {
      Double value = blocks.get(stage.get());
      if (value != null) {
        return value;
      }
      stage = stage.get().parent();
    }
    return base;
  }

  /// As `name=value` pairs that [#parse] reads: `BASE=0.5,IN04=0.35`.
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("BASE=").append(base);
    for (Map.Entry<Block, Double> entry : blocks.entrySet()) {
      text.append(',').append(entry.getKey().id()).append('=').append(entry.getValue());
    }
    return text.toString();
  }

  private static void requireFinite(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a block weight must be a finite number but was " + value);
    }
  }
}
