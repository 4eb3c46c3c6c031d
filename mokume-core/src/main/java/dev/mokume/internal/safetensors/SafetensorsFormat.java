package dev.mokume.internal.safetensors;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.internal.format.ShardIndex;
import dev.mokume.internal.format.ShardedSet;
import dev.mokume.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// safetensors files and sets of them.
public final class SafetensorsFormat implements CheckpointFormat {
  /// Bytes before the header, which hold its length.
  static final int PREFIX_LENGTH = 8;

  /// The longest header that the reference implementation reads.
  static final long LONGEST_HEADER = 100_000_000;

  @Override
  public String name() {
    return "safetensors";
  }

  @Override
  public List<String> extensions() {
    return List.of(".safetensors", ".sft");
  }

  @Override
  public List<String> indexExtensions() {
    return List.of(".safetensors.index.json");
  }

  @Override
  public boolean recognises(byte[] start) {
    if (start.length <= PREFIX_LENGTH || start[PREFIX_LENGTH] != '{') {
      return false;
    }
    long headerLength = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong();
    return headerLength > 0 && headerLength <= LONGEST_HEADER;
  }

  @Override
  public Checkpoint open(ByteSource source) {
    try {
      return SafetensorsFile.open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  @Override
  public Checkpoint openSet(String name, ByteSource index, Shards shards) {
    try (index) {
      return ShardedSet.open(name, ShardIndex.read(index), shards, this);
    }
  }

  @Override
  public byte[] index(Map<String, String> shardOf, long bytes) {
    return IndexText.of(shardOf, bytes);
  }

  @Override
  public boolean stores(DType dtype) {
    return !dtype.isBlockwise();
  }

  @Override
  public CheckpointLayout layout(
      Collection<TensorEntry> tensors,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver) {
    return SafetensorsLayout.of(tensors, metadata);
  }
}
