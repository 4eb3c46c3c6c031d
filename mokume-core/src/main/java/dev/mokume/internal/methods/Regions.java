package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Models;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.Setting;
import dev.mokume.tensor.Shape;
import java.util.List;

/// Some rows or columns of B in A. Values are moved, not computed with.
final class Regions {
  /// Columns are taken where there are more.
  private static final int MANY_COLUMNS = 100;

  private Regions() {}

  static List<Elementwise> all() {
    List<Parameter> shares =
        List.of(
            Parameter.share("alpha", 0.5, "the share of rows that are B's"),
            Parameter.share("beta", 0, "where they begin"));
    return List.of(
        new Elementwise(
            new MethodInfo(
                "tensor_sum",
                "rows of B, a share of width from offset on, the rest of A",
                Models.of("a", "b"),
                List.of(
                    new Parameter.Real(
                        "width",
                        0.5,
                        -1000,
                        1000,
                        "the share of rows that are B's; a negative one"
                            + " lies before the offset"),
                    new Parameter.Real("offset", 0, -1000, 1000, "where they begin, modulo 1")),
                "sd-mecha, tensor_sum"),
            List.of(),
            (setting, _) -> tensorSum(setting)),
        new Elementwise(
            new MethodInfo(
                "tensor",
                "rows of B, a share of alpha from beta on, the rest of A",
                Models.of("a", "b"),
                shares,
                "supermerger, tensor"),
            List.of(),
            (setting, _) -> slice(setting, 0)),
        new Elementwise(
            new MethodInfo(
                "tensor2",
                "as tensor, but by the second dimension where that has more than 100 places",
                Models.of("a", "b"),
                shares,
                "supermerger, tensor2"),
            List.of(),
            (setting, _) -> slice(setting, hasManyColumns(setting.shape()) ? 1 : 0)));
  }

  private static boolean hasManyColumns(Shape shape) {
    return shape.rank() > 1 && shape.dimension(1) > MANY_COLUMNS;
  }

  private static ElementKernel tensorSum(Setting setting) {
    double width = setting.real("width");
    Shape shape = setting.shape();
    return shape.rank() == 0
        ? taking(new Region(0, width > 0.5 ? 1 : 0, false), shape, 0)
        : taking(Region.of(width, setting.real("offset"), shape.dimension(0)), shape, 0);
  }

  private static ElementKernel slice(Setting setting, int dimension) {
    Shape shape = setting.shape();
    long places = shape.rank() == 0 ? 1 : shape.dimension(dimension);
    return taking(
        Region.after(setting.real("alpha"), setting.real("beta"), places), shape, dimension);
  }

  private static ElementKernel taking(Region region, Shape shape, int dimension) {
    long places = shape.rank() == 0 ? 1 : shape.dimension(dimension);
    long size = 1;
    for (int i = dimension + 1; i < shape.rank(); i++) {
      size *= shape.dimension(i);
    }
    long inner = size;
    return (inputs, out, first, count) -> {
      for (int i = 0; i < count; ) {
        long element = first + i;
        int length = (int) Math.min(count - i, inner - element % inner);
        float[] from = region.contains(element / inner % places) ? inputs[1] : inputs[0];
        System.arraycopy(from, i, out, i, length);
        i += length;
      }
    };
  }
}
