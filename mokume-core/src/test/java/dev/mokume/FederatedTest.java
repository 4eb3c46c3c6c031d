package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.federated.BadClient;
import dev.mokume.federated.BadClients;
import dev.mokume.federated.Client;
import dev.mokume.federated.Federation;
import dev.mokume.federated.FederationOptions;
import dev.mokume.recipe.Pooling;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients' models that fit on a page, made one. The tensors are called `w` and `v`.
class FederatedTest {
  private static final Pooling MEAN = new Pooling.Mean();

  @TempDir private Path folder;

  private final MergeOptions options =
      MergeOptions.defaults().withOverwrite(true).withDurable(false).withMemory(64 << 20);

  private Path file(String name, SmallCheckpoint checkpoint) {
    return checkpoint.write(folder.resolve(name + ".safetensors"));
  }

  private Client client(String name, double examples, float... values) {
    return new Client(file(name, new SmallCheckpoint().with("w", values)), examples);
  }

  private static FederationOptions by(Pooling pooling) {
    return new FederationOptions(
        pooling, Optional.empty(), OptionalDouble.empty(), BadClients.REFUSE);
  }

  private Path merged(FederationOptions how, List<Client> clients) {
    Path out = folder.resolve("out.safetensors");
    Mokume.merge(Mokume.federate(clients, how, options).recipe(), out, options);
    return out;
  }

  private float[] w(FederationOptions how, Client... clients) {
    return SmallCheckpoint.read(merged(how, List.of(clients))).values("w");
  }

  @Test
  void theMeanIsWeightedByExamples() {
    assertThat(w(by(MEAN), client("a", 30, 1, 2), client("b", 10, 5, -2))).containsExactly(2, 1);
  }

  @Test
  void theMedianIsTakenElementByElement() {
    Client a = client("a", 1, 1, 9, 0);
    Client b = client("b", 99, 2, 8, -1);
    Client c = client("c", 1, 300, 7, 1);
    assertThat(w(by(new Pooling.Median()), a, b, c)).containsExactly(2, 8, 0);
    assertThat(w(by(new Pooling.Median()), a, c)).containsExactly(150.5f, 8, 0.5f);
  }

  @Test
  void aShareOfTheClientsIsTrimmedAtEachEnd() {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      clients.add(client("c" + i, 1, i == 9 ? 1000 : i));
    }
    // A fifth of 10 at each end: 2 to 7 are left.
    assertThat(w(by(new Pooling.TrimmedMean(0.2)), clients.toArray(Client[]::new)))
        .containsExactly(4.5f);
    // 19 % of 10 is one.
    assertThat(w(by(new Pooling.TrimmedMean(0.19)), clients.toArray(Client[]::new)))
        .containsExactly(4.5f);
    assertThat(w(by(new Pooling.TrimmedMean(0)), clients.toArray(Client[]::new)))
        .containsExactly(103.6f);
  }

  @Test
  void whatAClientChangedIsScaledDownToTheNorm() {
    Path base = file("base", new SmallCheckpoint().with("w", 1, 1).with("v", 1));
    // It changed (3, 0) and 4: the norm is 5, and half of it is allowed.
    Client far = new Client(file("far", new SmallCheckpoint().with("w", 4, 1).with("v", 5)), 1);
    Client near = new Client(file("near", new SmallCheckpoint().with("w", 1, 2).with("v", 1)), 1);
    FederationOptions how =
        new FederationOptions(MEAN, Optional.of(base), OptionalDouble.of(2.5), BadClients.REFUSE);
    Federation federation = Mokume.federate(List.of(far, near), how, options);
    assertThat(federation.clipped()).isEqualTo(1);

    SmallCheckpoint out = SmallCheckpoint.read(merged(how, List.of(far, near)));
    assertThat(out.values("w")).containsExactly(1 + 1.5f / 2, 1 + 1 / 2f);
    assertThat(out.values("v")).containsExactly(1 + 2 / 2f);
  }

  @Test
  void theSameClientsInAnyOrderGiveTheSameBytes() throws IOException {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      clients.add(client("c" + i, 1 + i, (float) Math.pow(10, i), 0.1f * i, -1));
    }
    byte[] expected = Files.readAllBytes(merged(by(MEAN), clients));
    assertThat(Files.readAllBytes(merged(by(MEAN), clients.reversed()))).isEqualTo(expected);
  }

  @Test
  void integersAreThoseOfTheBase() {
    SmallCheckpoint base =
        new SmallCheckpoint().with("w", 1).withBytes("steps", DType.U8, Shape.of(1), (byte) 7);
    SmallCheckpoint own =
        new SmallCheckpoint().with("w", 3).withBytes("steps", DType.U8, Shape.of(1), (byte) 9);
    FederationOptions how =
        new FederationOptions(
            MEAN, Optional.of(file("base", base)), OptionalDouble.empty(), BadClients.REFUSE);
    SmallCheckpoint out = SmallCheckpoint.read(merged(how, List.of(new Client(file("a", own), 1))));
    assertThat(out.values("w")).containsExactly(3);
    assertThat(out.bytes("steps")).containsExactly(7);
  }

  private List<Client> goodAndBad() throws IOException {
    List<Client> clients = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      clients.add(client("good" + i, 1, i, 1));
    }
    clients.add(client("nan", 1, 1, Float.NaN));
    clients.add(client("shape", 1, 1, 2, 3));
    clients.add(new Client(file("less", new SmallCheckpoint().with("v", 1, 1)), 1));
    clients.add(new Client(file("more", new SmallCheckpoint().with("w", 1, 1).with("x", 1)), 1));
    Path cut = client("cut", 1, 1, 1).file();
    byte[] whole = Files.readAllBytes(cut);
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length - 3));
    clients.add(new Client(cut, 1));
    clients.add(new Client(folder.resolve("gone.safetensors"), 1));
    return clients;
  }

  @Test
  void oneMessageNamesEveryClientThatCannotTakePart() throws IOException {
    assertThatThrownBy(() -> Mokume.federate(goodAndBad(), by(MEAN), options))
        .isInstanceOf(MokumeException.class)
        .hasMessageStartingWith(
            "6 of 9 clients cannot take part. Repair them or leave them out; --bad-clients skip"
                + " goes on without them.\n"
                + folder)
        .hasMessageContaining("\n" + folder.resolve("gone.safetensors") + ": there is no such file")
        .hasMessageContaining("\n" + folder.resolve("cut.safetensors") + ": ")
        .hasMessageContaining(
            "\n"
                + folder.resolve("less.safetensors")
                + ": lacks tensor 'w', which most clients have.\n")
        .hasMessageContaining(
            "\n"
                + folder.resolve("more.safetensors")
                + ": has a tensor 'x', which is not in most clients.\n")
        .hasMessageContaining(
            "\n"
                + folder.resolve("shape.safetensors")
                + ": tensor 'w' has shape [3], but in most clients it has [2].\n")
        .hasMessageEndingWith(
            "\n" + folder.resolve("nan.safetensors") + ": tensor 'w' holds NaN or infinite values.")
        .satisfies(failure -> assertThat(((MokumeException) failure).problems()).hasSize(7));
  }

  @Test
  void theOthersAreMergedIfThatIsAllowed() throws IOException {
    FederationOptions skipping =
        new FederationOptions(MEAN, Optional.empty(), OptionalDouble.empty(), BadClients.SKIP);
    Federation federation = Mokume.federate(goodAndBad(), skipping, options);
    assertThat(federation.clients()).isEqualTo(3);
    assertThat(federation.skipped())
        .extracting(BadClient::file)
        .extracting(file -> file.getFileName().toString())
        .containsExactlyInAnyOrder(
            "cut.safetensors",
            "gone.safetensors",
            "less.safetensors",
            "more.safetensors",
            "nan.safetensors",
            "shape.safetensors");
    assertThat(w(skipping, goodAndBad().toArray(Client[]::new))).containsExactly(2, 1);
  }

  @Test
  void noneLeftIsRefusedAnyway() {
    FederationOptions skipping =
        new FederationOptions(MEAN, Optional.empty(), OptionalDouble.empty(), BadClients.SKIP);
    Client bad = client("nan", 1, Float.NaN);
    assertThatThrownBy(() -> Mokume.federate(List.of(bad), skipping, options))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "1 of 1 client cannot take part; none is left to merge.\n"
                + bad.file()
                + ": tensor 'w' holds NaN or infinite values.");
  }

  @Test
  void aClientThatIsNamedTwiceIsRefused() {
    Client a = client("a", 1, 1);
    Client again = new Client(folder.resolve("x").resolve("..").resolve("a.safetensors"), 1);
    assertThatThrownBy(() -> Mokume.federate(List.of(a, again), by(MEAN), options))
        .isInstanceOf(MokumeException.class)
        .hasMessage(a.file() + " is named twice, and would count twice; name each client once.");
  }
}
