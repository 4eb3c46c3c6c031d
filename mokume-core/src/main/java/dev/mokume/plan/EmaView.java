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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;

/// A checkpoint as a recipe wants its moving average: kept, left out, or in the place of the
/// weights it is the average of.
final class EmaView implements Checkpoint {
  private static final String PREFIX = "model_ema.";

  private final Checkpoint checkpoint;
  private final SequencedMap<String, StoredTensor> tensors;
  private final SequencedMap<String, String> left = new LinkedHashMap<>();

  private EmaView(Checkpoint checkpoint, Ema ema) {
    this.checkpoint = checkpoint;
    SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
    Map<String, StoredTensor> all = checkpoint.tensors();
    Set<String> promoted = new HashSet<>();
    all.forEach((name, tensor) -> {
      StoredTensor average = ema == Ema.PROMOTE ? all.get(Detection.emaName(name)) : null;
      if (name.startsWith(PREFIX)) {
        return;
      }
      if (average == null || !average.spec().shape().equals(tensor.spec().shape())) {
        view.put(name, tensor);
      } else {
        promoted.add(average.name());
        view.put(name, average.named(name));
      }
    });
    for (String name : all.keySet()) {
      if (name.startsWith(PREFIX)) {
        left.put(
            name,
            promoted.contains(name)
                ? "it takes the place of the weight it is the average of"
                : "ema: drop");
      }
    }
    this.tensors = Collections.unmodifiableSequencedMap(view);
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
