package dev.mokume.recipe;

import dev.mokume.internal.yaml.YamlReading;
import dev.mokume.plugin.MergeMethods;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/// One recipe being read.
class Reading extends YamlReading {
  final NamedParts parts = new NamedParts(this);
  final WeightsReader weights = new WeightsReader(this);
  final MaskReader masks = new MaskReader(this);
  final DeltaReader deltas = new DeltaReader(this);
  final RatioReader ratios = new RatioReader(this);

  final MergeMethods methods;

  Reading(String source, UnaryOperator<Path> files, MergeMethods methods) {
    super(source, files);
    this.methods = methods;
  }
}
