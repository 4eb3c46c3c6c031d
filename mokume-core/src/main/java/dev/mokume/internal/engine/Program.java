package dev.mokume.internal.engine;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Sample;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.internal.kernel.Histogram;
import dev.mokume.internal.linear.GramRegression;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.Packing;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A tensor's task as passes over its elements.
///
/// @param count elements of the tensor
/// @param passes in order; values that need whole-tensor numbers come in later passes
/// @param nodes every node; scalars are numbered by their node's id
/// @param inputs the stored tensors that any pass reads
/// @param matrices what is held in memory from the first pass to the last
/// @param slots what one pass keeps for later ones
/// @param draws the random sequences
/// @param steps what is made of whole tensors between passes
/// @param regressions what is solved by Gram matrices between passes
/// @param accumulators the statistics
/// @param outputs what is written, but for copies and numbers
/// @param copies what is written of the bytes of inputs as they are
/// @param numbers numbers that are written when the run is over
/// @param measures the statistics to report
record Program(
    String tensor,
    long count,
    List<Pass> passes,
    List<Node> nodes,
    List<Input> inputs,
    List<Matrix> matrices,
    List<Slot> slots,
    List<Draw> draws,
    List<Step> steps,
    List<Regression> regressions,
    List<Statistic> accumulators,
    List<Output> outputs,
    List<Copied> copies,
    List<Number> numbers,
    List<Measure> measures) {

  /// Output bytes' worth of work that the first `elements` elements stand for, over all passes.
  long work(long elements) {
    long bytes = 0;
    for (Measure measure : measures) {
      // What is measured twice counts for half each time.
      bytes +=
          TensorTask.measuredBytes(elements) / (measure.scalar() instanceof Scalar.Share ? 2 : 1);
    }
    for (Output output : outputs) {
      bytes += output.packing().bytes(elements);
    }
    for (Copied copy : copies) {
      bytes += inputs.get(copy.input()).packing().bytes(elements);
    }
    return bytes;
  }

  /// The most bytes of the heap that a pass needs for its statistics and random generators, or that
  /// making a matrix needs before the first.
  ///
  /// @param guessed buckets that are counted of each number that a sample was seen of
  long heapBytes(int workers, int tileElements, int guessed) {
    long lasting = regressions.isEmpty() ? 0 : GramRegression.HEAP_BYTES;
    long most = 0;
    for (Matrix matrix : matrices) {
      most = Math.max(most, MatrixReading.heapBytes(matrix));
    }
    for (Node node : nodes) {
      if (node.expression() instanceof PerLine.Computed computed) {
        lasting += computed.lines().count() * Double.BYTES;
      }
    }
    for (Pass pass : passes) {
      long bytes = 0;
      for (int number : pass.accumulators()) {
        Statistic statistic = accumulators.get(number);
        switch (statistic.kind()) {
          // Read by later passes.
          case CHANNELS, REPEATED_CHANNELS, BLOCK_COUNTS, LINES ->
              lasting += statistic.heapBytes(count, workers);
          case BLOCKS, UPPER, SHARE -> bytes += statistic.heapBytes(count, workers);
          case LOWER ->
              bytes +=
                  Math.max(
                      statistic.heapBytes(count, workers), guessBytes(guessed, count, workers));
        }
      }
      for (Instruction instruction : pass.body()) {
        if (instruction instanceof Instruction.RankRows ranks) {
          bytes += workers * RankedRows.heapBytes((long) ranks.length() * ranks.inner());
        }
        bytes += instruction.heapBytes() * workers;
      }
      for (int number : pass.draws()) {
        bytes += DrawSource.heapBytes(draws.get(number), count, tileElements);
      }
      most = Math.max(most, bytes);
    }
    return lasting + most;
  }

  /// The heap that counting so many buckets around a guess takes.
  static long guessBytes(int buckets, long elements, int workers) {
    return ChunkHistogram.bytes(
        buckets * Histogram.LOWER_BUCKETS, elements, Math.max(1, elements), workers);
  }

  /// Whether a pass finds out no more than where magnitudes of some rank are to be counted by the
  /// next, which a sample shows: neither leaves anything behind that a second time would spoil.
  boolean maySample(int number) {
    if (number + 1 >= passes.size()) {
      return false;
    }
    Pass pass = passes.get(number);
    if (!pass.leavesNothing()
        || !passes.get(number + 1).leavesNothing()
        || pass.accumulators().isEmpty()
        || drawsInOrder(pass)) {
      return false;
    }
    for (int statistic : pass.accumulators()) {
      if (!canBeGuessed(accumulators.get(statistic))) {
        return false;
      }
    }
    for (Step step : steps) {
      if (step.pass() == number + 1) {
        return false;
      }
    }
    return true;
  }

  /// Whether a pass draws numbers that come one after the other, as torch's do.
  private boolean drawsInOrder(Pass pass) {
    for (int draw : pass.draws()) {
      if (draws.get(draw) instanceof Draw.Torch) {
        return true;
      }
    }
    return false;
  }

  private boolean canBeGuessed(Statistic statistic) {
    return statistic.kind() == Statistic.Kind.UPPER
        && ((Scalar) statistic.node().expression()).isFoundBySample();
  }

  /// The sample that a pass goes over: nothing if it has to go over all elements.
  Optional<Sample> sample(int number) {
    Pass pass = passes.get(number);
    Sample one = null;
    for (int accumulator : pass.accumulators()) {
      Statistic statistic = accumulators.get(accumulator);
      if (!statistic.isSampled()) {
        return Optional.empty();
      }
      Sample sample = ((Scalar.Sampled) statistic.node().expression()).sample();
      if (one != null && !one.equals(sample)) {
        return Optional.empty();
      }
      one = sample;
    }
    return one != null && pass.leavesNothing() && one.next(0) < count && !drawsInOrder(pass)
        ? Optional.of(one)
        : Optional.empty();
  }

  /// How many passes read all of an input. One that may see a sample is none of them: what it reads
  /// is little, if the sample is enough.
  int readings(int input) {
    int readings = 0;
    for (int pass = 0; pass < passes.size(); pass++) {
      readings += passes.get(pass).inputs().contains(input) && !maySample(pass) ? 1 : 0;
    }
    return readings;
  }

  /// The most numbers that one pass may look for in a sample.
  int guesses() {
    int most = 0;
    for (int number = 0; number < passes.size(); number++) {
      if (maySample(number)) {
        most = Math.max(most, passes.get(number).accumulators().size());
      }
    }
    return most;
  }

  /// The most bytes of the heap that a method which is given tensors whole takes.
  long wholeHeapBytes() {
    long most = 0;
    for (Step step : steps) {
      long bytes = step.whole().method().heapBytes(step.whole().setting());
      for (Draw draw : step.whole().draws()) {
        bytes += DrawSource.heapBytes(draw, count, Block.ELEMENTS);
      }
      most = Math.max(most, bytes);
    }
    return most;
  }

  /// One pass.
  ///
  /// @param body what is done to each block
  /// @param inputs that it reads, by number
  /// @param outputs that it fills, by number
  /// @param copies that it makes, by number
  /// @param loads slots that it reads
  /// @param stores slots that it fills
  /// @param accumulators statistics that it adds to
  /// @param draws random sequences that it draws from
  /// @param ordered whether tiles must follow one another in index order
  /// @param fused the one kernel that does all of it, if there is one
  record Pass(
      List<Instruction> body,
      int valueRegisters,
      int maskRegisters,
      List<Integer> inputs,
      List<Integer> outputs,
      List<Integer> copies,
      List<Integer> loads,
      List<Integer> stores,
      List<Integer> accumulators,
      List<Integer> draws,
      boolean ordered,
      @Nullable Fused fused) {

    /// Whether it only gathers statistics.
    boolean leavesNothing() {
      return outputs.isEmpty() && copies.isEmpty() && stores.isEmpty();
    }
  }

  /// What a method makes of slots, each of them in memory, before a pass begins.
  ///
  /// @param pass that it comes before
  /// @param inputs slots that it reads
  /// @param output the slot that it fills
  record Step(Elements.Whole whole, int pass, List<Integer> inputs, int output) {}

  /// All stages of the work, each of which counts for as much: a pass is one, and solving for what
  /// [Regression] says, which takes the most by far, is several.
  int stages() {
    return passes.size() + regressions.size() * Regression.STAGES;
  }

  /// What is solved for of slots and Gram matrices before a pass begins.
  ///
  /// @param pass that it comes before
  /// @param models slots that it reads
  /// @param output the slot that it fills
  record Regression(Elements.Regressed of, int pass, List<Integer> models, int output) {
    static final int STAGES = 14;

    /// Bytes of native memory that it works in.
    long workBytes() {
      return GramRegression.bytes(of.rows(), of.columns());
    }
  }

  /// A stored tensor and how its elements lie.
  record Input(StoredTensor tensor, Packing packing) {}

  /// Values as f32, or mask bits.
  record Slot(Packing packing) {}

  /// A statistic: the node it is of, and what is added up.
  record Statistic(Node node, Kind kind) {
    enum Kind {
      /// One number a block.
      BLOCKS,
      /// The first of two passes that find a magnitude by its rank.
      UPPER,
      /// The second of these.
      LOWER,
      /// A tensor's share of a number over several.
      SHARE,
      /// How many bits each block has.
      BLOCK_COUNTS,
      /// Sums over channels.
      CHANNELS,
      /// Sums of each channel.
      REPEATED_CHANNELS,
      /// One number a line.
      LINES;

      /// Whether it is gathered block after block, in the order of the tensor.
      boolean isOrdered() {
        return this == CHANNELS || this == REPEATED_CHANNELS || this == LINES;
      }
    }

    /// Whether it is over a sample of the elements.
    boolean isSampled() {
      return node.expression() instanceof Scalar.Sampled;
    }

    /// Bytes of its arrays while it is gathered.
    long heapBytes(long elements, int workers) {
      return switch (kind) {
        case BLOCKS, BLOCK_COUNTS -> Block.count(elements) * Double.BYTES;
        case UPPER ->
            ChunkHistogram.bytes(Histogram.UPPER_BUCKETS, elements, chunk(elements), workers);
        case SHARE -> ModelSelection.heapBytes(elements, workers);
        case LOWER ->
            2 * ChunkHistogram.bytes(Histogram.LOWER_BUCKETS, elements, chunk(elements), workers);
        case CHANNELS -> elements / ((ChannelNorms) node.expression()).channels() * Double.BYTES;
        case REPEATED_CHANNELS -> ((RepeatedChannels) node.expression()).channels() * Double.BYTES;
        case LINES -> LineStatistic.heapBytes((PerLine.Statistic) node.expression());
      };
    }

    private long chunk(long elements) {
      return MagnitudeSelection.chunk((Scalar) node.expression(), elements);
    }
  }

  /// Something written: where, and how its elements lie.
  record Output(TensorTask.Write write, Packing packing) {}

  /// A number that is written: where, which node's, and how it is stored.
  record Number(TensorTask.Write.Number write, Node node, Codec codec) {}

  /// A number that is asked for, and the node that has its value in the end.
  record Measure(Scalar scalar, int node) {}

  /// An input whose bytes are also written as they are, while they are at hand.
  record Copied(int input, TensorTask.Write.Copy write) {}

  /// A pass that one kernel does, from two inputs to an output of the same dtype.
  ///
  /// `a` and `b` are inputs by number.
  sealed interface Fused {
    FusedBlend kernel();

    int a();

    int b();

    /// @param weightA the node of the factor of `a`
    record Blend(FusedBlend kernel, int a, int weightA, int b, int weightB) implements Fused {}

    /// A random share of the differences, added: `a + (b - a) / divisor` with that probability,
    /// else `a`. It is done in arrays only; where there are none, the instructions do it.
    record Update(FusedBlend kernel, int a, int b, int draws, double probability, float divisor)
        implements Fused {}
  }
}
