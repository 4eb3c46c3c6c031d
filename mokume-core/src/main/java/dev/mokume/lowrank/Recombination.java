package dev.mokume.lowrank;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.InputHashes;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.error.Version;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.Change;
import dev.mokume.lora.ModuleChange;
import dev.mokume.lora.ModuleChange.Parameter;
import dev.mokume.lora.Unread;
import dev.mokume.lowrank.RecombinationOptions.Way;
import dev.mokume.plan.Provenance;
import dev.mokume.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/// Makes one LoRA of several, or a smaller one of one, from their factors alone.
public final class Recombination {
  private static final int SHOWN = 20;
  private static final String KOHYA_UP = ".lora_up.weight";

  private final List<Adapter> adapters;
  private final List<WeightedLora> loras;
  private final RecombinationOptions options;
  private final RunSettings settings;
  private final SequencedMap<String, RecombinedLayer> layers = new LinkedHashMap<>();
  private final SequencedMap<String, StoredTensor> copied = new LinkedHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  private Recombination(
      List<Adapter> adapters,
      List<WeightedLora> loras,
      RecombinationOptions options,
      RunSettings settings) {
    this.adapters = adapters;
    this.loras = loras;
    this.options = options;
    this.settings = settings;
  }

  /// Writes the sum or the mean of `loras`, each times its weight.
  ///
  /// @throws MokumeException with every problem found; there is then no output file
  public static RecombinationReport write(
      List<WeightedLora> loras, Path output, RecombinationOptions options, RunSettings settings) {
    List<Adapter> adapters = new ArrayList<>();
    try {
      for (WeightedLora lora : loras) {
        adapters.add(Adapter.open(lora.file()));
      }
      Recombination recombination = new Recombination(adapters, loras, options, settings);
      recombination.gather();
      return recombination.run(output);
    } finally {
      adapters.forEach(Adapter::close);
    }
  }

  private double weight(int lora) {
    double sum = loras.stream().mapToDouble(WeightedLora::weight).sum();
    return switch (options.way()) {
      case SUM -> loras.get(lora).weight();
      case MEAN_OF_PRODUCTS, MEAN_OF_FACTORS -> loras.get(lora).weight() / sum;
    };
  }

  private void gather() {
    double sum = loras.stream().mapToDouble(WeightedLora::weight).sum();
    if (options.way() != Way.SUM && sum == 0) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE, "the weights of a mean must not add up to 0.");
    }
    SequencedMap<String, List<Summand>> summands = new LinkedHashMap<>();
    SequencedMap<String, String> alphas = new LinkedHashMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      gather(i, summands, alphas);
    }
    summands.forEach((module, list) ->
        layers.put(
            module,
            new RecombinedLayer(
                module, list, java.util.Objects.requireNonNull(alphas.get(module)))));
    layers.values().forEach(this::check);
    if (layers.isEmpty() && problems.isEmpty()) {
      problems.add(noLora(adapters.getFirst()));
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }

  private static Problem noLora(Adapter adapter) {
    String why =
        adapter.unread().stream()
            .findFirst()
            .map(unread -> " (" + Quoted.name(unread.key()) + ": " + unread.reason() + ")")
            .orElse("");
    return new Problem(
        ErrorCode.MISMATCHED_INPUTS,
        adapter.name() + ": has no low-rank factors" + why + ". Name a LoRA (or a LoCon) file.");
  }

  private void gather(
      int lora, SequencedMap<String, List<Summand>> summands, SequencedMap<String, String> alphas) {
    Adapter adapter = adapters.get(lora);
    if (adapter.changes().isEmpty()) {
      problems.add(noLora(adapter));
      return;
    }
    for (ModuleChange change : adapter.changes()) {
      if (change.parameter() == Parameter.WEIGHT
          && change.change() instanceof Change.LowRank factors
          && factors.mid().isEmpty()) {
        summands
            .computeIfAbsent(change.module(), _ -> new ArrayList<>())
            .add(new Summand(factors, weight(lora)));
        String up = factors.up().name();
        alphas.putIfAbsent(
            change.module(),
            up.endsWith(KOHYA_UP)
                ? up.substring(0, up.length() - KOHYA_UP.length()) + ".alpha"
                : "");
      } else {
        copy(adapter, change.keys(), change.module());
      }
    }
    for (Unread unread : adapter.unread()) {
      copy(adapter, List.of(unread.key()), unread.key());
    }
  }

  /// What is no plain product of two factors stays as it is, which is right for one LoRA only.
  private void copy(Adapter adapter, List<String> keys, String what) {
    if (adapters.size() > 1) {
      problem(
          "%s: module %s is changed otherwise than by two factors (%s), which cannot be added to another LoRA's. Apply the LoRAs to a model one after the other instead."
              .formatted(adapter.name(), Quoted.name(what), Quoted.list(keys, 2)));
      return;
    }
    for (String key : keys) {
      StoredTensor tensor = adapter.checkpoint().tensors().get(key);
      if (tensor != null) {
        copied.put(key, tensor);
      }
    }
  }

  private void check(RecombinedLayer layer) {
    Summand first = layer.first();
    for (Summand other : layer.summands()) {
      if (!first.fits(other)) {
        problem(
            "module %s: the LoRAs have factors of other shapes for it, %s by %s and %s by %s. They are for different models."
                .formatted(
                    Quoted.name(layer.module()),
                    first.change().up().spec().shape(),
                    first.change().down().spec().shape(),
                    other.change().up().spec().shape(),
                    other.change().down().spec().shape()));
        return;
      }
    }
    if (options.way() == Way.MEAN_OF_FACTORS) {
      boolean isComplete = layer.summands().size() == adapters.size();
      boolean isAlike = layer.summands().stream().mapToInt(Summand::rank).distinct().count() == 1;
      if (!isComplete || !isAlike) {
        problem(
            "module %s: a mean of factors needs factors of one rank from every LoRA, but they have %s. Take the mean of the products instead."
                .formatted(
                    Quoted.name(layer.module()),
                    layer.summands().stream()
                        .map(summand -> String.valueOf(summand.rank()))
                        .collect(Collectors.joining(", "))));
      }
    }
  }

  private void problem(String message) {
    if (problems.size() < SHOWN) {
      problems.add(new Problem(ErrorCode.MISMATCHED_INPUTS, message));
    }
  }

  private RecombinationReport run(Path output) {
    long start = System.nanoTime();
    List<Path> files =
        adapters.stream()
            .flatMap(adapter -> Checkpoints.files(adapter.checkpoint()).stream())
            .toList();
    AtomicFileOutput.Options writing = settings.output().inputs(files);
    LoraTarget target = target(output);
    adapters.forEach(adapter -> adapter.checkpoint().notes().forEach(settings.progress()::told));
    strangers().ifPresent(settings.progress()::warned);
    Set<ByteSource> sources = new LinkedHashSet<>();
    adapters.forEach(adapter -> sources.addAll(adapter.checkpoint().sources()));
    Map<String, RecombinationReport.Layer> reports = new ConcurrentHashMap<>();
    try (FactorStore store = new FactorStore(target, writing);
        InputHashes hashes =
            settings.fingerprints() ? InputHashes.of(sources) : InputHashes.none()) {
      List<Job> jobs = new ArrayList<>();
      layers
          .values()
          .forEach(layer ->
              jobs.add(new RecombinationJob(layer, options, dtype(layer), store, reports)));
      new JobQueue(jobs, settings).run();
      copied.values().forEach(tensor -> put(tensor, store));
      sources.forEach(ByteSource::verifyUnchanged);
      List<RecombinationReport.Layer> inOrder =
          layers.keySet().stream()
              .flatMap(module -> Optional.ofNullable(reports.get(module)).stream())
              .toList();
      CheckpointLayout written =
          store.write(
              metadata(inOrder, hashes.await("the merge", settings.cancelled())),
              () -> config(inOrder));
      return new RecombinationReport(
          output, written.size(), (System.nanoTime() - start) / 1e9, inOrder, copied.size());
    }
  }

  /// What there is to say if no module is changed by two of the LoRAs.
  private Optional<String> strangers() {
    boolean isAny = layers.values().stream().anyMatch(layer -> layer.summands().size() > 1);
    if (isAny || adapters.size() == 1) {
      return Optional.empty();
    }
    return Optional.of(
        "the LoRAs have no module in common, so each one's go into the output alone: %s. They are for different models, or name modules differently."
            .formatted(
                adapters.stream().map(Recombination::modules).collect(Collectors.joining(", "))));
  }

  /// `a.safetensors (192 modules, such as 'lora_unet_...')`
  private static String modules(Adapter adapter) {
    List<String> names = adapter.changes().stream().map(ModuleChange::module).distinct().toList();
    return "%s (%s, such as %s)"
        .formatted(
            adapter.name(),
            Amount.count(names.size(), "module", "modules"),
            Quoted.name(names.getFirst()));
  }

  /// PEFT's spelling has no alpha, and its config only says what there is beside factors by name.
  private LoraTarget target(Path output) {
    boolean hasAlpha = layers.values().stream().anyMatch(layer -> !layer.alpha().isEmpty());
    LoraTarget target = LoraTarget.of(output, hasAlpha ? Set.of() : layers.keySet());
    if (target.config().isPresent() && !copied.isEmpty()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s: has more than factors (%s), for which Mokume writes no PEFT config. Write a file of another name than %s."
              .formatted(
                  adapters.getFirst().name(),
                  Quoted.list(List.copyOf(copied.keySet()), 2),
                  target.weights().getFileName()));
    }
    return target;
  }

  private AdapterConfig config(List<RecombinationReport.Layer> inOrder) {
    Map<String, Integer> ranks = new TreeMap<>();
    inOrder.forEach(layer -> ranks.put(layer.module(), layer.rank()));
    boolean transposed =
        layers.values().stream().anyMatch(layer -> layer.first().change().transposed());
    return AdapterConfig.of(ranks, transposed, Optional.empty(), Optional.empty());
  }

  private DType dtype(RecombinedLayer layer) {
    return options.dtype().orElse(layer.first().change().up().spec().dtype());
  }

  private static void put(StoredTensor tensor, FactorStore store) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(Math.max(1, tensor.length()), 64);
      MemorySegment part = bytes.asSlice(0, tensor.length());
      tensor.source().read(tensor.offset(), part);
      store.put(tensor.spec(), part);
    }
  }

  private Map<String, String> metadata(
      List<RecombinationReport.Layer> inOrder, Map<ByteSource, String> hashes) {
    SequencedMap<String, Checkpoint> inputs = new LinkedHashMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      inputs.put("lora" + (i + 1), adapters.get(i).checkpoint());
    }
    Map<String, String> first = adapters.getFirst().checkpoint().metadata();
    Map<String, String> metadata = new TreeMap<>();
    Provenance.kept(first)
        .forEach((key, value) -> {
          // How one of several was trained says nothing of their sum.
          if (adapters.size() == 1
              || key.equals("ss_base_model_version")
              || key.equals("ss_network_module")) {
            metadata.put(key, value);
          }
        });
    int most = inOrder.stream().mapToInt(RecombinationReport.Layer::rank).max().orElse(0);
    if (first.containsKey("ss_network_dim")) {
      metadata.put("ss_network_dim", String.valueOf(most));
      metadata.put("ss_network_alpha", String.valueOf(most));
    }
    metadata.put(LoraMetadata.MADE, made());
    metadata.put(Provenance.INPUTS, Provenance.inputs(inputs, hashes));
    metadata.put(Provenance.VERSION, Version.current());
    return metadata;
  }

  private String made() {
    String weights =
        loras.stream().map(lora -> String.valueOf(lora.weight())).collect(Collectors.joining(", "));
    String what =
        switch (options.way()) {
          case SUM -> loras.size() == 1 ? "resized" : "sum";
          case MEAN_OF_PRODUCTS -> "mean of products";
          case MEAN_OF_FACTORS -> "mean of factors";
        };
    String rank =
        options
            .rank()
            .map(choice ->
                switch (choice) {
                  case RankChoice.Fixed(int fixed) -> ", rank at most " + fixed;
                  case RankChoice.Energy(double share, int limit) ->
                      ", energy " + share + ", rank at most " + limit;
                  case RankChoice.Above(double least, int limit) ->
                      ", singular values above " + least + ", rank at most " + limit;
                })
            .orElse("");
    return "%s: weights %s%s".formatted(what, weights, rank);
  }
}
