package dev.mokume.internal.engine;

import dev.mokume.expression.Draw;
import dev.mokume.internal.kernel.Block;
import dev.mokume.internal.kernel.Draws;
import dev.mokume.internal.random.Pcg64;
import dev.mokume.plugin.RandomNumbers;
import dev.mokume.plugin.Setting;
import dev.mokume.plugin.TensorCall;
import dev.mokume.plugin.WholeTensor;

/// A step's slots, as a method sees them.
record SlotCall(Program.Step step, Residence residence, Draws kernel) implements TensorCall {
  @Override
  public Setting setting() {
    return step.whole().setting();
  }

  @Override
  public WholeTensor input(int number) {
    return tensor(step.inputs().get(number));
  }

  @Override
  public WholeTensor output() {
    return tensor(step.output());
  }

  private WholeTensor tensor(int slot) {
    return WholeTensor.of(setting().shape(), residence.slot(slot));
  }

  @Override
  public RandomNumbers random(int stream, long count) {
    Draw draw = step.whole().draws().get(stream);
    if (draw instanceof Draw.Numpy(long seed, long before)) {
      Pcg64 generator = Pcg64.seeded(seed);
      generator.skip(before);
      return new NumpyNumbers(generator);
    }
    return new BlockNumbers(DrawSource.of(draw, kernel, count, Block.ELEMENTS).draws(), count);
  }
}
