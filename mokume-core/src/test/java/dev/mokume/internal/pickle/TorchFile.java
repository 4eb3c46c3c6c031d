package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.PickleBytes.pickle;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The files that torch writes of a model whose tensors are contiguous.
public final class TorchFile {
  private final SmallCheckpoint model;
  private final List<String> names;

  private TorchFile(SmallCheckpoint model, Collection<String> names) {
    this.model = model;
    this.names = List.copyOf(names);
  }

  /// An archive of a state dict, which lies in dicts of these names, the outermost first.
  public static byte[] zip(SmallCheckpoint model, String... holders) {
    return zip(model, model.names(), holders);
  }

  /// The same of some of its tensors.
  public static byte[] zip(SmallCheckpoint model, Collection<String> names, String... holders) {
    TorchFile file = new TorchFile(model, names);
    PickleBytes pickle = pickle().op("}");
    for (String holder : holders) {
      pickle.text(holder).op("}");
    }
    for (String name : file.names) {
      pickle.text(name);
      file.tensor(pickle, name);
      pickle.op("s");
    }
    return file.archive(pickle.op("s".repeat(holders.length)));
  }

  /// What `torch.jit.save` writes of modules whose attributes are the tensors.
  public static byte[] script(SmallCheckpoint model) {
    TorchFile file = new TorchFile(model, model.names());
    PickleBytes pickle = pickle();
    file.module(pickle, "", file.names);
    return file.archive(pickle);
  }

  /// @param prefix of the module's names, with a dot behind it
  private void module(PickleBytes pickle, String prefix, List<String> inside) {
    SequencedMap<String, List<String>> parts = new LinkedHashMap<>();
    for (String name : inside) {
      String part = name.substring(prefix.length()).split("\\.")[0];
      parts.computeIfAbsent(part, _ -> new ArrayList<>()).add(name);
    }
    pickle.global("__torch__", "Module").op(")").op(0x81).op("}");
    parts.forEach((part, tensors) -> {
      pickle.text(part);
      if (tensors.equals(List.of(prefix + part))) {
        tensor(pickle, prefix + part);
      } else {
        module(pickle, prefix + part + ".", tensors);
      }
      pickle.op("s");
    });
    pickle.op("b");
  }

  private void tensor(PickleBytes pickle, String name) {
    Shape shape = model.spec(name).shape();
    long[] dimensions = shape.toArray();
    long[] strides = new long[dimensions.length];
    long stride = 1;
    for (int i = strides.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dimensions[i];
    }
    pickle.tensor(
        STORAGES.get(model.spec(name).dtype()),
        String.valueOf(names.indexOf(name)),
        shape.elementCount(),
        0,
        dimensions,
        strides);
  }

  private static final Map<DType, String> STORAGES =
      Map.of(
          DType.F32, "FloatStorage",
          DType.F16, "HalfStorage",
          DType.BF16, "BFloat16Storage",
          DType.I64, "LongStorage");

  private byte[] archive(PickleBytes pickle) {
    TestArchive archive = new TestArchive().stored("archive/data.pkl", pickle.stop());
    for (String name : names) {
      archive.stored("archive/data/" + names.indexOf(name), model.bytes(name));
    }
    return archive.bytes();
  }
}
