package dev.mokume.checkpoint;

import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Where each byte of a checkpoint file goes, settled before any is written: a header at offset 0,
/// then the tensors.
public final class CheckpointLayout {
  /// A tensor's place in the file.
  ///
  /// @param offset of its first byte in the file
  /// @param length in bytes
  /// @param order of its rows in the file; nothing for their own
  public record Placement(TensorSpec spec, long offset, long length, Optional<RowOrder> order) {
    public Placement(TensorSpec spec, long offset, long length) {
      this(spec, offset, length, Optional.empty());
    }

    public String name() {
      return spec.name();
    }
  }

  private final byte[] header;
  private final SequencedMap<String, Placement> placements;
  private final List<Gap> gaps = new ArrayList<>();
  private final long size;

  /// For a format: `placements` in the order of their offsets, none overlapping, and nothing behind
  /// the last one.
  public CheckpointLayout(byte[] header, List<Placement> placements) {
    this(header, placements, placements.isEmpty() ? header.length : end(placements.getLast()));
  }

  private static long end(Placement placement) {
    return Math.addExact(placement.offset, placement.length);
  }

  /// For a format: `placements` in the order of their offsets, none overlapping.
  ///
  /// @param size of the file; what belongs to nothing is filled with zeros
  public CheckpointLayout(byte[] header, List<Placement> placements, long size) {
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
      addGap(end, placement.offset);
      end = end(placement);
    }
    if (size < end) {
      throw new IllegalArgumentException("the last tensor ends behind the file");
    }
    addGap(end, size);
    this.placements = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byName));
    this.size = size;
  }

  private void addGap(long from, long to) {
    if (from < to) {
      gaps.add(new Gap(from, to - from));
    }
  }

  /// Bytes between tensors, or behind the last, that a format's alignment leaves.
  public record Gap(long offset, long length) {}

  /// What is to be filled with zeros.
  public List<Gap> gaps() {
    return List.copyOf(gaps);
  }

  /// The bytes from offset 0 on: a copy.
  public byte[] header() {
    return header.clone();
  }

  public int headerLength() {
    return header.length;
  }

  /// What takes tensors with their rows in order and writes into `sink` where this places them. A
  /// part that is written to it is of one tensor.
  public ByteSink placing(ByteSink sink) {
    boolean inOrder = placements.values().stream().allMatch(tensor -> tensor.order.isEmpty());
    return inOrder ? sink : new ReorderingSink(sink, this);
  }

  /// Writes all that is no tensor: the header, and zeros into the gaps.
  public void writeHeader(ByteSink sink) {
    try (Arena arena = Arena.ofConfined()) {
      sink.write(0, arena.allocateFrom(ValueLayout.JAVA_BYTE, header));
      for (Gap gap : gaps) {
        sink.write(gap.offset, arena.allocate(gap.length));
      }
    }
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
