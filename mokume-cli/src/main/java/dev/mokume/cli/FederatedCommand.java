package dev.mokume.cli;

import dev.mokume.Mokume;
import dev.mokume.checkpoint.AtomicFileSet;
import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.federated.BadClient;
import dev.mokume.federated.BadClients;
import dev.mokume.federated.Client;
import dev.mokume.federated.ClientList;
import dev.mokume.federated.Federation;
import dev.mokume.federated.FederationOptions;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Pooling;
import dev.mokume.recipe.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `mokume federated`
@Command(
    name = "federated",
    description = {
      "Makes one model of many clients' models, as federated learning does after each round: the"
          + " mean by their numbers of examples, or for each element the median or a trimmed mean.",
      "Every client is read through before. The order in which clients are named does not matter."
    },
    customSynopsis = "mokume federated CLIENTS ... -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  mokume federated round7.csv -o global.safetensors",
      "  mokume federated round7/ -o global.safetensors --method median",
      "  mokume federated 'round7/*.safetensors' -o global.safetensors --method trimmed-mean --trim"
          + " 0.1",
      "  mokume federated round7.csv -o global.safetensors --base round6.safetensors --clip 10 \\",
      "      --bad-clients skip"
    })
final class FederatedCommand implements Callable<Integer> {
  private static final double USUAL_TRIM = 0.1;

  private enum Way {
    MEAN,
    MEDIAN,
    TRIMMED_MEAN
  }

  private final Session session;

  @Parameters(
      index = "0..*",
      arity = "1..*",
      paramLabel = "CLIENTS",
      description =
          "Checkpoints, folders of them, patterns like 'round7/*.safetensors', and lists of files"
              + " with their numbers of examples: CSV lines FILE,EXAMPLES, or a JSON object"
              + " {\"FILE\": EXAMPLES}. What no list names has one example.")
  private List<String> places = new ArrayList<>();

  @Option(
      names = {"-o", "--output"},
      order = 1,
      required = true,
      paramLabel = "OUT",
      description = "The file to write; a folder with --max-shard.")
  private Path output = Path.of("");

  @Option(
      names = "--dry-run",
      order = 2,
      description = "Read the clients through, and only show the plan.")
  private boolean dryRun;

  @Option(
      names = "--method",
      order = 10,
      paramLabel = "NAME",
      description =
          "mean (the default), median or trimmed-mean. Numbers of examples count for the mean.")
  private Optional<String> method = Optional.empty();

  @Option(
      names = "--trim",
      order = 11,
      paramLabel = "SHARE",
      description =
          "trimmed-mean: the share of clients to leave out at each end, 0 to less than 0.5; default"
              + " 0.1.")
  private Optional<Double> trim = Optional.empty();

  @Option(
      names = "--base",
      order = 12,
      paramLabel = "FILE",
      description = "The model that the clients trained from; theirs must have its layout.")
  private Optional<Path> base = Optional.empty();

  @Option(
      names = "--clip",
      order = 13,
      paramLabel = "NORM",
      description =
          "Scale down what a client changed in the base where its norm, all tensors together, is"
              + " larger than this.")
  private Optional<Double> clip = Optional.empty();

  @Option(
      names = "--bad-clients",
      order = 14,
      paramLabel = "POLICY",
      description =
          "What to do about clients that cannot be read, have another layout, or hold NaN or"
              + " infinity: refuse (the default) or skip.")
  private Optional<String> badClients = Optional.empty();

  @Mixin private final OutputFlags flags = new OutputFlags();

  @Mixin private final RunOptions run = new RunOptions();

  @Option(names = "--json", order = 600, description = "Print one JSON document instead of words.")
  private boolean json;

  @Mixin private final Help help = new Help();

  FederatedCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    Problems problems = new Problems();
    List<Client> clients =
        problems.collectAll(places, ClientList::at).stream().flatMap(List::stream).toList();
    FederationOptions options = options(problems);
    problems.throwIfAny();
    requirePlace(clients);
    Federation federation = federate(clients, options);
    tell(federation);
    Recipe recipe = OutputSection.apply(flags, federation.recipe(), new Headers());
    MergeOutput merged = flags.destination().output(recipe, output);
    return dryRun
        ? new PlanReport(session, run, json, false).show(merged)
        : new Merging(session, run, json).write(merged, output, "merging");
  }

  /// Reading all clients takes long; what is in the way of a file, or of the index of shards, need
  /// not wait for it. Which files a folder for diffusers has is known later.
  private void requirePlace(List<Client> clients) {
    if (dryRun || flags.names.equals(Optional.of("diffusers"))) {
      return;
    }
    List<Path> inputs = new ArrayList<>(base.stream().toList());
    clients.forEach(client -> inputs.add(client.file()));
    List<Problem> problems =
        AtomicFileSet.problems(
            List.of(new AtomicFileSet.Target(flags.destination().file(output), 0)),
            run.output().inputs(inputs));
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private FederationOptions options(Problems problems) {
    Way way = method.map(text -> problems.oneOf("--method", text, Way.values())).orElse(Way.MEAN);
    double share = trim.orElse(USUAL_TRIM);
    if (!(share >= 0 && share < 0.5)) {
      problems.add("--trim must be from 0 to less than 0.5 but was " + share + ".");
      share = 0;
    }
    if (trim.isPresent() && way != Way.TRIMMED_MEAN) {
      problems.add("--trim belongs to --method trimmed-mean.");
    }
    OptionalDouble most = clip.map(OptionalDouble::of).orElse(OptionalDouble.empty());
    if (clip.isPresent() && base.isEmpty()) {
      problems.add("--clip needs the model that the clients trained from: --base FILE.");
      most = OptionalDouble.empty();
    } else if (clip.isPresent() && !(clip.get() > 0)) {
      problems.add("--clip must be more than 0 but was " + clip.get() + ".");
      most = OptionalDouble.empty();
    }
    return new FederationOptions(
        switch (way) {
          case MEAN -> new Pooling.Mean();
          case MEDIAN -> new Pooling.Median();
          case TRIMMED_MEAN -> new Pooling.TrimmedMean(share);
        },
        base,
        most,
        badClients
            .map(text -> problems.oneOf("--bad-clients", text, BadClients.values()))
            .orElse(BadClients.REFUSE));
  }

  private Federation federate(List<Client> clients, FederationOptions options) {
    try (ProgressLine progress = new ProgressLine(session, "reading clients")) {
      return Mokume.federate(clients, options, run.toOptions(session, progress));
    }
  }

  private void tell(Federation federation) {
    for (BadClient client : federation.skipped()) {
      session.err().println("warning: skipped " + client.reason());
    }
    if (federation.clipped() > 0) {
      session
          .err()
          .println(
              "note: "
                  + Amount.count(federation.clipped())
                  + " of "
                  + Amount.count(federation.clients(), "client", "clients")
                  + " changed more than --clip allows, and count scaled down.");
    }
    session.err().flush();
  }
}
