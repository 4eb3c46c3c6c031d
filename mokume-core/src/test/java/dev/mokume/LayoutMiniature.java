package dev.mokume;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layout;
import dev.mokume.architecture.Layouts;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/// Every tensor of a real layout, under its real name and of a size that a test can afford, filled
/// with random bytes.
final class LayoutMiniature {
  private LayoutMiniature() {}

  static SmallCheckpoint of(String layout) {
    Layout real = Layouts.load(layout);
    SmallCheckpoint small = new SmallCheckpoint();
    Random random = new Random(1);
    real.tensors()
        .forEach((name, entry) -> {
          TensorSpec spec = entry.spec();
          Shape shape = small(name, spec.shape());
          byte[] bytes =
              new byte[Math.toIntExact(shape.elementCount()) * spec.dtype().bits() / Byte.SIZE];
          random.nextBytes(bytes);
          small.withBytes(name, spec.dtype(), shape, bytes);
        });
    return small;
  }

  static Set<Component> components(String layout) {
    Set<Component> components = new TreeSet<>();
    Layouts.load(layout).tensors().values().forEach(entry -> components.add(entry.component()));
    return components;
  }

  /// Of the real rank and as small as may be: what tells an architecture keeps its width, what is
  /// cut in parts keeps a row of each, and what is turned is no square.
  private static Shape small(String name, Shape real) {
    long[] shape = new long[real.rank()];
    for (int i = 0; i < shape.length; i++) {
      boolean tells =
          i == 1
              && (name.endsWith("token_embedding.weight")
                  || name.endsWith("attn2.to_k.weight")
                  || name.endsWith("input_blocks.0.0.weight"));
      shape[i] = tells ? real.dimension(i) : 1;
    }
    if (name.contains(".in_proj_") || name.contains(".qkv.")) {
      shape[0] = 3;
    } else if (name.contains(".linear1.")) {
      shape[0] = 7;
    } else if (name.contains("adaLN_modulation")) {
      // Twice the columns shifts and scales alone.
      shape[0] = real.dimension(0) / 1536 % 6 == 0 ? 6 : 2;
    } else if (name.contains("text_projection")) {
      shape[0] = 2;
      shape[1] = 3;
    }
    return Shape.of(shape);
  }
}
