package dev.mokume.bench;

import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.random.DrawSequence;
import dev.mokume.internal.random.TorchGenerator;
import dev.mokume.internal.random.TorchNormal;
import dev.mokume.internal.random.TorchStream;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Every kernel on one block in the first caches: elements a nanosecond, one thread.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@OperationsPerInvocation(Block.ELEMENTS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseSerialGC", "-Xmx256m"})
public class KernelBenchmark {
  @Param({"scalar", "vector"})
  String kernels = "scalar";

  private static final int COUNT = Block.ELEMENTS;

  private final MemorySegment f16A = Arena.ofAuto().allocate(2L * COUNT, 64);
  private final MemorySegment f16B = Arena.ofAuto().allocate(2L * COUNT, 64);
  private final MemorySegment bf16A = Arena.ofAuto().allocate(2L * COUNT, 64);
  private final MemorySegment bf16B = Arena.ofAuto().allocate(2L * COUNT, 64);
  private final MemorySegment f32A = Arena.ofAuto().allocate(4L * COUNT, 64);
  private final MemorySegment f32B = Arena.ofAuto().allocate(4L * COUNT, 64);
  private final MemorySegment stored = Arena.ofAuto().allocate(4L * COUNT, 64);
  private final float[] a = new float[COUNT];
  private final float[] b = new float[COUNT];
  private final float[] out = new float[COUNT];
  private final long[] mask = new long[Block.MASK_WORDS];
  private final long[] outMask = new long[Block.MASK_WORDS];
  private final int[] upper = new int[1 << 16];
  private final DrawSequence torch =
      new TorchStream(TorchGenerator.seeded(1), 2L * COUNT, COUNT, TorchNormal.AVX2_FMA).draws();
  private Kernels chosen = Kernels.scalar();

  @Setup
  public void setUp() {
    chosen = kernels.equals("vector") ? Kernels.vector() : Kernels.scalar();
    Kernels plain = Kernels.scalar();
    plain.draws().normal(1, 0, 0, 1, a, COUNT);
    plain.draws().normal(2, 0, 0, 1, b, COUNT);
    plain.draws().keep(3, 0, 1L << 31, mask, COUNT);
    plain.codec(DType.F16).encode(a, f16A, 0, COUNT);
    plain.codec(DType.F16).encode(b, f16B, 0, COUNT);
    plain.codec(DType.BF16).encode(a, bf16A, 0, COUNT);
    plain.codec(DType.BF16).encode(b, bf16B, 0, COUNT);
    plain.codec(DType.F32).encode(a, f32A, 0, COUNT);
    plain.codec(DType.F32).encode(b, f32B, 0, COUNT);
  }

  /// What the machine can do at best: the measure of the others.
  @Benchmark
  @Traffic(bytes = 4)
  public void copy() {
    MemorySegment.copy(f16A, 0, stored, 0, 2L * COUNT);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public long f16Blend() {
    return fusedBlend(DType.F16, f16A, f16B);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public long bf16Blend() {
    return fusedBlend(DType.BF16, bf16A, bf16B);
  }

  @Benchmark
  @Traffic(bytes = 12)
  public long f32Blend() {
    return fusedBlend(DType.F32, f32A, f32B);
  }

  private long fusedBlend(DType dtype, MemorySegment storedA, MemorySegment storedB) {
    return chosen
        .fusedBlend(dtype)
        .orElseThrow()
        .blend(storedA, 0, 0.65f, storedB, 0, 0.35f, stored, 0, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public void f16Decode() {
    chosen.codec(DType.F16).decode(f16A, 0, out, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public int f16Encode() {
    return chosen.codec(DType.F16).encode(a, stored, 0, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public void bf16Decode() {
    chosen.codec(DType.BF16).decode(bf16A, 0, out, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 6)
  public int bf16Encode() {
    return chosen.codec(DType.BF16).encode(a, stored, 0, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 5)
  public int e4m3Encode() {
    return chosen.codec(DType.F8_E4M3).encode(a, stored, 0, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 12)
  public void blend() {
    chosen.arithmetic().blend(a, 0.65f, b, 0.35f, out, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 12.125)
  public void select() {
    chosen.arithmetic().select(mask, a, b, out, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 4.125)
  public void lessThan() {
    chosen.bits().lessThan(a, 0.1f, outMask, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 4)
  public double sum() {
    return chosen.reductions().sum(a, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 8)
  public double dot() {
    return chosen.reductions().dot(a, b, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 4)
  public void histogram() {
    chosen.histogram().countUpper(a, 0, COUNT, upper);
  }

  @Benchmark
  @Traffic(bytes = 0.125)
  public void keep() {
    chosen.draws().keep(7, 0, 1L << 30, outMask, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 4)
  public void normal() {
    chosen.draws().normal(7, 0, 0, 1, out, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 0.125)
  public void torchKeep() {
    torch.keep(COUNT, 0.2, outMask, COUNT);
  }

  @Benchmark
  @Traffic(bytes = 4)
  public void torchNormal() {
    torch.normal(0, 0, 1, out, COUNT);
  }

  /// The bits of everything that the kernels write, to compare implementations.
  int fingerprint() {
    int hash = java.util.Arrays.hashCode(out);
    hash = 31 * hash + java.util.Arrays.hashCode(outMask);
    hash = 31 * hash + java.util.Arrays.hashCode(upper);
    return 31 * hash
        + java.util.Arrays.hashCode(stored.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }
}
