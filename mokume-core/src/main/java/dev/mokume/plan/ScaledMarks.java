package dev.mokume.plan;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.internal.quantised.ComfyMetadata;
import dev.mokume.internal.quantised.ScaleNames;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.tensor.DType;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What an output has to say about its scaled weights so that ComfyUI knows them.
final class ScaledMarks {
  /// Of the components whose weights have a `scale_weight`.
  private final Map<Component, Mark> marks = new EnumMap<>(Component.class);

  private final SequencedMap<String, String> layers = new TreeMap<>();

  /// What the tensor `scaled_fp8` of a component says.
  ///
  /// @param block that one of the weights is in
  record Mark(DType dtype, boolean hasInputScales, Block block) {}

  /// Notes a scaled weight of the output.
  ///
  /// @param layer the output's name for it
  /// @param setting what the metadata is to tell of it
  void add(
      TensorPlace place,
      String layer,
      DType dtype,
      ScaleNames names,
      boolean hasInputScale,
      Optional<String> setting) {
    switch (names) {
      case SCALE_WEIGHT ->
          marks.merge(
              place.component(),
              new Mark(dtype, hasInputScale, place.block()),
              (a, b) -> new Mark(a.dtype, a.hasInputScales && b.hasInputScales, a.block));
      case WEIGHT_SCALE, WEIGHT_SCALE_INV -> setting.ifPresent(text -> layers.put(layer, text));
    }
  }

  /// The setting of a layer that no file has one for. Without a scale for the input, ComfyUI is not
  /// to round the input to 8 bits.
  static String fresh(DType dtype, boolean hasInputScale) {
    return "{\"format\":\"%s\"%s}"
        .formatted(
            dtype.equals(DType.F8_E5M2) ? "float8_e5m2" : "float8_e4m3fn",
            hasInputScale ? "" : ",\"full_precision_matrix_mult\":true");
  }

  /// The setting of a copied weight, if a tensor does not say it already.
  static Optional<String> copied(ScaledTensor tensor) {
    return tensor.comfyQuant().isPresent() ? Optional.empty() : tensor.setting();
  }

  Map<Component, Mark> marks() {
    return marks;
  }

  /// The value of [ComfyMetadata#KEY]; nothing if no layer has a setting.
  Optional<String> metadata() {
    return layers.isEmpty() ? Optional.empty() : Optional.of(new ComfyMetadata(layers).json());
  }
}
