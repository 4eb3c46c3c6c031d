package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Lines;
import dev.mokume.internal.kernel.Arithmetic;
import dev.mokume.internal.kernel.BitOperations;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.ChosenElements;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.kernel.Elections;
import dev.mokume.internal.kernel.Pools;
import dev.mokume.internal.kernel.RandomRounding;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// One step of a pass, applied to one block: registers in, a register (or an output, or a
/// statistic) out.
///
/// Registers are numbered; `out` may be one of the inputs' registers. Scalars are numbered by their
/// node.
sealed interface Instruction {
  /// Mask words as they lie in native memory.
  ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// A matrix's elements as they lie in native memory.
  ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  void run(Workspace w);

  /// What it takes of the heap for each worker beyond the few registers that every program has.
  default long heapBytes() {
    return 0;
  }

  /// Decodes an input.
  record Decode(int input, Codec codec, Packing packing, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      codec.decode(w.inputs[input], packing.bytes(w.inTile), w.values[out], w.count);
    }
  }

  /// Reads packed bits of an input.
  record ReadBits(int input, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      MaskBytes.read(w.inputs[input], w.inTile / 8, w.masks[out], w.count);
    }
  }

  /// Reads an input of one byte an element.
  record ReadNonZero(int input, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      MaskBytes.nonZero(w.inputs[input], w.inTile, w.masks[out], w.count);
    }
  }

  /// Reads back what an earlier pass computed.
  record LoadValues(int slot, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      MemorySegment.copy(
          w.slots[slot],
          ValueLayout.JAVA_FLOAT_UNALIGNED,
          4L * w.inTile,
          w.values[out],
          0,
          w.count);
    }
  }

  record LoadBits(int slot, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      MaskBytes.read(w.slots[slot], w.inTile / 8, w.masks[out], w.count);
    }
  }

  /// Keeps a register for a later pass.
  record StoreValues(int in, int slot) implements Instruction {
    @Override
    public void run(Workspace w) {
      MemorySegment.copy(
          w.values[in], 0, w.slots[slot], ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * w.inTile, w.count);
    }
  }

  record StoreBits(int in, int slot) implements Instruction {
    @Override
    public void run(Workspace w) {
      MaskBytes.write(w.masks[in], w.slots[slot], w.inTile / 8, w.count);
    }
  }

  record Blend(int a, int weightA, int b, int weightB, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels
          .arithmetic()
          .blend(
              w.values[a],
              w.scalar(weightA),
              w.values[b],
              w.scalar(weightB),
              w.values[out],
              w.count);
    }
  }

  record Binary(Elements.Operator operator, int a, int b, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      Arithmetic arithmetic = w.kernels.arithmetic();
      switch (operator) {
        case ADD -> arithmetic.add(w.values[a], w.values[b], w.values[out], w.count);
        case SUBTRACT -> arithmetic.subtract(w.values[a], w.values[b], w.values[out], w.count);
        case MULTIPLY -> arithmetic.multiply(w.values[a], w.values[b], w.values[out], w.count);
        case DIVIDE -> arithmetic.divide(w.values[a], w.values[b], w.values[out], w.count);
      }
    }
  }

  record WithScalar(Elements.Operator operator, int a, int scalar, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      Arithmetic arithmetic = w.kernels.arithmetic();
      float number = w.scalar(scalar);
      switch (operator) {
        case ADD -> arithmetic.addScalar(w.values[a], number, w.values[out], w.count);
        case SUBTRACT -> arithmetic.addScalar(w.values[a], -number, w.values[out], w.count);
        case MULTIPLY -> arithmetic.scale(w.values[a], number, w.values[out], w.count);
        case DIVIDE -> arithmetic.divideScalar(w.values[a], number, w.values[out], w.count);
      }
    }
  }

  record Fill(float value, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      Arrays.fill(w.values[out], 0, w.count, value);
    }
  }

  record Elect(
      int[] terms, int[] weights, boolean byCount, int whenEven, Elections.Take take, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[][] values = new float[terms.length][];
      float[] numbers = new float[terms.length];
      for (int i = 0; i < terms.length; i++) {
        values[i] = w.values[terms[i]];
        numbers[i] = w.scalar(weights[i]);
      }
      boolean evenIsPlus = w.run().scalar(whenEven) >= 0;
      w.kernels
          .elections()
          .elect(values, numbers, byCount, evenIsPlus, take, w.values[out], w.count);
    }
  }

  record RankRows(int whole, int length, int inner, Elements.RowRanks.Order order, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int slab = length * inner;
      for (int at = 0; at < w.count; ) {
        int within = (int) ((w.first + at) % slab);
        int count = Math.min(w.count - at, slab - within);
        float[] ranks = w.ranked().of(w.run(), whole, (w.first + at) / slab, length, inner, order);
        System.arraycopy(ranks, within, result, at, count);
        at += count;
      }
    }
  }

  record Magnitude(int a, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels.arithmetic().absolute(w.values[a], w.values[out], w.count);
    }
  }

  record Trim(int a, int least, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels.arithmetic().trim(w.values[a], w.scalar(least), w.values[out], w.count);
    }
  }

  record Select(int mask, int whenSet, int whenClear, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels
          .arithmetic()
          .select(w.masks[mask], w.values[whenSet], w.values[whenClear], w.values[out], w.count);
    }
  }

  /// Rounds to a dtype and back, through `slot`, a block's worth of bytes that nothing else uses.
  record Round(int a, Codec codec, MemorySegmentOfThread room, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      MemorySegment bytes = room.get();
      codec.encode(w.values[a], bytes, 0, w.count);
      codec.decode(bytes, 0, w.values[out], w.count);
    }
  }

  record RoundAtRandom(int a, int draws, RandomRounding rounding, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      rounding.round(w.values[a], w.values[draws], w.values[out], w.count);
    }
  }

  record ByColumn(int a, float[] first, int b, float[] later, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] x = w.values[a];
      float[] y = w.values[b];
      float[] result = w.values[out];
      int column = (int) (w.first % first.length);
      for (int i = 0; i < w.count; i++) {
        // A share of 0 moves the other value, so that NaN and infinity of this side do not spread.
        result[i] =
            later[column] == 0
                ? x[i]
                : first[column] == 0 ? y[i] : x[i] * first[column] + y[i] * later[column];
        column = column + 1 == first.length ? 0 : column + 1;
      }
    }
  }

  record ShiftFirstChannel(int a, int norms, long channels, long inner, float divisor, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      double[] squares = w.run().channelSums(norms);
      float[] x = w.values[a];
      float[] result = w.values[out];
      for (int i = 0; i < w.count; i++) {
        long element = w.first + i;
        boolean firstChannel = element / inner % channels == 0;
        int at = (int) (element / (channels * inner) * inner + element % inner);
        result[i] = firstChannel ? x[i] + (float) Math.sqrt(squares[at]) / divisor : x[i];
      }
    }
  }

  /// @param end the element after the product's last
  record Product(int left, int right, int rank, long columns, long start, long end, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int from = w.before(start);
      int to = w.before(end);
      clearOutside(result, from, to, w.count);
      MemorySegment a = w.run().matrix(left);
      MemorySegment b = w.run().matrix(right);
      for (int at = from; at < to; ) {
        long element = w.first + at - start;
        long column = element % columns;
        int count = (int) Math.min(to - at, columns - column);
        w.kernels.matrices().row(a, element / columns, rank, b, columns, column, result, at, count);
        at += count;
      }
    }
  }

  record Kronecker(
      int a, int b, long rowsA, long columnsA, long rowsB, long columnsB, long start, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int from = w.before(start);
      int to = w.before(start + rowsA * columnsA * rowsB * columnsB);
      clearOutside(result, from, to, w.count);
      MemorySegment x = w.run().matrix(a);
      MemorySegment y = w.run().matrix(b);
      long columns = columnsA * columnsB;
      for (int at = from; at < to; ) {
        long row = (w.first + at - start) / columns;
        long column = (w.first + at - start) % columns;
        float factor = x.getAtIndex(FLOAT, row / rowsB * columnsA + column / columnsB);
        long other = row % rowsB * columnsB + column % columnsB;
        int count = (int) Math.min(to - at, columnsB - column % columnsB);
        for (int i = 0; i < count; i++) {
          result[at + i] = factor * y.getAtIndex(FLOAT, other + i);
        }
        at += count;
      }
    }
  }

  record Spread(int values, RepeatedChannels channels, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int from = w.before(channels.start());
      int to = w.before(channels.end());
      clearOutside(result, from, to, w.count);
      MemorySegment numbers = w.run().matrix(values);
      for (int i = from; i < to; i++) {
        result[i] = numbers.getAtIndex(FLOAT, channels.at(w.first + i));
      }
    }
  }

  /// @param of registers, in the order of the weights
  record WeightedMean(int[] of, double[] weights, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      Pools.weightedMean(w.values, of, weights, w.sums(w.count), w.values[out], w.count);
    }

    @Override
    public long heapBytes() {
      return (long) of.length * Block.ELEMENTS * Float.BYTES;
    }
  }

  record TrimmedMean(int[] of, int cut, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      Pools.trimmedMean(w.values, of, cut, w.rows(of.length + 1), w.values[out], w.count);
    }

    @Override
    public long heapBytes() {
      return (long) of.length * (Block.ELEMENTS + Pools.LANES) * Float.BYTES;
    }
  }

  record Norms(int sums, RepeatedChannels channels, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int from = w.before(channels.start());
      int to = w.before(channels.end());
      clearOutside(result, from, to, w.count);
      double[] squares = w.run().repeatedChannelSums(sums);
      for (int i = from; i < to; i++) {
        result[i] = (float) Math.sqrt(squares[channels.at(w.first + i)]);
      }
    }
  }

  /// @param size rows of a group
  record MixRows(
      int whole, int blocks, long rows, int size, long stride, long columns, long start, int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int from = w.before(start);
      int to = w.before(start + rows * columns);
      w.run().readWhole(whole, w.first, result, from);
      for (int at = from; at < to; ) {
        long row = (w.first + at - start) / columns;
        long column = (w.first + at - start) % columns;
        int count = (int) Math.min(to - at, columns - column);
        float[] sum = sum(w, row, column, count);
        System.arraycopy(sum, 0, result, at, count);
        at += count;
      }
      if (to < w.count) {
        float[] rest = w.room(0, w.count - to);
        w.run().readWhole(whole, w.first + to, rest, w.count - to);
        System.arraycopy(rest, 0, result, to, w.count - to);
      }
    }

    private float[] sum(Workspace w, long row, long column, int count) {
      MemorySegment numbers = w.run().matrix(blocks);
      float[] sum = w.room(0, count);
      float[] other = w.room(1, count);
      long shuffled = shuffled(row);
      long group = shuffled / size * size;
      for (int i = 0; i < size; i++) {
        float factor = numbers.getAtIndex(FLOAT, shuffled * size + i);
        w.run().readWhole(whole, start + unshuffled(group + i) * columns + column, other, count);
        if (i == 0) {
          w.kernels.arithmetic().scale(other, factor, sum, count);
        } else {
          w.kernels.arithmetic().blend(sum, 1, other, factor, sum, count);
        }
      }
      return sum;
    }

    /// Where a row comes to lie when `[2, stride]` is read as `[stride, 2]`.
    private long shuffled(long row) {
      long inPair = row % (2 * stride);
      return row - inPair + inPair % stride * 2 + inPair / stride;
    }

    private long unshuffled(long row) {
      long inPair = row % (2 * stride);
      return row - inPair + inPair % 2 * stride + inPair / 2;
    }
  }

  /// @param channels columns of a row, each of `inner` elements
  record MixColumns(
      int whole,
      int first,
      int second,
      int channels,
      int rank,
      long rows,
      int inner,
      long start,
      int out)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] result = w.values[out];
      int columns = channels * inner;
      int from = w.before(start);
      int to = w.before(start + rows * columns);
      clearOutside(result, from, to, w.count);
      for (int at = from; at < to; ) {
        long row = (w.first + at - start) / columns;
        int column = (int) ((w.first + at - start) % columns);
        int count = Math.min(to - at, columns - column);
        float[] folded = fold(w, row);
        unfold(w, folded, column, result, at, count);
        at += count;
      }
    }

    /// A row times the first matrix.
    private float[] fold(Workspace w, long row) {
      MemorySegment factors = w.run().matrix(first);
      float[] values = w.room(0, channels * inner);
      float[] folded = w.room(1, rank * inner);
      w.run().readWhole(whole, start + row * channels * inner, values, channels * inner);
      for (int channel = 0; channel < channels; channel++) {
        for (int r = 0; r < rank; r++) {
          float factor = factors.getAtIndex(FLOAT, (long) channel * rank + r);
          for (int k = 0; k < inner; k++) {
            float product = values[channel * inner + k] * factor;
            folded[r * inner + k] = channel == 0 ? product : folded[r * inner + k] + product;
          }
        }
      }
      return folded;
    }

    /// A stretch of what that gives times the second.
    private void unfold(
        Workspace w, float[] folded, int column, float[] result, int at, int count) {
      MemorySegment factors = w.run().matrix(second);
      for (int i = 0; i < count; i++) {
        int channel = (column + i) / inner;
        int k = (column + i) % inner;
        float sum = folded[k] * factors.getAtIndex(FLOAT, channel);
        for (int r = 1; r < rank; r++) {
          sum += folded[r * inner + k] * factors.getAtIndex(FLOAT, (long) r * channels + channel);
        }
        result[at + i] = sum;
      }
    }
  }

  /// @param number the node of the lines' numbers
  record OfLine(int number, Lines lines, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      double[] numbers = w.run().lineNumbers(number);
      float[] result = w.values[out];
      for (int i = 0; i < w.count; ) {
        long element = w.first + i;
        int line = lines.of(element);
        int end = (int) Math.min(w.count, i + lines.inner() - element % lines.inner());
        Arrays.fill(result, i, end, (float) numbers[line]);
        i = end;
      }
    }
  }

  record Apply(Elements.ElementFunction function, int a, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      float[] x = w.values[a];
      float[] result = w.values[out];
      switch (function) {
        case EXPONENTIAL -> {
          for (int i = 0; i < w.count; i++) {
            result[i] = (float) StrictMath.exp(x[i]);
          }
        }
        case LOGARITHM -> {
          for (int i = 0; i < w.count; i++) {
            result[i] = (float) StrictMath.log(x[i]);
          }
        }
      }
    }
  }

  private static void clearOutside(float[] values, int from, int to, int count) {
    Arrays.fill(values, 0, from, 0);
    Arrays.fill(values, Math.max(from, to), count, 0);
  }

  /// What an element-wise method makes of its inputs' blocks.
  ///
  /// @param node whose kernel the run has
  /// @param in registers, none of which is `out`
  record Map(int node, int[] in, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      float[][] inputs = w.operands(in.length);
      for (int i = 0; i < in.length; i++) {
        inputs[i] = w.values[in[i]];
      }
      w.run().kernel(node).apply(inputs, w.values[out], w.first, w.count);
    }
  }

  record Uniform(int draws, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.run().draws(draws, w.worker).uniform(w.first, w.values[out], w.count);
    }
  }

  record Normal(int draws, double mean, double deviation, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.run().draws(draws, w.worker).normal(w.first, mean, deviation, w.values[out], w.count);
    }
  }

  record FillBits(boolean value, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels.bits().fill(value, w.masks[out], w.count);
    }
  }

  record FillRange(long from, long to, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      long[] words = w.masks[out];
      w.kernels.bits().fill(false, words, w.count);
      int end = w.before(to);
      for (int i = w.before(from); i < end; i++) {
        words[i >> 6] |= 1L << i;
      }
    }
  }

  record Keep(int draws, double probability, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.run().draws(draws, w.worker).keep(w.first, probability, w.masks[out], w.count);
    }
  }

  record Quarter(int draws, int quarter, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.run().draws(draws, w.worker).quarter(w.first, quarter, w.masks[out], w.count);
    }
  }

  record Compare(Bits.Comparison comparison, int a, int threshold, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      BitOperations bits = w.kernels.bits();
      float number = w.scalar(threshold);
      switch (comparison) {
        case LESS -> bits.lessThan(w.values[a], number, w.masks[out], w.count);
        case AT_LEAST -> bits.atLeast(w.values[a], number, w.masks[out], w.count);
        case GREATER -> bits.greaterThan(w.values[a], number, w.masks[out], w.count);
      }
    }
  }

  record HasSign(int a, int sign, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels.bits().hasSign(w.values[a], w.run().scalar(sign) >= 0, w.masks[out], w.count);
    }
  }

  /// @param counts how many bits are set before each block
  record FirstBits(int a, int limit, int counts, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      double left = w.run().scalar(limit) - w.run().bitsBefore(counts, w.first);
      long[] from = w.masks[a];
      long[] into = w.masks[out];
      for (int word = 0; word < w.count + 63 >> 6; word++) {
        long bits = from[word];
        int set = Long.bitCount(bits);
        while (set > left && bits != 0) {
          bits &= ~Long.highestOneBit(bits);
          set--;
        }
        into[word] = bits;
        left -= set;
      }
    }
  }

  record CombineBits(Bits.Operator operator, int a, int b, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      BitOperations bits = w.kernels.bits();
      switch (operator) {
        case AND -> bits.and(w.masks[a], w.masks[b], w.masks[out], w.count);
        case OR -> bits.or(w.masks[a], w.masks[b], w.masks[out], w.count);
        case XOR -> bits.xor(w.masks[a], w.masks[b], w.masks[out], w.count);
        case AND_NOT -> bits.andNot(w.masks[a], w.masks[b], w.masks[out], w.count);
      }
    }
  }

  /// Adds the block to a statistic of the run; `a` is a register of the kind that the statistic is
  /// of.
  record Accumulate(int accumulator, int a, int b) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.run().accumulator(accumulator).add(w, a, b);
    }
  }

  /// Encodes values into an output.
  record Encode(int in, Codec codec, Packing packing, int output) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.nonFinite[output] +=
          codec.encode(w.values[in], w.outputs[output], packing.bytes(w.inTile), w.count);
    }
  }

  /// Computes an output, the program's only one, where a mask is set, and leaves there what is
  /// stored of `base` elsewhere. All inputs and the output have 16 bits an element.
  ///
  /// @param inputs that the body reads, and `base`
  /// @param body what is done to the chosen elements, side by side, and encodes them: no step of it
  ///   asks where in the tensor an element is
  record Among(
      int chosen, List<Integer> inputs, List<Instruction> body, int base, DType dtype, int output)
      implements Instruction {
    @Override
    public void run(Workspace w) {
      ChosenElements elements = w.chosen();
      MemorySegment[] inputsOfTile = w.inputs;
      MemorySegment[] outputsOfTile = w.outputs;
      int inTile = w.inTile;
      int count = w.count;
      long offset = dtype.packing().bytes(inTile);
      long found = w.nonFinite[output];
      int few = elements.choose(w.masks[chosen], count);
      for (int i = 0; i < inputs.size(); i++) {
        int input = inputs.get(i);
        elements.take(input, inputsOfTile[input], offset, count);
      }
      w.inputs = elements.inputs();
      w.outputs = elements.outputs();
      w.at(w.first, 0, few);
      for (int i = 0; i < body.size(); i++) {
        body.get(i).run(w);
      }
      w.inputs = inputsOfTile;
      w.outputs = outputsOfTile;
      w.at(w.first, inTile, count);
      w.nonFinite[output] =
          found + elements.put(dtype, inputsOfTile[base], outputsOfTile[output], offset, count);
    }

    @Override
    public long heapBytes() {
      return ChosenElements.bytes(inputs.size());
    }
  }

  /// Packs mask bits into an output.
  record EncodeBits(int in, int output) implements Instruction {
    @Override
    public void run(Workspace w) {
      MaskBytes.write(w.masks[in], w.outputs[output], w.inTile / 8, w.count);
    }
  }
}
