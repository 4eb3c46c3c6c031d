package dev.mokume.checkpoint;

import dev.mokume.tensor.TensorSpec;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Where each byte of a checkpoint file goes, settled before any is written: a header at offset 0,
/// then the tensors.
public final class CheckpointLayout {
  /// A tensor's place in the file.
  ///
  /// @param offset of its first byte in the file
  /// @param length in bytes
  public record Placement(TensorSpec spec, long offset, long length) {
    public String name() {
      return spec.name();
    }
  }

  private final byte[] header;
  private final SequencedMap<String, Placement> placements;
  private final long size;

  /// For a format: `placements` in the order of their offsets, the first right behind the header,
  /// none overlapping.
  public CheckpointLayout(byte[] header, List<Placement> placements) {
    this.header = header.clone();
    Map<String, Placement> byName = LinkedHashMap.newLinkedHashMap(placements.size());
    long end = header.length;
    for (Placement placement : placements) {
      if (placement.offset < end) {
        throw new IllegalArgumentException(
            "tensor '" + placement.name() + "' overlaps what stands before it");
      }
      if (byName.put(placement.name(), placement) != null) {
        throw new IllegalArgumentException("two tensors are called '" + placement.name() + "'");
      }
      end = Math.addExact(placement.offset, placement.length);
    }
    this.placements = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byName));
    this.size = end;
  }

  /// The bytes from offset 0 on: a copy.
  public byte[] header() {
    return header.clone();
  }

  public int headerLength() {
    return header.length;
  }

  /// Every tensor by name, in the order of the data.
  public SequencedMap<String, Placement> placements() {
    return placements;
  }

  /// @throws IllegalArgumentException if the layout has no such tensor
  public Placement placement(String name) {
    Placement placement = placements.get(name);
    if (placement == null) {
      throw new IllegalArgumentException("no tensor is called '" + name + "'");
    }
    return placement;
  }

  /// The whole file's length in bytes.
  public long size() {
    return size;
  }
}
