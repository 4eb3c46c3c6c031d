package dev.mokume.tokenizer;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The tensors of several models that have a row for each token.
final class Embeddings {
  /// In elements; a hundred times the widest known. A row that is made is held as numbers.
  private static final long WIDEST = 1 << 20;

  private final RowOrigins origins;
  private final List<Checkpoint> checkpoints;

  /// @param checkpoints by the names that `origins` numbers
  Embeddings(RowOrigins origins, Map<String, ? extends Checkpoint> checkpoints) {
    this.origins = origins;
    this.checkpoints = new ArrayList<>();
    for (String model : origins.models()) {
      Checkpoint checkpoint = Objects.requireNonNull(checkpoints.get(model), model);
      if (checkpoint.tensors().values().stream().noneMatch(Embeddings::isInput)) {
        throw new MokumeException(
            ErrorCode.UNSUPPORTED_CHECKPOINT,
            checkpoint.name()
                + ": has no tensor that Mokume knows as the embedding of tokens (such as"
                + " model.embed_tokens.weight or wte.weight), so its rows cannot be put in the"
                + " order of another vocabulary. Leave tokenizer_source out.");
      }
      this.checkpoints.add(checkpoint);
    }
  }

  private static boolean isInput(StoredTensor tensor) {
    return role(tensor).filter(EmbeddingRole.INPUT::equals).isPresent();
  }

  private static Optional<EmbeddingRole> role(StoredTensor tensor) {
    return EmbeddingRole.of(tensor.spec());
  }

  /// A model's tensor with its rows in the merged order; nothing if it has no row for each token.
  Optional<StoredTensor> inOrder(int model, StoredTensor tensor) {
    return role(tensor).map(role -> inOrder(model, tensor, role));
  }

  private StoredTensor inOrder(int model, StoredTensor tensor, EmbeddingRole role) {
    check(model, tensor, tensor);
    List<@Nullable StoredTensor> all = new ArrayList<>();
    for (int other = 0; other < checkpoints.size(); other++) {
      StoredTensor same =
          other == model ? tensor : counterpart(checkpoints.get(other), tensor, role);
      if (same != null && isAsked(model, other)) {
        check(other, same, tensor);
        all.add(same);
      } else {
        all.add(null);
      }
    }
    if (origins.isIdentity(model) && tensor.spec().shape().dimension(0) == origins.size()) {
      return tensor;
    }
    GatheredRows rows = new GatheredRows(tensor, model, origins, all);
    if (rows.makesAny()) {
      requireNumbers(tensor, all);
    }
    long[] shape = tensor.spec().shape().toArray();
    shape[0] = origins.size();
    return new StoredTensor(
        new TensorSpec(tensor.name(), tensor.spec().dtype(), Shape.of(shape)),
        rows,
        0,
        rows.size());
  }

  /// Whether a model lacks a row that another one has to give.
  private boolean isAsked(int model, int other) {
    int[] own = origins.own().get(model);
    for (int id = 0; id < own.length; id++) {
      boolean lacks = own[id] < 0 || origins.forced().get(id);
      boolean gives =
          origins.donor()[id] == other
              || origins.donor()[id] == RowOrigins.MEAN && origins.own().get(other)[id] >= 0;
      if (lacks && gives) {
        return true;
      }
    }
    return false;
  }

  /// The tensor of another model that is for the same: of the same name, else of the same role. A
  /// head that another model has not is its embedding.
  private static @Nullable StoredTensor counterpart(
      Checkpoint checkpoint, StoredTensor tensor, EmbeddingRole role) {
    StoredTensor same = checkpoint.tensors().get(tensor.name());
    if (same != null && role(same).isPresent()) {
      return same;
    }
    StoredTensor tied = null;
    for (StoredTensor other : checkpoint.tensors().values()) {
      Optional<EmbeddingRole> otherRole = role(other);
      if (otherRole.filter(role::equals).isPresent()) {
        return other;
      }
      if (role == EmbeddingRole.OUTPUT && tied == null && isInput(other)) {
        tied = other;
      }
    }
    return tied;
  }

  private void check(int model, StoredTensor tensor, StoredTensor wanted) {
    long rows = tensor.spec().shape().dimension(0);
    int last = lastRow(model);
    if (tensor.spec().elementCount() == 0) {
      throw mismatch(model, tensor, "is empty");
    }
    if (last >= rows) {
      throw mismatch(
          model,
          tensor,
          "has "
              + Amount.count(rows, "row", "rows")
              + ", but its tokenizer and config.json name ids up to "
              + Amount.count(last)
              + ": they are of different models, or vocab_size is wrong");
    }
    long width = tensor.spec().elementCount() / rows;
    long wantedWidth = wanted.spec().elementCount() / wanted.spec().shape().dimension(0);
    if (width != wantedWidth) {
      throw mismatch(
          model,
          tensor,
          "has rows of "
              + Amount.count(width)
              + " elements, but in "
              + wanted.source().name()
              + " they have "
              + Amount.count(wantedWidth)
              + ": the models do not fit each other");
    }
    if (width > WIDEST) {
      throw mismatch(
          model, tensor, "has rows of " + Amount.count(width) + " elements, wider than any known");
    }
  }

  private int lastRow(int model) {
    int last = -1;
    int[] own = origins.own().get(model);
    for (int id = 0; id < own.length; id++) {
      last = Math.max(last, own[id]);
      if (origins.donor()[id] == model) {
        last = Math.max(last, origins.donorRow()[id]);
      }
    }
    return last;
  }

  private void requireNumbers(StoredTensor tensor, List<@Nullable StoredTensor> all) {
    for (int model = 0; model < all.size(); model++) {
      StoredTensor other = all.get(model);
      if (other != null && !other.spec().dtype().isBlendable()) {
        throw mismatch(model, other, notNumbers(other));
      }
    }
    if (!tensor.spec().dtype().isBlendable() || !tensor.spec().dtype().isEncodable()) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          tensor.source().name()
              + ": tensor "
              + Quoted.name(tensor.name())
              + " "
              + notNumbers(tensor)
              + ".");
    }
  }

  private static String notNumbers(StoredTensor tensor) {
    return "is of dtype "
        + tensor.spec().dtype()
        + ", in which no row can be made; convert the model to a floating-point dtype first";
  }

  private MokumeException mismatch(int model, StoredTensor tensor, String what) {
    return new MokumeException(
        ErrorCode.MISMATCHED_INPUTS,
        checkpoints.get(model).name()
            + ": tensor "
            + Quoted.name(tensor.name())
            + " "
            + what
            + ".");
  }
}
