package dev.mokume.internal.quantised;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A checkpoint of scaled 8-bit weights as if it held their values as F32: the scales and what else
/// belongs to them are no tensors of it. Only the header is looked at; scales are read with the
/// weights.
///
/// Weights that are quantised in any other way stay as they are, with what lies beside them, so
/// that [dev.mokume.checkpoint.QuantisedWeights] finds them.
public final class ScaledCheckpoint implements Checkpoint {
  /// What a tensor is called, behind the prefix of a component, that says that there are scales.
  public static final String MARKER = "scaled_fp8";

  private final Checkpoint checkpoint;
  private final SequencedMap<String, StoredTensor> tensors;
  private final Map<String, String> metadata;
  private final List<ScaledTensor> scaled;
  private final List<StoredTensor> markers;

  private ScaledCheckpoint(Checkpoint checkpoint, SequencedMap<String, ScaledTensor> byWeight) {
    this.checkpoint = checkpoint;
    this.scaled = List.copyOf(byWeight.values());
    Set<String> hidden = new HashSet<>();
    for (ScaledTensor tensor : scaled) {
      hidden.add(tensor.scale().name());
      tensor.others().forEach(other -> hidden.add(other.name()));
    }
    SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
    List<StoredTensor> found = new ArrayList<>();
    checkpoint
        .tensors()
        .forEach((name, tensor) -> {
          ScaledTensor ofWeight = byWeight.get(name);
          if (ofWeight != null) {
            view.put(name, ofWeight.values());
          } else if (isMarker(name)) {
            found.add(tensor);
          } else if (!hidden.contains(name)) {
            view.put(name, tensor);
          }
        });
    this.tensors = Collections.unmodifiableSequencedMap(view);
    this.markers = List.copyOf(found);
    this.metadata = withoutSettings(checkpoint.metadata(), byWeight.keySet());
  }

  /// The checkpoint itself if it has no scaled weights.
  public static Checkpoint of(Checkpoint checkpoint) {
    Map<String, String> settings =
        ComfyMetadata.of(checkpoint.metadata())
            .<Map<String, String>>map(ComfyMetadata::layers)
            .orElse(Map.of());
    SequencedMap<String, ScaledTensor> byWeight = new LinkedHashMap<>();
    for (StoredTensor scale : checkpoint.tensors().values()) {
      for (ScaleNames names : ScaleNames.values()) {
        names
            .layer(scale.name())
            .flatMap(layer ->
                scaled(
                    checkpoint.tensors(),
                    layer,
                    scale,
                    names,
                    Optional.ofNullable(settings.get(layer))))
            // Of two scales of one weight neither can be trusted.
            .ifPresent(tensor -> byWeight.merge(tensor.weight().name(), tensor, (a, b) -> a));
      }
    }
    byWeight.values().removeIf(tensor -> hasTwoScales(checkpoint, tensor));
    return byWeight.isEmpty() ? checkpoint : new ScaledCheckpoint(checkpoint, byWeight);
  }

  private static boolean hasTwoScales(Checkpoint checkpoint, ScaledTensor tensor) {
    int scales = 0;
    for (ScaleNames names : ScaleNames.values()) {
      scales += checkpoint.tensors().containsKey(names.scale(tensor.layer())) ? 1 : 0;
    }
    return scales > 1 || checkpoint.tensors().containsKey(tensor.layer() + ".weight_scale_2");
  }

  private static Optional<ScaledTensor> scaled(
      Map<String, StoredTensor> all,
      String layer,
      StoredTensor scale,
      ScaleNames names,
      Optional<String> setting) {
    StoredTensor weight = all.get(layer + ScaledTensor.WEIGHT);
    if (weight == null || !isF8(weight.spec().dtype()) || !isScale(scale.spec().dtype(), names)) {
      return Optional.empty();
    }
    List<StoredTensor> others = new ArrayList<>();
    for (String other : List.of(names.inputScale(layer), layer + ScaledTensor.COMFY_QUANT)) {
      StoredTensor there = all.get(other);
      if (there != null) {
        others.add(there);
      }
    }
    return Grid.of(weight.spec().shape(), scale.spec().shape())
        .filter(grid -> weight.spec().elementCount() > 0)
        .map(grid -> new ScaledTensor(weight, scale, names, grid, others, setting));
  }

  private static boolean isF8(DType dtype) {
    return dtype.equals(DType.F8_E4M3) || dtype.equals(DType.F8_E5M2);
  }

  /// Bare exponents beside `weight_scale` are those of MXFP8, which are not stored row by row.
  private static boolean isScale(DType dtype, ScaleNames names) {
    return dtype.equals(DType.F32)
        || dtype.equals(DType.BF16)
        || dtype.equals(DType.F16)
        || dtype.equals(DType.F8_E8M0) && names == ScaleNames.WEIGHT_SCALE_INV;
  }

  private static boolean isMarker(String tensor) {
    return tensor.equals(MARKER) || tensor.endsWith("." + MARKER);
  }

  /// What is said about each layer is still true if all of the layers are known.
  private static Map<String, String> withoutSettings(
      Map<String, String> metadata, Set<String> weights) {
    Optional<ComfyMetadata> settings = ComfyMetadata.of(metadata);
    boolean known =
        settings.isPresent()
            && settings.get().layers().keySet().stream()
                .allMatch(layer -> weights.contains(layer + ScaledTensor.WEIGHT));
    if (!known) {
      return metadata;
    }
    Map<String, String> rest = new TreeMap<>(metadata);
    rest.remove(ComfyMetadata.KEY);
    return rest;
  }

  /// The scaled weights, in the order of the scales on disk.
  public List<ScaledTensor> scaled() {
    return scaled;
  }

  /// The tensors `scaled_fp8`, which say that there are scales.
  public List<StoredTensor> markers() {
    return markers;
  }

  /// What is scaled and how, as in a sentence: `304 weights are F8_E4M3, one scale each
  /// (scale_weight)`.
  public String words() {
    Map<String, Integer> kinds = new LinkedHashMap<>();
    for (ScaledTensor tensor : scaled) {
      kinds.merge(
          tensor.weight().spec().dtype()
              + " with "
              + tensor.grid().words()
              + " ("
              + tensor.names()
              + ")",
          1,
          Integer::sum);
    }
    return kinds.entrySet().stream()
        .map(kind -> Amount.count(kind.getValue(), "weight is ", "weights are ") + kind.getKey())
        .collect(Collectors.joining(", "));
  }

  @Override
  public String name() {
    return checkpoint.name();
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public List<ByteSource> sources() {
    return checkpoint.sources();
  }

  @Override
  public List<Note> notes() {
    return checkpoint.notes();
  }

  @Override
  public Optional<Path> pipeline() {
    return checkpoint.pipeline();
  }

  @Override
  public Optional<CarriedOver> carriedOver() {
    return checkpoint.carriedOver();
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
