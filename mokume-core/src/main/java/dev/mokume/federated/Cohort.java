package dev.mokume.federated;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Weights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.Set;

/// The clients that take part, in the order in which they are added up, and those that cannot.
///
/// @param bad in the order in which they were found
public record Cohort(List<Member> members, List<BadClient> bad) {
  private static final String BASE = "base";

  /// @param norm of what it changed, all tensors together; without a base that of its weights
  public record Member(Client client, double norm) {
    /// By what its change is multiplied so that its norm is at most `most`.
    double scale(OptionalDouble most) {
      return most.isPresent() && norm > most.getAsDouble() ? most.getAsDouble() / norm : 1;
    }
  }

  public Cohort {
    members = List.copyOf(members);
    bad = List.copyOf(bad);
  }

  /// Settles whether the clients that can take part are enough.
  ///
  /// @throws MokumeException with a problem for every client that cannot, after one that counts
  ///   them
  public void judge(BadClients policy) {
    if (bad.isEmpty() || policy == BadClients.SKIP && !members.isEmpty()) {
      return;
    }
    List<Problem> problems = new ArrayList<>();
    problems.add(
        mismatched(
            Amount.count(bad.size())
                + " of "
                + Amount.count(members.size() + bad.size(), "client", "clients")
                + " cannot take part"
                + (members.isEmpty()
                    ? "; none is left to merge."
                    : ". Repair them or leave them out; --bad-clients skip goes on without"
                        + " them.")));
    bad.forEach(client -> problems.add(mismatched(client.reason())));
    throw new MokumeException(problems);
  }

  private static Problem mismatched(String message) {
    return new Problem(ErrorCode.MISMATCHED_INPUTS, message);
  }

  /// How they become one. Clients have names by their place in the order.
  public Federation federation(FederationOptions options, OpenClients opened) {
    Optional<Weights> base = options.base().map(_ -> new Weights.Source(BASE));
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    options.base().ifPresent(path -> models.put(BASE, path));
    List<Weights.Client> clients = new ArrayList<>();
    int digits = String.valueOf(members.size()).length();
    int clipped = 0;
    for (Member member : members) {
      String name = String.format(Locale.ROOT, "c%0" + digits + "d", clients.size() + 1);
      double scale = member.scale(options.clip());
      models.put(name, member.client().file());
      clients.add(new Weights.Client(new Weights.Source(name), member.client().examples(), scale));
      clipped += scale == 1 ? 0 : 1;
    }
    Weights all = new Weights.Federated(clients, options.pooling(), base);
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    components(opened).forEach(component -> components.put(component, all));
    Recipe recipe = Recipe.of(models, Result.Checkpoint.of(components));
    return new Federation(recipe, members.size(), bad, clipped);
  }

  /// What there is in the models, all of which have one layout.
  private Set<Component> components(OpenClients opened) {
    Client first = members.getFirst().client();
    Checkpoint like =
        opened.base().orElseGet(() -> Objects.requireNonNull(opened.clients().get(first)));
    return Architectures.detect(
            like.tensors().values().stream().map(StoredTensor::spec).toList(), like.metadata())
        .components()
        .keySet();
  }
}
