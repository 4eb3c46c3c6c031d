package dev.mokume.internal.engine;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Gram;
import dev.mokume.internal.kernel.Codec;
import dev.mokume.internal.linear.ElementSource;
import dev.mokume.internal.linear.GramFlaw;
import dev.mokume.internal.linear.GramRegression;
import dev.mokume.tensor.Packing;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/// A layer that is solved by Gram matrices, between two passes: its models are in slots, its Gram
/// matrices are read from their files.
record RegressionRun(
    String tensor, Program.Regression regression, Residence residence, Worker worker) {
  /// @param work output bytes' worth of it, of which the worker is told on the way
  /// @throws MokumeException `MISMATCHED_INPUTS` if the Gram matrices are none, or leave the layer
  ///   undecided; `CANCELLED`
  void run(long work) {
    Elements.Regressed of = regression.of();
    List<ElementSource> models = new ArrayList<>();
    for (int slot : regression.models()) {
      models.add((first, into, count) -> residence.read(slot, first, into, count));
    }
    GramRegression solver =
        new GramRegression(
            of.rows(),
            of.columns(),
            models,
            of.grams().stream()
                .map(gram -> new GramRegression.Gram(elements(gram), gram.weight()))
                .toList(),
            of.offDiagonal(),
            residence.workspace(),
            worker.workspace().kernels,
            new Progress(
                GramRegression.products(of.rows(), of.columns(), models.size()), work, worker));
    solver
        .factor()
        .ifPresent(flaw -> {
          throw new MokumeException(ErrorCode.MISMATCHED_INPUTS, words(flaw));
        });
    solver.solve(
        (first, values, count) -> residence.write(regression.output(), first, values, count));
  }

  private ElementSource elements(Gram gram) {
    Codec codec = worker.workspace().kernels.codec(gram.tensor().spec().dtype());
    Packing packing = gram.tensor().spec().dtype().packing();
    MemorySegment buffer = worker.buffer();
    return (first, into, count) -> {
      MemorySegment bytes = buffer.asSlice(0, packing.bytes(count));
      worker.read(gram.tensor(), packing.bytes(first), bytes);
      codec.decode(bytes, 0, into, count);
    };
  }

  /// Tells how far it is by the products that are done.
  private static final class Progress implements LongConsumer {
    private final long all;
    private final long work;
    private final Worker worker;
    private long done;
    private long told;

    Progress(long all, long work, Worker worker) {
      this.all = all;
      this.work = work;
      this.worker = worker;
    }

    @Override
    public void accept(long products) {
      worker.requireWanted();
      done += products;
      long soFar = done == all ? work : (long) (work * ((double) done / all));
      if (soFar > told) {
        worker.progressed(soFar - told);
        told = soFar;
      }
    }
  }

  private String file(int gram) {
    return regression.of().grams().get(gram).tensor().source().name();
  }

  private String words(GramFlaw flaw) {
    String name = Quoted.name(tensor);
    return switch (flaw) {
      case GramFlaw.NotFinite(int gram, long row, long column) ->
          "%s: the Gram matrix of %s has no finite number in row %s, column %s. Gather the statistics anew."
              .formatted(file(gram), name, row, column);
      case GramFlaw.Negative(int gram, long row, double value) ->
          "%s: the Gram matrix of %s has %s on its diagonal, in row %s, where a sum of squares stands, which is never negative. Give it X' X of the layer's inputs X."
              .formatted(file(gram), name, value, row);
      case GramFlaw.NotSymmetric(int gram, long row, long column, double value, double across) ->
          "%s: the Gram matrix of %s is not symmetric: it has %s in row %s, column %s, but %s in row %s, column %s. Give it X' X of the layer's inputs X."
              .formatted(file(gram), name, value, row, column, across, column, row);
      case GramFlaw.Unseen(long row) ->
          "%s cannot be solved for: its input %s was 0 in every example that the Gram matrices are of, so that nothing says what becomes of it. Gather them from more examples, or leave the tensor out with exclude."
              .formatted(name, row);
      case GramFlaw.Dependent() ->
          "%s cannot be solved for: the sum of its Gram matrices has no inverse, as that of fewer examples than inputs has none. Gather them from more examples, give off_diagonal less than 1 (0.9 is usual), or leave the tensor out with exclude."
              .formatted(name);
    };
  }
}
