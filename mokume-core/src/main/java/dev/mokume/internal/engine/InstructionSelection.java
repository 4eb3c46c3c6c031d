package dev.mokume.internal.engine;

import dev.mokume.expression.Bits;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.Pool;
import dev.mokume.expression.Scalar;
import dev.mokume.internal.kernel.Elections;
import dev.mokume.internal.kernel.FusedBlend;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.RandomRounding;
import dev.mokume.tensor.DType;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Which instruction computes a node over a block, and which nodes one kernel computes by itself.
///
/// @param pass what an instruction of it needs besides registers
record InstructionSelection(Kernels kernels, PassOperands pass) {
  /// By which a program knows what its instructions need; whoever asks for one uses it in the pass
  /// at hand.
  interface PassOperands {
    /// The input that a stored tensor is, whatever its bits stand for.
    int input(Node stored);

    int matrix(Matrix matrix);

    int draws(Draw draw);

    int statistic(Node node);
  }

  /// @param in for each input of the node its register; its slot, where the node reads it as a
  ///   whole; or the id of its node, where it is one number for the whole tensor
  /// @param out the register of the result
  Instruction of(Node node, int[] in, int out) {
    return node.isBits()
        ? bits(node, (Bits) node.expression(), in, out)
        : values(node, (Elements) node.expression(), in, out);
  }

  private Instruction values(Node node, Elements expression, int[] in, int out) {
    List<Node> operands = node.inputs();
    return switch (expression) {
      case Elements.Stored(var tensor) -> {
        DType dtype = tensor.spec().dtype();
        yield new Instruction.Decode(pass.input(node), kernels.codec(dtype), dtype.packing(), out);
      }
      case Elements.Blend _ -> new Instruction.Blend(in[0], in[1], in[2], in[3], out);
      case Elements.Binary(var operator, _, _) ->
          new Instruction.Binary(operator, in[0], in[1], out);
      case Elements.WithScalar(var operator, _, _) ->
          new Instruction.WithScalar(operator, in[0], in[1], out);
      case Elements.Constant(var value, _) -> new Instruction.Fill(value, out);
      case Elements.Elected(var terms, _, var vote, _, var take) ->
          new Instruction.Elect(
              Arrays.copyOf(in, terms.size()),
              Arrays.copyOfRange(in, terms.size(), in.length - 1),
              vote == Elements.Elected.Vote.COUNT,
              in[in.length - 1],
              switch (take) {
                case SUM -> Elections.Take.SUM;
                case WEIGHT -> Elections.Take.WEIGHT;
                case MEAN -> Elections.Take.MEAN;
              },
              out);
      case Elements.RowRanks(_, var length, var inner, var order) ->
          new Instruction.RankRows(in[0], length, inner, order, out);
      case Elements.Magnitude _ -> new Instruction.Magnitude(in[0], out);
      case Elements.Trimmed _ -> new Instruction.Trim(in[0], in[1], out);
      case Elements.Select _ -> new Instruction.Select(in[0], in[1], in[2], out);
      case Elements.Rounded(_, var dtype) ->
          new Instruction.Round(in[0], kernels.codec(dtype), new MemorySegmentOfThread(), out);
      case Elements.RoundedAtRandom(_, _, var dtype) ->
          new Instruction.RoundAtRandom(in[0], in[1], RandomRounding.to(dtype), out);
      case Elements.ByColumn(_, var first, _, var later) ->
          new Instruction.ByColumn(in[0], floats(first), in[1], floats(later), out);
      case Elements.ShiftFirstChannel(_, _, var channels, var inner, var divisor) ->
          new Instruction.ShiftFirstChannel(
              in[0], pass.statistic(operands.get(1)), channels, inner, divisor, out);
      case Elements.Product(var left, var right, var start, _) ->
          new Instruction.Product(
              pass.matrix(left),
              pass.matrix(right),
              Math.toIntExact(left.columns()),
              right.columns(),
              start,
              start + left.rows() * right.columns(),
              out);
      case Elements.Kronecker(var a, var b, var start, _) ->
          new Instruction.Kronecker(
              pass.matrix(a),
              pass.matrix(b),
              a.rows(),
              a.columns(),
              b.rows(),
              b.columns(),
              start,
              out);
      case Elements.Spread(var values, var inner, var repeats, var start, _) ->
          new Instruction.Spread(
              pass.matrix(values),
              new RepeatedChannels(values.rows() * values.columns(), inner, repeats, start),
              out);
      case Elements.Pooled(Pool.WeightedMean(var weights), _) ->
          new Instruction.WeightedMean(
              in, weights.stream().mapToDouble(weight -> weight).toArray(), out);
      case Elements.Pooled(Pool.TrimmedMean(var cut), _) ->
          new Instruction.TrimmedMean(in, cut, out);
      case Elements.Norms(_, var channels, var inner, var repeats, var start) ->
          new Instruction.Norms(
              pass.statistic(operands.getFirst()),
              new RepeatedChannels(channels, inner, repeats, start),
              out);
      case Elements.MixedRows(_, var blocks, var stride, var columns, var start) ->
          new Instruction.MixRows(
              in[0],
              pass.matrix(blocks),
              blocks.rows(),
              Math.toIntExact(blocks.columns()),
              stride,
              columns,
              start,
              out);
      case Elements.MixedColumns(_, var first, var second, var rows, var inner, var start) ->
          new Instruction.MixColumns(
              in[0],
              pass.matrix(first),
              pass.matrix(second),
              Math.toIntExact(first.rows()),
              Math.toIntExact(first.columns()),
              rows,
              Math.toIntExact(inner),
              start,
              out);
      case Elements.Mapped(_, _, var inputs, _) ->
          new Instruction.Map(node.id(), Arrays.copyOf(in, inputs.size()), out);
      case Elements.Whole _, Elements.Regressed _ ->
          throw new IllegalStateException("made of whole tensors, it is read back");
      case Elements.OfLine(var number) ->
          new Instruction.OfLine(operands.getFirst().id(), number.lines(), out);
      case Elements.Applied(var function, _) -> new Instruction.Apply(function, in[0], out);
      case Elements.Uniform(var draw, _) -> new Instruction.Uniform(pass.draws(draw), out);
      case Elements.Normal(var draw, var mean, var deviation, _) ->
          new Instruction.Normal(pass.draws(draw), mean, deviation, out);
    };
  }

  private Instruction bits(Node node, Bits expression, int[] in, int out) {
    return switch (expression) {
      case Bits.Stored _ -> new Instruction.ReadBits(pass.input(node), out);
      case Bits.NonZeroBytes _ -> new Instruction.ReadNonZero(pass.input(node), out);
      case Bits.Constant(var value, _) -> new Instruction.FillBits(value, out);
      case Bits.Range(var from, var to, _) -> new Instruction.FillRange(from, to, out);
      case Bits.Keep(var draw, var probability, _) ->
          new Instruction.Keep(pass.draws(draw), probability, out);
      case Bits.Quarter(var draw, var quarter, _) ->
          new Instruction.Quarter(pass.draws(draw), quarter, out);
      case Bits.Compare(var comparison, _, _) ->
          new Instruction.Compare(comparison, in[0], in[1], out);
      case Bits.HasSign _ -> new Instruction.HasSign(in[0], in[1], out);
      case Bits.First _ ->
          new Instruction.FirstBits(in[0], in[1], pass.statistic(node.inputs().get(2)), out);
      case Bits.Binary(var operator, _, _) ->
          new Instruction.CombineBits(operator, in[0], in[1], out);
    };
  }

  private static float[] floats(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }

  /// An output that one kernel makes of two inputs: their blend, or the first with a random share
  /// of its difference to the second, all of one dtype.
  Optional<Program.Fused> fused(Node output, DType dtype) {
    return kernels
        .fusedBlend(dtype)
        .flatMap(kernel -> {
          Optional<Program.Fused> blend = blend(kernel, output, dtype);
          return blend.isPresent() ? blend : update(kernel, output, dtype);
        });
  }

  private Optional<Program.Fused> blend(FusedBlend kernel, Node root, DType dtype) {
    if (!(root.expression() instanceof Elements.Blend)
        || !root.inputs().get(0).isStored(dtype)
        || !root.inputs().get(2).isStored(dtype)) {
      return Optional.empty();
    }
    return Optional.of(
        new Program.Fused.Blend(
            kernel,
            pass.input(root.inputs().get(0)),
            root.inputs().get(1).id(),
            pass.input(root.inputs().get(2)),
            root.inputs().get(3).id()));
  }

  private Optional<Program.Fused> update(FusedBlend kernel, Node root, DType dtype) {
    if (!(root.expression() instanceof Elements.Select)
        || !(root.inputs().get(0).expression() instanceof Bits.Keep(var draw, var share, _))
        || !(root.inputs().get(1).expression()
            instanceof Elements.Binary(Elements.Operator moved, _, _))
        || moved != Elements.Operator.ADD) {
      return Optional.empty();
    }
    Node a = root.inputs().get(2);
    Node delta = root.inputs().get(1).inputs().get(1);
    float divisor = 1;
    if (delta.expression()
            instanceof
            Elements.WithScalar(Elements.Operator divided, _, Scalar.Constant(var number))
        && divided == Elements.Operator.DIVIDE) {
      divisor = (float) number;
      delta = delta.inputs().getFirst();
    }
    boolean isDifference =
        delta.expression() instanceof Elements.Binary(Elements.Operator operator, _, _)
            && operator == Elements.Operator.SUBTRACT;
    if (!isDifference
        || !a.isStored(dtype)
        || !delta.inputs().get(0).isStored(dtype)
        || !a.equals(delta.inputs().get(1))
        || !a.equals(root.inputs().get(1).inputs().get(0))) {
      return Optional.empty();
    }
    return Optional.of(
        new Program.Fused.Update(
            kernel,
            pass.input(a),
            pass.input(delta.inputs().get(0)),
            pass.draws(draw),
            share,
            divisor));
  }
}
