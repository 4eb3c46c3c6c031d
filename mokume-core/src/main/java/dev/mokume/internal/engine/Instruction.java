package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.internal.kernel.Arithmetic;
import dev.mokume.internal.kernel.BitOperations;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// One step of a pass, applied to one block: registers in, a register (or an output, or a
/// statistic) out.
///
/// Registers are numbered; `out` may be one of the inputs' registers. Scalars are numbered by their
/// node.
sealed interface Instruction {
  /// Mask words as they lie in native memory.
  ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  void run(Workspace w);

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

  record Magnitude(int a, int out) implements Instruction {
    @Override
    public void run(Workspace w) {
      w.kernels.arithmetic().absolute(w.values[a], w.values[out], w.count);
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
      w.nonFinite +=
          codec.encode(w.values[in], w.outputs[output], packing.bytes(w.inTile), w.count);
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
