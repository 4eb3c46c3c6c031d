package dev.mokume.federated;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/// Clients whose files are open, in an order of their own: by file name, then by folder. Sums are
/// taken in that order, so that the order in which they were named does not matter.
///
/// @param base what they trained from
/// @param bad those that cannot be opened
public record OpenClients(
    SequencedMap<Client, Checkpoint> clients, Optional<Checkpoint> base, List<BadClient> bad)
    implements AutoCloseable {
  /// @throws MokumeException if there is no client, if a file is named twice, or if the base cannot
  ///   be opened
  public static OpenClients of(List<Client> clients, Optional<Path> base) {
    List<Client> inOrder = inOrder(clients);
    Optional<Checkpoint> from = base.map(OpenClients::open);
    SequencedMap<Client, Checkpoint> opened = new LinkedHashMap<>();
    List<BadClient> bad = new ArrayList<>();
    for (Client client : inOrder) {
      try {
        opened.put(client, open(client.file()));
      } catch (MokumeException e) {
        bad.add(new BadClient(client.file(), e.problems().getFirst().message()));
      }
    }
    return new OpenClients(opened, from, bad);
  }

  private static Checkpoint open(Path path) {
    return ScaledCheckpoint.of(Checkpoints.open(path));
  }

  private static List<Client> inOrder(List<Client> clients) {
    if (clients.isEmpty()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "there is no client; name the checkpoints of at least one.");
    }
    Set<Path> seen = new HashSet<>();
    List<Path> twice =
        clients.stream().map(OpenClients::place).filter(place -> !seen.add(place)).toList();
    if (!twice.isEmpty()) {
      String others =
          twice.size() == 1
              ? " is"
              : " and " + Amount.count(twice.size() - 1, "other file", "other files") + " are";
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          twice.getFirst()
              + others
              + " named twice, and would count twice; name each client once.");
    }
    return clients.stream()
        .sorted(
            Comparator.comparing((Client client) -> String.valueOf(client.file().getFileName()))
                .thenComparing(client -> place(client).toString()))
        .toList();
  }

  private static Path place(Client client) {
    return client.file().toAbsolutePath().normalize();
  }

  /// Everything that is open.
  public List<Checkpoint> checkpoints() {
    List<Checkpoint> all = new ArrayList<>(clients.values());
    base.ifPresent(all::add);
    return all;
  }

  @Override
  public void close() {
    checkpoints().forEach(Checkpoint::close);
  }
}
