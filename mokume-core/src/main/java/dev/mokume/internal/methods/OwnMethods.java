package dev.mokume.internal.methods;

import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MethodProvider;
import java.util.List;
import java.util.stream.Stream;

/// All of them.
public final class OwnMethods implements MethodProvider {
  @Override
  public List<MergeMethod> methods() {
    return Stream.of(
            Directions.all(),
            DifferenceMasks.all(),
            Powers.all(),
            Sums.all(),
            Regions.all(),
            List.of(
                new Clamp(),
                CosineShare.BY_COLUMN,
                CosineShare.BY_COLUMN_AND_WHOLE,
                new Crossover(),
                new SmoothAdd(),
                new Extract(),
                new PlusRandom(),
                new TopKTensorSum(),
                new TiesSum(),
                new Dropout(),
                new ModelStockRows(),
                new GeometricMedian(),
                new Rotate(),
                new TruncateRank(),
                new TruncateKronecker()))
        .<MergeMethod>flatMap(List::stream)
        .toList();
  }
}
