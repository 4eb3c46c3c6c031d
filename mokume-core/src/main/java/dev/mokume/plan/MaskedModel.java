package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.MaskFile;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The model that masks were made for, as far as their files tell: its tensors' names and shapes. It has no weights to read.
///
/// A set operation on masks needs no weights, so the masks themselves stand in the models' place.
final class MaskedModel implements Checkpoint {
  private final Checkpoint first;
  private final SequencedMap<String, StoredTensor> tensors;

  private MaskedModel(Checkpoint first, SequencedMap<String, StoredTensor> tensors) {
    this.first = first;
    this.tensors = Collections.unmodifiableSequencedMap(tensors);
  }

  static boolean isMask(Checkpoint checkpoint) {
    return checkpoint.metadata().containsKey(MaskFile.SHAPES);
  }

  /// What all of `masks` are for; of a name that several know, the first one's shape.
  static Checkpoint of(List<Checkpoint> masks) {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (Checkpoint checkpoint : masks) {
      MaskFile mask = MaskFile.of(checkpoint);
      for (StoredTensor bits : checkpoint.tensors().values()) {
        TensorSpec spec = new TensorSpec(bits.name(), DType.F32, mask.shape(bits));
        tensors.putIfAbsent(bits.name(), new StoredTensor(spec, bits.source(), bits.offset(), bits.length()));
      }
    }
    return new MaskedModel(masks.getFirst(), tensors);
  }

  @Override
  public String name() {
    return first.name();
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public List<ByteSource> sources() {
    return first.sources();
  }

  @Override
  public void close() {
    first.close();
  }
}
