package dev.mokume;

import dev.mokume.analysis.OutputValues;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.internal.engine.MergeEngine;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PreparedMerge;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import dev.mokume.tensor.TensorSpec;
import dev.mokume.tensor.TensorValues;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// One tensor of a prepared merge, computed by itself: what the output would hold of it, and of a
/// weight with a scale what that would stand for.
final class SingleTensor {
  private SingleTensor() {}

  static TensorValues of(PreparedMerge merge, String name, MergeOptions options) {
    if (!merge.plan().problems().isEmpty()) {
      throw new MokumeException(merge.plan().problems());
    }
    TensorSpec stored = spec(merge, name);
    TensorTask task =
        merge.tasks().stream()
            .filter(each -> each.tensor().equals(name))
            .findFirst()
            .orElseThrow(() ->
                new MokumeException(
                    ErrorCode.INVALID_RECIPE,
                    "tensor "
                        + Quoted.name(name)
                        + " is the scale of a weight, which is made with it. Ask for the weight."));
    Write write = atTheStart(OutputValues.of(task, merge), stored);
    TensorSpec spec = inDtypeOf(write, stored);
    long held = Float.BYTES * spec.elementCount();
    // The engine needs its share too.
    if (held > options.memory() / 2) {
      throw new MokumeException(
          ErrorCode.MEMORY_BUDGET,
          "tensor %s has %s elements, which take %s as f32; of the budget for buffers, %s, half can be used for them. Give more memory."
              .formatted(
                  Quoted.name(name),
                  Amount.count(spec.elementCount()),
                  Amount.bytes(held),
                  Amount.bytes(options.memory())));
    }
    MemorySegment values = Arena.ofAuto().allocate(held, Float.BYTES);
    MergeEngine engine =
        new MergeEngine(MeasureRun.settings(options, held, task.work(), task.work()));
    engine.measure(needed(merge, write, spec));
    engine.run(
        List.of(new TensorTask(name, task.count(), List.of(write), List.of())),
        List.of(new Decoding(name, spec.dtype(), values)));
    merge.inputs().sources().forEach(ByteSource::verifyUnchanged);
    return new TensorValues(spec, values);
  }

  private static TensorSpec spec(PreparedMerge merge, String name) {
    List<TensorSpec> specs = merge.plan().tensors().stream().map(PlannedTensor::spec).toList();
    return specs.stream()
        .filter(spec -> spec.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "what the recipe makes has no tensor "
                    + Quoted.name(name)
                    + Nearest.to(name, specs.stream().map(TensorSpec::name).toList())
                        .map(near -> "; did you mean " + Quoted.name(near) + "?")
                        .orElse(".")));
  }

  private static TensorSpec inDtypeOf(Write write, TensorSpec spec) {
    DType dtype =
        switch (write) {
          case Write.Values values -> values.dtype();
          case Write.Copy copy -> copy.from().spec().dtype();
          case Write.Number _, Write.Mask _ -> spec.dtype();
        };
    return new TensorSpec(spec.name(), dtype, spec.shape());
  }

  private static Write atTheStart(Write write, TensorSpec spec) {
    Write moved =
        switch (write) {
          case Write.Values(_, _, var value, var dtype) -> new Write.Values(0, 0, value, dtype);
          case Write.Copy(_, _, var from) -> new Write.Copy(0, 0, from);
          case Write.Number _ -> throw new IllegalStateException("a number is not written first");
          case Write.Mask _ ->
              throw new MokumeException(
                  ErrorCode.INVALID_RECIPE,
                  "the recipe makes a mask, which has bits and no values; count it instead.");
        };
    if (!spec.dtype().isBlendable()) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          "tensor "
              + Quoted.name(spec.name())
              + " is stored as "
              + spec.dtype()
              + ", which Mokume copies but does not read as numbers. Choose one of a float dtype.");
    }
    return moved;
  }

  /// The numbers about other tensors that this one needs.
  private static List<TensorTask> needed(PreparedMerge merge, Write write, TensorSpec spec) {
    if (!(write instanceof Write.Values values)) {
      return List.of();
    }
    Survey survey = new Survey(spec.elementCount());
    survey.visit(values.value());
    return merge.measures().stream()
        .filter(task -> task.measures().stream().anyMatch(number -> isAmong(survey, number)))
        .toList();
  }

  private static boolean isAmong(Survey survey, Scalar number) {
    Scalar asked = number instanceof Scalar.Share share ? share.whole() : number;
    return survey.foreign().stream()
        .map(foreign -> foreign instanceof Scalar.Measured(var of) ? of : foreign)
        .anyMatch(foreign -> foreign == asked);
  }

  /// Takes stored elements and keeps them as f32.
  private record Decoding(String name, DType dtype, MemorySegment values) implements ByteSink {
    @Override
    public void write(long offset, MemorySegment part) {
      Codec codec = Kernels.best().codec(dtype);
      Packing packing = dtype.packing();
      float[] block = new float[Block.ELEMENTS];
      long first = offset / packing.bytes() * packing.elements();
      long elements = part.byteSize() / packing.bytes() * packing.elements();
      for (long done = 0; done < elements; done += block.length) {
        int count = (int) Math.min(block.length, elements - done);
        codec.decode(part, packing.bytes(done), block, count);
        MemorySegment.copy(
            block, 0, values, ValueLayout.JAVA_FLOAT, (first + done) * Float.BYTES, count);
      }
    }

    @Override
    public void commit() {}

    @Override
    public void close() {}
  }
}
