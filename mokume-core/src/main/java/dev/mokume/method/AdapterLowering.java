package dev.mokume.method;

import dev.mokume.architecture.Rows;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Elements.Operator;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.Scalar;
import dev.mokume.lora.AdapterFit.Placed;
import dev.mokume.lora.Change;
import dev.mokume.lora.Change.Factored;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Quirk;
import dev.mokume.tensor.TensorSpec;

/// The arithmetic of what an adapter makes of one tensor. Order and rounding are those of ComfyUI's
/// patches in f32: the product, then its factor, which is strength times scale in double and
/// rounded once, then the sum.
final class AdapterLowering {
  /// What ComfyUI and LyCORIS add to a norm that is divided by: f32's epsilon.
  private static final double EPSILON = 0x1p-23;

  private final TensorSpec target;
  private final double strength;
  private final Compat compat;
  private final long start;
  private final long rows;
  private final long columns;
  private final long count;
  private final long channels;

  private AdapterLowering(TensorSpec target, Rows part, double strength, Compat compat) {
    long[] shape = target.shape().toArray();
    long all = shape.length == 0 ? 1 : shape[0];
    this.target = target;
    this.strength = strength;
    this.compat = compat;
    this.count = target.elementCount();
    this.columns = count / all;
    this.rows = all / part.parts() * part.count();
    this.start = all / part.parts() * part.first() * columns;
    this.channels = shape.length < 2 ? 1 : shape[1];
  }

  /// @param weight the tensor so far
  /// @param placed what happens to it; it fits `target`
  static Elements apply(
      Elements weight, Placed placed, TensorSpec target, double strength, Compat compat) {
    if (strength == 0) {
      return weight;
    }
    AdapterLowering lowering = new AdapterLowering(target, placed.rows(), strength, compat);
    Elements changed = lowering.changed(weight, placed.change());
    return placed.rows().isAll() ? changed : new Elements.Select(lowering.range(), changed, weight);
  }

  private Bits range() {
    return new Bits.Range(start, start + rows * columns, count);
  }

  private Elements changed(Elements weight, Change change) {
    return switch (change) {
      case Change.LowRank low -> plus(weight, difference(weight, low), strength * low.scale());
      case Change.Hadamard hadamard ->
          plus(weight, difference(weight, hadamard), strength * hadamard.scale());
      case Change.Kronecker kronecker ->
          plus(weight, difference(weight, kronecker), strength * kronecker.scale());
      case Change.Generalised generalised ->
          plus(weight, difference(weight, generalised), strength * generalised.scale());
      case Change.Rotation rotation -> rotated(weight, rotation);
      case Change.Decomposed decomposed -> decomposed(weight, decomposed);
      case Change.Difference _ -> plus(weight, difference(weight, change), strength);
      case Change.Replacement(var value) -> whole(value);
    };
  }

  /// What is added at strength 1, but for its scale.
  private Elements difference(Elements weight, Change change) {
    return switch (change) {
      case Change.LowRank low -> product(low);
      case Change.Hadamard(var first, var second, _) ->
          new Elements.Binary(Operator.MULTIPLY, product(first), product(second));
      case Change.Kronecker(var left, var right, _) ->
          new Elements.Kronecker(matrix(left), matrix(right), start, count);
      case Change.Generalised(var a, var b, _, var flat) ->
          new Elements.Binary(
              Operator.ADD,
              new Elements.MixedColumns(
                  weight, left(a), right(a), rows, flat ? 1 : columns / channels, start),
              product(b));
      case Change.Difference(var tensor) -> whole(tensor);
      case Change.Rotation _, Change.Decomposed _, Change.Replacement _ ->
          throw new IllegalArgumentException("nothing is added by " + change);
    };
  }

  private static double scale(Change change) {
    return switch (change) {
      case Change.LowRank low -> low.scale();
      case Change.Hadamard hadamard -> hadamard.scale();
      case Change.Kronecker kronecker -> kronecker.scale();
      case Change.Generalised generalised -> generalised.scale();
      case Change.Rotation _, Change.Decomposed _, Change.Difference _, Change.Replacement _ -> 1;
    };
  }

  private static Elements plus(Elements weight, Elements difference, double factor) {
    return new Elements.Blend(weight, Scalar.constant(1), difference, Scalar.constant(factor));
  }

  private Elements product(Change.LowRank change) {
    Matrix up = matrix(change.up());
    Matrix down = matrix(change.down());
    if (change.mid().isPresent()) {
      Matrix core = matrix(change.mid().get());
      down = new Matrix.Contracted(core, down, core.columns() / change.rank());
    }
    return change.transposed()
        ? new Elements.Product(new Matrix.Transposed(down), new Matrix.Transposed(up), start, count)
        : new Elements.Product(up, down, start, count);
  }

  private Elements product(Factored factored) {
    return new Elements.Product(left(factored), right(factored), start, count);
  }

  private static Matrix matrix(Factored factored) {
    return factored.right().isEmpty()
        ? matrix(factored.left())
        : new Matrix.Times(left(factored), right(factored));
  }

  private static Matrix left(Factored factored) {
    Matrix left = matrix(factored.left());
    return factored.core().isPresent() ? new Matrix.Transposed(left) : left;
  }

  private static Matrix right(Factored factored) {
    Matrix right = matrix(factored.right().orElseThrow());
    return factored
        .core()
        .<Matrix>map(core -> new Matrix.Contracted(matrix(core), right, factored.inner()))
        .orElse(right);
  }

  private static Matrix matrix(StoredTensor tensor) {
    long rows = tensor.spec().shape().dimension(0);
    return new Matrix.Stored(tensor, rows, tensor.spec().elementCount() / rows);
  }

  private Elements whole(StoredTensor tensor) {
    if (tensor.spec().elementCount() == count) {
      // In the target's shape, since it may well take its place.
      return new Elements.Stored(tensor.shaped(tensor.name(), target.shape()));
    }
    return new Elements.Spread(matrix(tensor), 1, 1, start, count);
  }

  private Elements rotated(Elements weight, Change.Rotation rotation) {
    boolean asComfyUi = compat.has(Quirk.REPEATED_STRENGTHS);
    // ComfyUI takes the difference to the identity times the strength, and then all of it again.
    double share = asComfyUi && !rotation.isButterfly() ? strength * strength : strength;
    double limit = asComfyUi ? rotation.constraint() : rotation.constraint() * rows;
    Elements turned = weight;
    for (int stage = 0; stage < rotation.stages(); stage++) {
      Matrix blocks =
          new Matrix.Rotations(
              rotation.blocks(),
              stage,
              rotation.stages(),
              rotation.size(),
              limit,
              share,
              !rotation.isButterfly());
      long stride = rotation.isButterfly() ? (rotation.size() / 2) << stage : 1;
      turned = new Elements.MixedRows(turned, blocks, stride, columns, start);
    }
    if (rotation.rescale().isPresent() && !(asComfyUi && !rotation.isButterfly())) {
      turned =
          new Elements.Binary(
              Operator.MULTIPLY,
              turned,
              new Elements.Spread(matrix(rotation.rescale().get()), columns, 1, start, count));
    }
    return asComfyUi && rotation.isButterfly() && strength != 1
        ? plus(weight, new Elements.Binary(Operator.SUBTRACT, turned, weight), strength)
        : turned;
  }

  private Elements decomposed(Elements weight, Change.Decomposed change) {
    Elements merged = plus(weight, difference(weight, change.change()), scale(change.change()));
    boolean byRow = change.isByRow(rows);
    long along = byRow ? rows : channels;
    long inner = byRow ? columns : columns / channels;
    long repeats = byRow ? 1 : rows;
    // The paper takes the norms of what comes out; ComfyUI those of the rows that go in.
    Elements measured = byRow && compat.has(Quirk.EARLY_NORMS) ? weight : merged;
    Elements norms = new Elements.Norms(measured, along, inner, repeats, start);
    Elements lengths =
        new Elements.Spread(matrix(change.magnitude()), inner, repeats, start, count);
    Elements result =
        new Elements.Binary(
            Operator.MULTIPLY,
            merged,
            new Elements.Binary(
                Operator.DIVIDE,
                lengths,
                new Elements.WithScalar(Operator.ADD, norms, Scalar.constant(EPSILON))));
    return strength == 1
        ? result
        : plus(weight, new Elements.Binary(Operator.SUBTRACT, result, weight), strength);
  }
}
