package dev.mokume.lowrank;

import dev.mokume.architecture.Architecture;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.InputHashes;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Makes a LoRA of what tells a fine-tuned model from the one that it was made of: for each layer
/// two factors whose product is near the difference of its weights.
///
/// Layers are worked on side by side, each by one thread, so that the file does not depend on their
/// number.
public final class Extraction {
  private final Differences differences;
  private final ExtractionOptions options;
  private final RunSettings settings;
  private final Map<String, ExtractionReport.Layer> layers = new ConcurrentHashMap<>();
  private final AtomicInteger smallTensors = new AtomicInteger();
  private final AtomicLong done = new AtomicLong();
  private final long total;

  private Extraction(Differences differences, ExtractionOptions options, RunSettings settings) {
    this.differences = differences;
    this.options = options;
    this.settings = settings;
    this.total = differences.layers().stream().mapToLong(layer -> bytes(layer, options)).sum();
  }

  /// Writes the LoRA of `tuned` less `base`.
  ///
  /// @throws MokumeException with every problem found; there is then no output file
  public static ExtractionReport write(
      Path tuned, Path base, Path output, ExtractionOptions options, RunSettings settings) {
    try (Checkpoint first = ScaledCheckpoint.of(Checkpoints.open(tuned));
        Checkpoint second = ScaledCheckpoint.of(Checkpoints.open(base))) {
      Differences differences = Differences.of(first, second, options);
      Extraction extraction = new Extraction(differences, options, settings);
      return extraction.run(first, Optional.of(second), output);
    }
  }

  /// Writes the LoRA of a checkpoint that holds differences already.
  ///
  /// @throws MokumeException as by [#write]
  public static ExtractionReport ofDifference(
      Path difference, Path output, ExtractionOptions options, RunSettings settings) {
    try (Checkpoint checkpoint = ScaledCheckpoint.of(Checkpoints.open(difference))) {
      return ofDifference(checkpoint, output, options, settings);
    }
  }

  /// The same of one that is open. What it says of its own inputs, the LoRA says too.
  ///
  /// @throws MokumeException as by [#write]
  public static ExtractionReport ofDifference(
      Checkpoint difference, Path output, ExtractionOptions options, RunSettings settings) {
    Extraction extraction =
        new Extraction(Differences.stored(difference, options), options, settings);
    return extraction.run(difference, Optional.empty(), output);
  }

  private ExtractionReport run(Checkpoint tuned, Optional<Checkpoint> base, Path output) {
    long start = System.nanoTime();
    List<Checkpoint> models = Stream.concat(Stream.of(tuned), base.stream()).toList();
    AtomicFileOutput.Options writing =
        settings
            .output()
            .inputs(models.stream().flatMap(model -> Checkpoints.files(model).stream()).toList());
    LoraTarget target = target(tuned, output);
    models.forEach(model -> model.notes().forEach(settings.progress()::told));
    Set<ByteSource> sources = new LinkedHashSet<>();
    models.forEach(model -> sources.addAll(model.sources()));
    try (FactorStore store = new FactorStore(target, writing);
        InputHashes hashes =
            settings.fingerprints() ? InputHashes.of(sources) : InputHashes.none()) {
      new JobQueue(jobs(store), settings).run();
      sources.forEach(ByteSource::verifyUnchanged);
      List<ExtractionReport.Layer> inOrder =
          differences.layers().stream()
              .flatMap(layer -> Optional.ofNullable(layers.get(layer.module())).stream())
              .toList();
      Map<String, String> metadata =
          new LoraMetadata(differences.detection(), options)
              .of(
                  tuned,
                  base,
                  output,
                  inOrder,
                  hashes.await("the extraction", settings.cancelled()));
      CheckpointLayout written = store.write(metadata, () -> config(inOrder));
      return new ExtractionReport(
          output,
          written.size(),
          (System.nanoTime() - start) / 1e9,
          inOrder,
          smallTensors.get(),
          differences.left());
    }
  }

  private LoraTarget target(Checkpoint tuned, Path output) {
    LoraTarget target =
        LoraTarget.of(output, differences.layers().stream().map(Layer::module).toList());
    if (target.config().isPresent()
        && differences.detection().architecture() == Architecture.GPT2) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "%s: GPT-2's matrices have rows for columns, and factors for the peft library would have to be turned, which Mokume does not do. Write a file of another name, which 'mokume lora apply' reads."
              .formatted(tuned.name()));
    }
    return target;
  }

  private AdapterConfig config(List<ExtractionReport.Layer> inOrder) {
    Map<String, Integer> ranks = new TreeMap<>();
    inOrder.forEach(layer -> ranks.put(layer.module(), layer.rank()));
    boolean isOfLanguage =
        differences.detection().architecture().family() == Architecture.Family.LANGUAGE;
    return AdapterConfig.of(
        ranks,
        false,
        isOfLanguage ? Optional.of("CAUSAL_LM") : Optional.empty(),
        options.baseName());
  }

  private List<Job> jobs(FactorStore store) {
    List<Job> jobs = new ArrayList<>();
    for (Layer layer : differences.layers()) {
      jobs.add(new LayerJob(layer, options, store, settings.cancelled(), this::advance, layers));
    }
    for (SmallTensor small : differences.small()) {
      jobs.add(new SmallTensorJob(small, options, store, smallTensors));
    }
    return jobs;
  }

  private void advance(long elements) {
    settings.progress().advanced(done.addAndGet(elements * Float.BYTES), total);
  }

  private static long bytes(Layer layer, ExtractionOptions options) {
    return LayerJob.plan(layer, options).passes() * layer.shape().elementCount() * Float.BYTES;
  }
}
