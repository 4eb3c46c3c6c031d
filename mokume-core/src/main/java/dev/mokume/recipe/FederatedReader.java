package dev.mokume.recipe;

import dev.mokume.internal.yaml.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// Reads how the models of clients become one.
final class FederatedReader {
  static final Form FEDERATED = Form.of("federated", "clients", "method base");
  static final Form CLIENT = Form.of("a client of federated", "of", "examples scale");
  static final String MEAN = "mean";
  static final String MEDIAN = "median";
  static final String TRIMMED_MEAN = "trimmed_mean";

  private static final Form TRIMMED = Form.of("method", TRIMMED_MEAN, "");

  private final Reading reading;

  FederatedReader(Reading reading) {
    this.reading = reading;
  }

  /// @return nothing if there is no client, which is told
  Optional<Weights> read(Node node) {
    Fields fields = Fields.of(reading, node, FEDERATED);
    List<Weights.Client> clients = clients(fields.get("clients"));
    Pooling pooling = pooling(fields.get("method"));
    Optional<Weights> base =
        fields.has("base") ? Optional.of(fields.weights("base")) : Optional.empty();
    if (base.isEmpty() && clients.stream().anyMatch(Weights.Client::isScaled)) {
      reading.problem(
          node, "federated needs the base that its clients trained from, since one has a scale");
      return Optional.empty();
    }
    return clients.isEmpty()
        ? Optional.empty()
        : Optional.of(new Weights.Federated(clients, pooling, base));
  }

  private List<Weights.Client> clients(@Nullable Node node) {
    List<Weights.Client> clients = new ArrayList<>();
    if (node instanceof SequenceNode list && !list.getValue().isEmpty()) {
      for (Node item : list.getValue()) {
        Fields fields = Fields.of(reading, item, CLIENT);
        clients.add(
            new Weights.Client(
                fields.weights("of"),
                fields.ratio(Quantity.EXAMPLES, 1),
                fields.ratio(Quantity.SCALE, 1)));
      }
    } else if (node != null) {
      reading.problem(
          node,
          "clients must be a list like {of: a, examples: 120} but is "
              + (node instanceof SequenceNode ? "empty" : Reading.describe(node)));
    }
    return clients;
  }

  private Pooling pooling(@Nullable Node node) {
    if (node instanceof MappingNode) {
      return new Pooling.TrimmedMean(
          Fields.of(reading, node, TRIMMED).ratio(Quantity.TRIMMED_MEAN, 0));
    }
    String method = node == null ? MEAN : reading.text(node, "method");
    if (node != null && !method.equals(MEAN) && !method.equals(MEDIAN)) {
      reading.problem(
          node,
          "method must be mean, median, or a map like {trimmed_mean: 0.1} with the share to leave"
              + " out at each end, but is "
              + Reading.describe(node));
    }
    return method.equals(MEDIAN) ? new Pooling.Median() : new Pooling.Mean();
  }
}
