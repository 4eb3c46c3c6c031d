package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.internal.format.ShardIndex;
import dev.mokume.internal.format.ShardedSet;
import dev.mokume.tensor.DType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What torch saves, and sets of it: read, not written.
public final class PickleFormat implements CheckpointFormat {
  private static final byte[] ZIP = "PK\3\4".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte[] EMPTY_ZIP = "PK\5\6".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte PROTOCOL = (byte) 0x80;

  @Override
  public String name() {
    return "PyTorch";
  }

  @Override
  public List<String> extensions() {
    return List.of(".ckpt", ".pt", ".pth", ".bin", ".pkl");
  }

  @Override
  public List<String> indexExtensions() {
    return List.of(".bin.index.json");
  }

  @Override
  public boolean recognises(byte[] start) {
    if (startsWith(start, ZIP) || startsWith(start, EMPTY_ZIP)) {
      return true;
    }
    return start.length > 2
        && start[0] == PROTOCOL
        && start[1] >= 2
        && start[1] <= 5
        && !isLengthOfJson(start);
  }

  /// A safetensors header may have a length that looks like the start of a pickle.
  private static boolean isLengthOfJson(byte[] start) {
    return start.length > 8 && start[8] == '{' && (start[4] | start[5] | start[6] | start[7]) == 0;
  }

  private static boolean startsWith(byte[] start, byte[] with) {
    return start.length >= with.length
        && Arrays.equals(start, 0, with.length, with, 0, with.length);
  }

  @Override
  public Checkpoint open(ByteSource source) {
    try {
      byte[] start = start(source);
      return startsWith(start, ZIP) || startsWith(start, EMPTY_ZIP)
          ? TorchArchive.open(source)
          : PickledFile.open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static byte[] start(ByteSource source) {
    int length = (int) Math.min(source.size(), ZIP.length);
    try (SourceReader in = new SourceReader(source, 0, length, "the file")) {
      return in.bytes(length);
    }
  }

  @Override
  public Checkpoint openSet(String name, ByteSource index, Shards shards) {
    try (index) {
      return ShardedSet.open(name, ShardIndex.read(index), shards, this);
    }
  }

  @Override
  public boolean isWritten() {
    return false;
  }

  @Override
  public boolean stores(DType dtype) {
    return false;
  }

  @Override
  public CheckpointLayout layout(
      Collection<TensorEntry> tensors,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver) {
    throw new UnsupportedOperationException("PyTorch files are not written");
  }
}
