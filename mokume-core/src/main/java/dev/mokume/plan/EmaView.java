package dev.mokume.plan;

import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.recipe.Result.Ema;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/// A checkpoint as a recipe wants its moving average: kept, left out, in the place of the weights
/// it is the average of, or exchanged with them.
final class EmaView implements Checkpoint {
  private static final String PREFIX = "model_ema.";

  private final Checkpoint checkpoint;
  private final SequencedMap<String, StoredTensor> tensors;
  private final SequencedMap<String, String> left = new LinkedHashMap<>();

  private EmaView(Checkpoint checkpoint, Ema ema) {
    this.checkpoint = checkpoint;
    SequencedMap<String, StoredTensor> all = checkpoint.tensors();
    Map<String, String> averages = averages(all);
    Map<String, String> averaged = new HashMap<>();
    averages.forEach((weight, average) -> averaged.put(average, weight));
    SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
    all.forEach((name, tensor) -> {
      boolean isAverage = name.startsWith(PREFIX);
      String other = isAverage ? averaged.get(name) : averages.get(name);
      switch (ema) {
        case KEEP -> view.put(name, tensor);
        case EXCHANGE -> view.put(name, other == null ? tensor : renamed(all, other, name));
        case DROP, PROMOTE -> {
          if (isAverage) {
            left.put(
                name,
                ema == Ema.PROMOTE && other != null
                    ? "it takes the place of the weight it is the average of"
                    : "ema: drop");
          } else {
            view.put(
                name, ema == Ema.PROMOTE && other != null ? renamed(all, other, name) : tensor);
          }
        }
      }
    });
    this.tensors = Collections.unmodifiableSequencedMap(view);
  }

  /// The average of each weight that has one of its shape.
  private static Map<String, String> averages(Map<String, StoredTensor> all) {
    Map<String, String> averages = new HashMap<>();
    all.forEach((name, tensor) -> {
      StoredTensor average = all.get(Detection.emaName(name));
      if (!name.startsWith(PREFIX)
          && average != null
          && average.spec().shape().equals(tensor.spec().shape())) {
        averages.put(name, average.name());
      }
    });
    return averages;
  }

  private static StoredTensor renamed(Map<String, StoredTensor> all, String name, String to) {
    return Objects.requireNonNull(all.get(name)).named(to);
  }

  /// The checkpoint itself if its average is kept or it has none.
  static Checkpoint of(Checkpoint checkpoint, Ema ema) {
    boolean carries =
        checkpoint.tensors().keySet().stream().anyMatch(name -> name.startsWith(PREFIX));
    return ema == Ema.KEEP || !carries ? checkpoint : new EmaView(checkpoint, ema);
  }

  /// What the view leaves out, with the reason.
  static SequencedMap<String, String> left(Checkpoint checkpoint) {
    return checkpoint instanceof EmaView view ? view.left : new LinkedHashMap<>();
  }

  @Override
  public String name() {
    return checkpoint.name();
  }

  @Override
  public Map<String, String> metadata() {
    return checkpoint.metadata();
  }

  @Override
  public Optional<CarriedOver> carriedOver() {
    return checkpoint.carriedOver();
  }

  @Override
  public SequencedMap<String, StoredTensor> tensors() {
    return tensors;
  }

  @Override
  public List<ByteSource> sources() {
    return checkpoint.sources();
  }

  @Override
  public Optional<Path> pipeline() {
    return checkpoint.pipeline();
  }

  @Override
  public List<Note> notes() {
    return checkpoint.notes();
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
