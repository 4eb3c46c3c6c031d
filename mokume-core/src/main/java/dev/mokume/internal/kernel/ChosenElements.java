package dev.mokume.internal.kernel;

import dev.mokume.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Those elements of a block that a mask has, side by side as they are stored, 16 bits each: taken
/// out of the block, for kernels to work on as if they were a shorter one, and put back.
///
/// Where a mask has one element of ten, that saves nine tenths of all arithmetic between. Arrays of
/// one worker; nothing is allocated but the first time that so many inputs are taken out of.
public final class ChosenElements {
  private static final short[] NONE = {};

  private final int[] places = new int[Block.ELEMENTS];
  private final short[] block = new short[Block.ELEMENTS];
  private final short[] results = new short[Block.ELEMENTS];
  private final MemorySegment[] outputs = {MemorySegment.ofArray(results)};
  private short[][] inputs = {};
  private MemorySegment[] segments = {};
  private int count;

  /// The bytes that the arrays for so many inputs take.
  public static long bytes(int inputs) {
    return Block.ELEMENTS * (Integer.BYTES + (2L + inputs) * Short.BYTES);
  }

  /// Turns to the elements that the first `elements` bits of a mask choose, and returns how many
  /// that are.
  public int choose(long[] mask, int elements) {
    count = places(mask, ScalarBitOperations.words(elements), places);
    return count;
  }

  /// Takes the chosen ones out of a block of `elements` that lies at byte `offset`; from then on
  /// they are in [#inputs()] under that number.
  public void take(int number, MemorySegment from, long offset, int elements) {
    if (number >= inputs.length) {
      int before = inputs.length;
      inputs = Arrays.copyOf(inputs, number + 1);
      segments = Arrays.copyOf(segments, number + 1);
      Arrays.fill(inputs, before, number + 1, NONE);
    }
    if (inputs[number].length == 0) {
      inputs[number] = new short[Block.ELEMENTS];
      segments[number] = MemorySegment.ofArray(inputs[number]);
    }
    MemorySegment.copy(from, LittleEndian.SHORT, offset, block, 0, elements);
    gather(block, places, inputs[number], count);
  }

  /// What was taken, by number.
  public MemorySegment[] inputs() {
    return segments;
  }

  /// Where a program of one output puts what it makes of them.
  public MemorySegment[] outputs() {
    return outputs;
  }

  /// Copies the block of `elements` at byte `offset` of `from` to the same place of `into`, with
  /// what [#outputs()] holds in the place of the chosen ones. Returns how many are then NaN or
  /// infinite; NaNs become canonical.
  ///
  /// @param dtype F16 or BF16
  public int put(DType dtype, MemorySegment from, MemorySegment into, long offset, int elements) {
    MemorySegment.copy(from, LittleEndian.SHORT, offset, block, 0, elements);
    scatter(results, places, block, count);
    MemorySegment.copy(block, 0, into, LittleEndian.SHORT, offset, elements);
    return dtype.equals(DType.F16)
        ? StoredBits.mendF16(Scratch.ofThread(), into, offset, elements)
        : StoredBits.mendBf16(into, offset, elements);
  }

  private static int places(long[] mask, int words, int[] places) {
    int found = 0;
    for (int word = 0; word < words; word++) {
      for (long bits = mask[word]; bits != 0; bits &= bits - 1) {
        places[found++] = word * Long.SIZE + Long.numberOfTrailingZeros(bits);
      }
    }
    return found;
  }

  private static void gather(short[] from, int[] places, short[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[i] = from[places[i]];
    }
  }

  private static void scatter(short[] from, int[] places, short[] into, int count) {
    for (int i = 0; i < count; i++) {
      into[places[i]] = from[i];
    }
  }
}
