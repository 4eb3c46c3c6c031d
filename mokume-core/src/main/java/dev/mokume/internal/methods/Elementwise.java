package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementKernel;
import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MethodInfo;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.Statistic;
import java.util.List;

/// An element-wise method whose arithmetic fits a few lines.
///
/// @param wanted the statistics that the arithmetic is given
record Elementwise(MethodInfo info, List<Statistic> wanted, Arithmetic arithmetic)
    implements ElementMethod {
  /// What becomes of a block, once the parameters and the statistics are known.
  interface Arithmetic {
    ElementKernel kernel(Setting setting, double[] statistics);
  }

  @Override
  public List<Statistic> statistics(Setting setting) {
    return wanted;
  }

  @Override
  public ElementKernel kernel(Setting setting, double[] statistics) {
    return arithmetic.kernel(setting, statistics);
  }
}
