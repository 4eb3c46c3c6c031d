package dev.mokume.plan;

import dev.mokume.architecture.StoredForm.Piece;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/// Makes the tensors of one form from those of another, of one checkpoint.
final class Joining {
  private final String checkpoint;
  private final Map<String, StoredTensor[]> shares = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  Joining(String checkpoint) {
    this.checkpoint = checkpoint;
  }

  /// Puts what `tensor` becomes under `name` into `view`; a share of it keeps the place free until
  /// [#finish].
  void put(SequencedMap<String, StoredTensor> view, String name, StoredTensor tensor, Piece piece) {
    if (view.containsKey(name) && piece.kind() != Piece.Kind.SHARE) {
      malformed(tensor, "is read as " + Quoted.name(name) + ", and so is another one");
      return;
    }
    switch (piece.kind()) {
      case WHOLE -> view.put(name, tensor.named(name));
      case TRANSPOSED -> {
        if (tensor.isTransposable()) {
          view.put(name, tensor.transposed(name));
        } else {
          malformed(tensor, "is read with rows for columns, but it is not a matrix");
        }
      }
      case SLICE -> {
        if (tensor.isDivisibleBy(Piece.PARTS)) {
          view.put(name, tensor.rows(name, piece.part(), Piece.PARTS));
        } else if (piece.part() == 0) {
          malformed(tensor, "is read as three tensors, but its rows do not fall into three parts");
        }
      }
      case SHARE -> {
        view.put(name, tensor);
        shares.computeIfAbsent(name, _ -> new StoredTensor[Piece.PARTS])[piece.part()] = tensor;
      }
    }
  }

  /// Joins what was gathered, and takes out of `view` what cannot be.
  void finish(SequencedMap<String, StoredTensor> view) {
    shares.forEach((name, parts) -> {
      StoredTensor one = Objects.requireNonNull(view.get(name));
      boolean fit =
          Arrays.stream(parts)
              .allMatch(part ->
                  part != null
                      && part.spec().dtype().equals(one.spec().dtype())
                      && part.spec().shape().equals(one.spec().shape())
                      && part.spec().shape().rank() > 0);
      if (fit) {
        view.put(name, StoredTensor.joined(name, List.of(parts)));
      } else {
        view.remove(name);
        malformed(
            one,
            "is read as a part of "
                + Quoted.name(name)
                + ", but query, key and value are not all there in one dtype and shape");
      }
    });
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

  List<Problem> problems() {
    return problems;
  }
}
