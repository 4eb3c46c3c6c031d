package dev.mokume.cli;

import java.util.List;

/// An option that belongs to some methods of `mokume merge`.
enum MethodOption {
  ALPHA("--alpha"),
  BASE("--base"),
  WEIGHTS("--weights"),
  MBW("--mbw"),
  GRADIENT("--gradient"),
  RATIO_FOR("--ratio-for"),
  ELEMENTAL("--elemental"),
  PRESETS("--mbw-presets"),
  DENSITY("--density"),
  LAMBDA("--lambda"),
  GAMMA("--gamma"),
  EPSILON("--epsilon"),
  DROP_RATE("--drop-rate"),
  VOTE("--vote"),
  RESCALE("--rescale"),
  SEED("--seed"),
  ITERATIONS("--iterations"),
  INTERPOLATION("--interpolation"),
  MASK("--mask"),
  NORMALIZE("--normalize"),
  MAGNIFY("--magnify"),
  NOISE("--noise"),
  MEAN("--mean"),
  DEVIATION("--deviation"),
  LAYERS("--layers"),
  VECTORS("--vectors"),
  TOLERANCE("--tolerance"),
  REACH("--reach"),
  GAIN("--gain"),
  MOST("--most");

  private final String text;

  MethodOption(String text) {
    this.text = text;
  }

  /// As people type it.
  String text() {
    return text;
  }

  /// The methods that take it.
  List<String> methods() {
    return Method.known().stream()
        .filter(method -> method.options().contains(this))
        .map(Method::id)
        .toList();
  }
}
