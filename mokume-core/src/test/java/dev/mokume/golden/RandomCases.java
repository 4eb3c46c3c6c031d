package dev.mokume.golden;

import dev.mokume.internal.random.DrawSequence;
import dev.mokume.internal.random.TorchGenerator;
import dev.mokume.internal.random.TorchNormal;
import dev.mokume.internal.random.TorchStream;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// What torch's CPU generator hands out: as single calls, and as the streams that merges read.
final class RandomCases extends OneByOne {
  private static final int TILE = 4096;

  @Override
  Comparison run(GoldenSuite suite, GoldenCase goldenCase) {
    Fields params = goldenCase.params();
    return switch (goldenCase.call()) {
      case "raw 32-bit outputs" -> {
        TorchGenerator generator = TorchGenerator.seeded(params.integer("seed"));
        yield numbers(goldenCase, count(params), () -> Integer.toUnsignedLong(generator.next32()));
      }
      case "torch.randint(lo,hi,(n,),dtype=torch.int)" -> {
        TorchGenerator generator = TorchGenerator.seeded(params.integer("seed"));
        yield numbers(
            goldenCase,
            count(params),
            () -> generator.integer(params.integer("lo"), params.integer("hi")));
      }
      case "torch.randperm(n)" -> {
        int[] order = TorchGenerator.seeded(params.integer("seed")).permutation(count(params));
        yield () ->
            sameNumbers(goldenCase, Arrays.stream(order).mapToObj(i -> (double) i).toList());
      }
      case "sequence" -> sequence(suite, goldenCase);
      case "torch.rand(n,dtype)" -> tensors(suite, goldenCase, List.of(uniform(params)));
      case "torch.rand(n)",
          "torch.bernoulli(torch.full((n,), p)) float32",
          "torch.normal(mean,std,size=(n,))" -> {
        TorchGenerator generator = TorchGenerator.seeded(params.integer("seed"));
        GoldenTensor streamed = streamed(goldenCase, generator);
        yield tensors(
            suite,
            goldenCase,
            List.of(drawn(operation(goldenCase), params, generator, goldenCase), streamed));
      }
      default ->
          throw new IllegalArgumentException("the harness does not know " + goldenCase.call());
    };
  }

  private static String operation(GoldenCase goldenCase) {
    String call = goldenCase.call().substring("torch.".length());
    return call.substring(0, call.indexOf('('));
  }

  private static int count(Fields params) {
    return Math.toIntExact(params.integer("n"));
  }

  private static TorchNormal kernel(GoldenCase goldenCase) {
    return goldenCase.fields().optionalText("kernel").equals(Optional.of("scalar"))
        ? TorchNormal.SCALAR
        : TorchNormal.AVX2_FMA;
  }

  /// The next call on a generator, in f32.
  private static GoldenTensor drawn(
      String operation, Fields params, TorchGenerator generator, GoldenCase goldenCase) {
    float[] values = new float[count(params)];
    switch (operation) {
      case "rand" -> generator.uniform(values, values.length);
      case "bernoulli" -> {
        float p = (float) params.number("p");
        for (int i = 0; i < values.length; i++) {
          values[i] = generator.bernoulli(p) ? 1 : 0;
        }
      }
      case "normal" ->
          generator.normal(
              params.number("mean"),
              params.number("std"),
              values,
              values.length,
              kernel(goldenCase));
      default ->
          throw new IllegalArgumentException("the harness does not know the draw " + operation);
    }
    return GoldenTensor.ofFloats(Shape.of(values.length), values);
  }

  /// The same draws as merges read them: block by block, the last block first.
  private static GoldenTensor streamed(GoldenCase goldenCase, TorchGenerator generator) {
    Fields params = goldenCase.params();
    int count = count(params);
    DrawSequence draws = new TorchStream(generator, count, TILE, kernel(goldenCase)).draws();
    float[] values = new float[count];
    for (int first = (count - 1) / TILE * TILE; first >= 0; first -= TILE) {
      float[] block =
          block(operation(goldenCase), params, draws, first, Math.min(TILE, count - first));
      System.arraycopy(block, 0, values, first, block.length);
    }
    return GoldenTensor.ofFloats(Shape.of(count), values);
  }

  private static float[] block(
      String operation, Fields params, DrawSequence draws, int first, int count) {
    float[] values = new float[count];
    switch (operation) {
      case "rand" -> draws.uniform(first, values, count);
      case "normal" ->
          draws.normal(first, params.number("mean"), params.number("std"), values, count);
      case "bernoulli" -> {
        long[] bits = new long[TILE / Long.SIZE];
        draws.keep(first, params.number("p"), bits, count);
        for (int i = 0; i < count; i++) {
          values[i] = bits[i >> 6] >> i & 1;
        }
      }
      default ->
          throw new IllegalArgumentException("the harness does not know the draw " + operation);
    }
    return values;
  }

  private static GoldenTensor uniform(Fields params) {
    TorchGenerator generator = TorchGenerator.seeded(params.integer("seed"));
    int count = count(params);
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    float[] values = new float[count];
    switch (params.text("dtype")) {
      case "F64" -> {
        double[] doubles = new double[count];
        generator.uniform(doubles, count);
        Arrays.stream(doubles).forEach(bytes::putDouble);
      }
      case "F16" -> {
        generator.uniformF16(values, count);
        for (float value : values) {
          bytes.putShort(Float.floatToFloat16(value));
        }
      }
      case "BF16" -> {
        generator.uniformBf16(values, count);
        for (float value : values) {
          bytes.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
        }
      }
      default ->
          throw new IllegalArgumentException(
              "the harness does not know rand of " + params.text("dtype"));
    }
    return new GoldenTensor(
        DType.of(params.text("dtype")),
        Shape.of(count),
        Arrays.copyOf(bytes.array(), bytes.position()));
  }

  private static Comparison sequence(GoldenSuite suite, GoldenCase goldenCase) {
    SequencedMap<String, GoldenTensor> got = new LinkedHashMap<>();
    TorchGenerator generator = TorchGenerator.seeded(0);
    for (Fields step : goldenCase.fields().objects("steps")) {
      if (step.text("op").equals("manual_seed")) {
        generator = TorchGenerator.seeded(step.integer("seed"));
      } else {
        got.put(step.text("out"), drawn(step.text("op"), step, generator, goldenCase));
      }
    }
    return () -> differences(suite, goldenCase, got);
  }

  private interface Source {
    long next();
  }

  private static Comparison numbers(GoldenCase goldenCase, int count, Source source) {
    List<Double> numbers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      numbers.add((double) source.next());
    }
    return () ->
        goldenCase.expectedValue().isPresent()
            ? sameNumbers(goldenCase, numbers)
            : List.of("expected tensors, got numbers");
  }

  private static List<String> sameNumbers(GoldenCase goldenCase, List<Double> numbers) {
    List<Double> expected =
        goldenCase.fields().list("expected_value").stream()
            .map(value -> ((Number) value).doubleValue())
            .toList();
    return expected.equals(numbers)
        ? List.of()
        : List.of("expected " + expected + ", got " + numbers);
  }

  private static Comparison tensors(
      GoldenSuite suite, GoldenCase goldenCase, List<GoldenTensor> candidates) {
    return () ->
        candidates.stream()
            .flatMap(candidate -> {
              SequencedMap<String, GoldenTensor> got = new LinkedHashMap<>();
              got.put("out", candidate);
              return differences(suite, goldenCase, got).stream();
            })
            .toList();
  }

  private static List<String> differences(
      GoldenSuite suite, GoldenCase goldenCase, Map<String, GoldenTensor> got) {
    SequencedMap<String, GoldenTensor> expected =
        ExpectedTensors.stored(suite, goldenCase.expected());
    if (!expected.keySet().equals(got.keySet())) {
      return List.of("expected " + expected.keySet() + ", got " + got.keySet());
    }
    List<String> differences = new ArrayList<>();
    expected.forEach((name, tensor) ->
        goldenCase
            .tolerance()
            .difference(tensor, recorded(goldenCase, got.get(name), tensor), List.of())
            .ifPresent(text -> differences.add(name + ": " + text)));
    return differences;
  }

  /// Of some results only the first values are stored; of Bernoulli draws, the truth values.
  private static GoldenTensor recorded(
      GoldenCase goldenCase, GoldenTensor got, GoldenTensor expected) {
    GoldenTensor whole = expected.dtype().equals(DType.BOOL) ? got.truth() : got;
    if (!goldenCase.fields().has("prefix_of_result")) {
      return whole;
    }
    return new GoldenTensor(
        whole.dtype(), expected.shape(), Arrays.copyOf(whole.bytes(), expected.bytes().length));
  }
}
