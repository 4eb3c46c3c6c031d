package dev.mokume.internal.methods;

import dev.mokume.plugin.ElementMethod;
import dev.mokume.plugin.MergeMethod;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.Parameter;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.TensorMethod;
import dev.mokume.plugin.WholeTensor;
import dev.mokume.tensor.Shape;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A method called on arrays, with the defaults of all parameters that are not given.
record ArrayCall(Setting setting, List<WholeTensor> inputs, WholeTensor output)
    implements TensorCall {
  /// What the method of that name makes of arrays, without statistics.
  static float[] of(String method, Shape shape, Map<String, Object> values, float[]... inputs) {
    MergeMethod found = MergeMethods.installed().get(method);
    Map<String, Object> all = new HashMap<>();
    for (Parameter parameter : found.info().parameters()) {
      all.put(
          parameter.name(),
          switch (parameter) {
            case Parameter.Real real -> real.otherwise();
            case Parameter.Whole whole -> whole.otherwise();
            case Parameter.Flag flag -> flag.otherwise();
            case Parameter.Choice choice -> choice.values().getFirst();
          });
    }
    all.putAll(values);
    Setting setting = new Setting("tensor", shape, inputs.length, all);
    float[] result = new float[(int) shape.elementCount()];
    switch (found) {
      case ElementMethod element ->
          element.kernel(setting, new double[0]).apply(inputs, result, 0, result.length);
      case TensorMethod whole ->
          whole.apply(
              new ArrayCall(
                  setting,
                  Stream.of(inputs).map(input -> WholeTensor.of(shape, input)).toList(),
                  WholeTensor.of(shape, result)));
    }
    return result;
  }

  @Override
  public WholeTensor input(int number) {
    return inputs.get(number);
  }

  @Override
  public RandomNumbers random(int stream, long count) {
    throw new UnsupportedOperationException("these are not random");
  }
}
