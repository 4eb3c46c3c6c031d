package dev.mokume.architecture;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/// Tensors to detect, without their data.
final class Specs {
  private Specs() {}

  static TensorSpec spec(String name, long... shape) {
    return new TensorSpec(name, DType.F16, Shape.of(shape));
  }

  static List<TensorSpec> named(String... names) {
    return Arrays.stream(names).map(name -> spec(name, 8, 8)).toList();
  }

  static Detection detected(String layout) {
    return Architectures.detect(Layouts.load(layout).specs());
  }

  /// A model as ComfyUI names it in memory: `sd15`, `sdxl` or `clip`.
  static List<TensorSpec> comfyUi(String model) {
    List<TensorSpec> specs = new ArrayList<>();
    try (InputStream in = Specs.class.getResourceAsStream("comfyui-names.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      boolean wanted = false;
      for (String line : text.lines().toList()) {
        if (line.startsWith("=")) {
          wanted = line.equals("=" + model);
        } else if (wanted) {
          String[] fields = line.split("\t", -1);
          specs.add(new TensorSpec(fields[0], DType.of(fields[1]), shape(fields[2])));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return specs;
  }

  private static Shape shape(String text) {
    return text.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray());
  }
}
