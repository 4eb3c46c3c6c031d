package dev.mokume.sample;

import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MethodProvider;
import java.util.List;

/// What this jar offers; `META-INF/services` and `module-info.java` name it.
public final class SampleMethods implements MethodProvider {
  @Override
  public List<MergeMethod> methods() {
    return List.of(new LargerChange(), new RowLengths());
  }
}
