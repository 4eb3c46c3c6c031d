package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// GGUF files and sets of them.
public final class GgufFormat implements CheckpointFormat {
  @Override
  public String name() {
    return "gguf";
  }

  @Override
  public List<String> extensions() {
    return List.of(".gguf");
  }

  @Override
  public boolean opensSet(String file) {
    return GgufSet.isFirst(file);
  }

  @Override
  public List<String> indexExtensions() {
    return List.of();
  }

  @Override
  public boolean recognises(byte[] start) {
    return start.length >= 4
        && start[0] == 'G'
        && start[1] == 'G'
        && start[2] == 'U'
        && start[3] == 'F';
  }

  @Override
  public Checkpoint open(ByteSource source) {
    try {
      GgufFile.Opened opened = GgufFile.open(source);
      refusePart(source, opened.header());
      return opened.checkpoint().translated();
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  /// A set is opened by the name of its first file.
  private static void refusePart(ByteSource source, GgufHeader header) {
    long count = header.number(KeyValue.SPLIT_COUNT).orElse(1);
    if (count > 1) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          source.name()
              + ": is one of the "
              + count
              + " files of a set. Name the first one, which ends in '"
              + GgufSet.ending(1, count)
              + "'.");
    }
  }

  @Override
  public Checkpoint openSet(String name, ByteSource index, Shards shards) {
    try (index) {
      return GgufSet.open(name, String.valueOf(Path.of(index.name()).getFileName()), shards);
    }
  }

  @Override
  public boolean stores(DType dtype) {
    return TensorType.number(dtype).isPresent();
  }

  @Override
  public DType storedAs(TensorSpec tensor, DType wanted, Collection<String> names) {
    return UsualType.of(tensor, wanted, names);
  }

  @Override
  public CheckpointLayout layout(
      Collection<TensorEntry> tensors,
      Map<String, String> metadata,
      Optional<CarriedOver> carriedOver) {
    return GgufLayout.of(
        tensors,
        metadata,
        carriedOver.flatMap(
            values -> values instanceof HeaderValues of ? Optional.of(of) : Optional.empty()));
  }
}
