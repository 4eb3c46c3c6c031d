package dev.mokume.internal.engine;

import dev.mokume.expression.Draw;
import dev.mokume.internal.kernel.Draws;
import dev.mokume.internal.random.DrawSequence;
import dev.mokume.internal.random.RandomKey;
import dev.mokume.internal.random.StatelessDraws;
import dev.mokume.internal.random.TorchGenerator;
import dev.mokume.internal.random.TorchNormal;
import dev.mokume.internal.random.TorchStream;

/// The random numbers of one node of one tensor: gives every worker a sequence of its own over the
/// same numbers.
interface DrawSource {
  DrawSequence draws();

  /// The heap that a source takes.
  static long heapBytes(Draw draw, long elements, int tileElements) {
    return switch (draw) {
      case Draw.Stateless _ -> 0;
      case Draw.Torch _ -> TorchStream.heapBytes(elements, tileElements);
      case Draw.Numpy _ -> 0;
    };
  }

  static DrawSource of(Draw draw, Draws kernel, long elements, int tileElements) {
    return switch (draw) {
      case Draw.Stateless(var seed, var stream, var tensor) -> {
        StatelessDraws draws = new StatelessDraws(kernel, RandomKey.of(seed, stream, tensor));
        yield () -> draws;
      }
      case Draw.Numpy _ ->
          throw new IllegalArgumentException("numpy's numbers are for whole tensors: " + draw);
      case Draw.Torch(var seed, var before) -> {
        TorchGenerator generator = TorchGenerator.seeded(seed);
        for (Draw.Prior prior : before) {
          generator.advance(
              switch (prior.kind()) {
                case WORDS -> TorchGenerator.Draw.WORD_AN_ELEMENT;
                case NORMAL -> TorchGenerator.Draw.NORMAL;
              },
              prior.count());
        }
        TorchStream stream =
            new TorchStream(generator, elements, tileElements, TorchNormal.AVX2_FMA);
        yield stream::draws;
      }
    };
  }
}
