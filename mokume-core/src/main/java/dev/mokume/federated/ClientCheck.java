package dev.mokume.federated;

import dev.mokume.analysis.Measurement;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Scalar;
import dev.mokume.plan.TensorTask;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Finds the clients that cannot take part: those of another layout, and those with NaN or infinite
/// values. Measures how far the others went from the base, all their tensors together.
public final class ClientCheck implements Measurement<Cohort> {
  /// So many clients are measured together, which reads the base once for all of them.
  private static final int TOGETHER = 50;

  private final OpenClients opened;
  private final List<BadClient> bad;
  private final List<Member> fitting = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();

  /// A client of the right layout, and what is measured of it.
  private static final class Member {
    final Client client;
    final Checkpoint checkpoint;
    final List<String> damaged = new ArrayList<>();
    double squares;

    Member(Client client, Checkpoint checkpoint) {
      this.client = client;
      this.checkpoint = checkpoint;
    }
  }

  /// One tensor of some clients.
  private record Part(TensorTask task, List<Member> members) {}

  private ClientCheck(OpenClients opened) {
    this.opened = opened;
    this.bad = new ArrayList<>(opened.bad());
  }

  /// Reads headers only.
  public static ClientCheck prepare(OpenClients opened) {
    ClientCheck check = new ClientCheck(opened);
    Map<String, Shape> wanted =
        opened
            .base()
            .map(ClientCheck::layout)
            .orElseGet(() -> mostCommon(opened.clients().values()));
    opened.clients().forEach((client, checkpoint) -> check.judgeLayout(client, checkpoint, wanted));
    check.settleTasks();
    return check;
  }

  private static Map<String, Shape> layout(Checkpoint checkpoint) {
    SequencedMap<String, Shape> layout = new LinkedHashMap<>();
    checkpoint.tensors().forEach((name, tensor) -> layout.put(name, tensor.spec().shape()));
    return layout;
  }

  /// The layout that most have; of several the one that comes first.
  private static Map<String, Shape> mostCommon(Collection<Checkpoint> checkpoints) {
    SequencedMap<Map<String, Shape>, Integer> counts = new LinkedHashMap<>();
    checkpoints.forEach(checkpoint -> counts.merge(layout(checkpoint), 1, Integer::sum));
    Map<String, Shape> most = Map.of();
    int greatest = 0;
    for (Map.Entry<Map<String, Shape>, Integer> entry : counts.entrySet()) {
      if (entry.getValue() > greatest) {
        most = entry.getKey();
        greatest = entry.getValue();
      }
    }
    return most;
  }

  private void judgeLayout(Client client, Checkpoint checkpoint, Map<String, Shape> wanted) {
    Optional<String> difference = difference(layout(checkpoint), wanted);
    if (difference.isPresent()) {
      bad.add(new BadClient(client.file(), client.file() + ": " + difference.get()));
    } else {
      fitting.add(new Member(client, checkpoint));
    }
  }

  private Optional<String> difference(Map<String, Shape> found, Map<String, Shape> wanted) {
    boolean hasBase = opened.base().isPresent();
    String others = hasBase ? "the base" : "most clients";
    for (Map.Entry<String, Shape> tensor : wanted.entrySet()) {
      String name = Quoted.name(tensor.getKey());
      Shape shape = found.get(tensor.getKey());
      if (shape == null) {
        return Optional.of(
            "lacks tensor " + name + ", which " + others + (hasBase ? " has." : " have."));
      }
      if (!shape.equals(tensor.getValue())) {
        return Optional.of(
            "tensor "
                + name
                + " has shape "
                + shape
                + ", but in "
                + others
                + " it has "
                + tensor.getValue()
                + ".");
      }
    }
    return found.keySet().stream()
        .filter(name -> !wanted.containsKey(name))
        .findFirst()
        .map(name -> "has a tensor " + Quoted.name(name) + ", which is not in " + others + ".");
  }

  private void settleTasks() {
    if (fitting.isEmpty()) {
      return;
    }
    Checkpoint first = opened.base().orElse(fitting.getFirst().checkpoint);
    for (StoredTensor tensor : first.tensors().values()) {
      if (tensor.spec().dtype().isBlendable() && tensor.spec().elementCount() > 0) {
        for (int from = 0; from < fitting.size(); from += TOGETHER) {
          addPart(tensor, fitting.subList(from, Math.min(from + TOGETHER, fitting.size())));
        }
      }
    }
  }

  /// @param like the base's, or that of a client where there is none
  private void addPart(StoredTensor like, List<Member> members) {
    Elements base = new Elements.Stored(like);
    List<Member> measured = new ArrayList<>();
    List<Scalar> squares = new ArrayList<>();
    for (Member member : members) {
      StoredTensor tensor = Objects.requireNonNull(member.checkpoint.tensors().get(like.name()));
      if (tensor.spec().dtype().isBlendable()) {
        Elements own = new Elements.Stored(tensor);
        measured.add(member);
        squares.add(
            new Scalar.Statistic(
                Scalar.Reduction.SUM_OF_SQUARES,
                opened.base().isPresent()
                    ? new Elements.Binary(Elements.Operator.SUBTRACT, own, base)
                    : own));
      }
    }
    parts.add(
        new Part(
            new TensorTask(like.name(), like.spec().elementCount(), List.of(), squares), measured));
  }

  @Override
  public List<TensorTask> tasks() {
    return parts.stream().map(Part::task).toList();
  }

  @Override
  public Cohort conclude(Function<TensorTask, double[]> measured, BooleanSupplier cancelled) {
    for (Part part : parts) {
      double[] squares = measured.apply(part.task());
      for (int i = 0; i < squares.length; i++) {
        Member member = part.members().get(i);
        member.squares += squares[i];
        if (!Double.isFinite(squares[i])) {
          member.damaged.add(part.task().tensor());
        }
      }
    }
    refuseDamagedBase();
    List<Cohort.Member> members = new ArrayList<>();
    for (Member member : fitting) {
      if (member.damaged.isEmpty()) {
        members.add(new Cohort.Member(member.client, Math.sqrt(member.squares)));
      } else {
        bad.add(new BadClient(member.client.file(), words(member)));
      }
    }
    return new Cohort(members, bad);
  }

  /// Where no client's difference is a number, the fault is the base's.
  private void refuseDamagedBase() {
    Optional<Checkpoint> base = opened.base();
    if (base.isPresent()
        && fitting.size() > 1
        && fitting.stream().noneMatch(member -> member.damaged.isEmpty())) {
      throw new MokumeException(
          ErrorCode.NON_FINITE_WEIGHTS,
          base.get().name()
              + ": tensor "
              + Quoted.name(fitting.getFirst().damaged.getFirst())
              + " holds NaN or infinite values, or differs from that of every client by one. Name"
              + " the model that the clients trained from.");
    }
  }

  private static String words(Member member) {
    int others = member.damaged.size() - 1;
    return member.client.file()
        + ": tensor "
        + Quoted.name(member.damaged.getFirst())
        + (others == 0 ? " holds" : " and " + others + " more hold")
        + " NaN or infinite values.";
  }
}
