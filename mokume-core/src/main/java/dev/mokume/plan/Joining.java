package dev.mokume.plan;

import dev.mokume.architecture.Piece;
import dev.mokume.architecture.Rows;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/// Makes the tensors of one form from those of another, of one checkpoint.
public final class Joining {
  /// Rows of a tensor that is made of several.
  private record Share(Rows place, StoredTensor tensor) {}

  private final String checkpoint;
  private final Map<String, TreeMap<Integer, Share>> shares = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  public Joining(String checkpoint) {
    this.checkpoint = checkpoint;
  }

  /// Puts what `tensor` becomes under `name` into `view`; a share of it keeps the place free until
  /// [#finish].
  public void put(
      SequencedMap<String, StoredTensor> view, String name, StoredTensor tensor, Piece piece) {
    TreeMap<Integer, Share> known = shares.get(name);
    int first = piece.place().first();
    if (known == null ? view.containsKey(name) : known.containsKey(first)) {
      malformed(tensor, "is read as " + Quoted.name(name) + ", and so is another one");
      return;
    }
    Optional<StoredTensor> made =
        taken(name, tensor, piece.taken()).flatMap(part -> changed(name, part, piece.change()));
    if (made.isEmpty()) {
      return;
    }
    view.put(name, made.get());
    if (!piece.place().isAll()) {
      shares
          .computeIfAbsent(name, _ -> new TreeMap<>())
          .put(first, new Share(piece.place(), made.get().named(tensor.name())));
    }
  }

  private Optional<StoredTensor> taken(String name, StoredTensor tensor, Rows rows) {
    if (rows.isAll()) {
      return Optional.of(tensor.named(name));
    }
    if (tensor.isDivisibleBy(rows.parts())) {
      return Optional.of(tensor.rows(name, rows.first(), rows.count(), rows.parts()));
    }
    if (rows.first() == 0) {
      malformed(
          tensor,
          "is read as several tensors, but its rows do not fall into "
              + rows.parts()
              + " equal parts");
    }
    return Optional.empty();
  }

  private Optional<StoredTensor> changed(String name, StoredTensor tensor, Piece.Change change) {
    return switch (change) {
      case NONE -> Optional.of(tensor);
      case TRANSPOSED -> {
        if (!tensor.isTransposable()) {
          malformed(tensor, "is read with rows for columns, but it is not a matrix");
          yield Optional.empty();
        }
        yield Optional.of(tensor.transposed(name));
      }
      case HALVES_SWAPPED -> {
        if (!tensor.isDivisibleBy(2)) {
          malformed(tensor, "is read with its halves swapped, but its rows do not fall into two");
          yield Optional.empty();
        }
        yield Optional.of(
            StoredTensor.joined(
                name, List.of(tensor.rows(name, 1, 1, 2), tensor.rows(name, 0, 1, 2))));
      }
      // Early checkpoints of both kinds have been seen with the shape of the other.
      case MATRIX -> Optional.of(tensor.shaped(name, matrix(tensor.spec().shape())));
      case CONVOLUTION -> Optional.of(tensor.shaped(name, convolution(tensor.spec().shape())));
    };
  }

  private static Shape matrix(Shape shape) {
    boolean ofOneElement = shape.rank() == 4 && shape.dimension(2) == 1 && shape.dimension(3) == 1;
    return ofOneElement ? Shape.of(shape.dimension(0), shape.dimension(1)) : shape;
  }

  private static Shape convolution(Shape shape) {
    return shape.rank() == 2 ? Shape.of(shape.dimension(0), shape.dimension(1), 1, 1) : shape;
  }

  /// Joins what was gathered, and takes out of `view` what cannot be.
  public void finish(SequencedMap<String, StoredTensor> view) {
    shares.forEach((name, parts) -> {
      List<Share> inOrder = List.copyOf(parts.values());
      Optional<StoredTensor> misfit = misfit(inOrder);
      if (misfit.isEmpty()) {
        view.put(name, StoredTensor.joined(name, inOrder.stream().map(Share::tensor).toList()));
        return;
      }
      view.remove(name);
      malformed(
          misfit.get(),
          "is read as a part of "
              + Quoted.name(name)
              + ", but the parts of that are not all there in one dtype and in shapes that fit");
    });
  }

  /// A tensor that is not of one kind with the first, or the first if others are missing.
  private static Optional<StoredTensor> misfit(List<Share> parts) {
    Share first = parts.getFirst();
    int next = 0;
    for (Share part : parts) {
      if (part.place().first() != next) {
        return Optional.of(first.tensor());
      }
      TensorSpec spec = part.tensor().spec();
      boolean fits =
          spec.shape().rank() > 0
              && spec.dtype().equals(first.tensor().spec().dtype())
              && Arrays.equals(onePart(part), onePart(first));
      if (!fits) {
        return Optional.of(part.tensor());
      }
      next += part.place().count();
    }
    return next == first.place().parts() ? Optional.empty() : Optional.of(first.tensor());
  }

  /// The shape that one of the parts has which are this share.
  private static long[] onePart(Share share) {
    long[] shape = share.tensor().spec().shape().toArray();
    int count = share.place().count();
    if (shape.length > 0) {
      shape[0] = shape[0] % count == 0 ? shape[0] / count : -1;
    }
    return shape;
  }

  private void malformed(StoredTensor tensor, String why) {
    problems.add(
        new Problem(
            ErrorCode.MISMATCHED_INPUTS,
            checkpoint
                + ": tensor "
                + Quoted.name(tensor.name())
                + " has dtype "
                + tensor.spec().dtype()
                + " and shape "
                + tensor.spec().shape()
                + " and "
                + why
                + ". Repair that file, or leave the component out."));
  }

  /// What could not be made, and why.
  public List<Problem> problems() {
    return problems;
  }
}
