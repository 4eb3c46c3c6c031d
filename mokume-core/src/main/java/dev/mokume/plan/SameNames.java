package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.Piece;
import dev.mokume.architecture.StoredForm;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointView;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.MokumeException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A checkpoint presented under the names and in the layout of another one.
public final class SameNames {
  private final Detection anchor;
  private final Map<Meaning, String> names = new HashMap<>();

  /// A tensor by what it is, however it is stored.
  private record Meaning(Component component, String localName) {
    static Meaning of(TensorPlace place) {
      return new Meaning(place.component(), place.localName());
    }
  }

  /// @param detection of `anchor`
  public SameNames(Checkpoint anchor, Detection detection) {
    this.anchor = detection;
    anchor.tensors().keySet().forEach(name -> names.put(Meaning.of(detection.place(name)), name));
  }

  /// The checkpoint as the anchor would store it. What the anchor has nothing like keeps its name.
  ///
  /// @param detection of `checkpoint`
  /// @throws MokumeException if tensors do not have the shapes that the way there needs
  public Checkpoint present(Checkpoint checkpoint, Detection detection) {
    SequencedMap<String, StoredTensor> view = new LinkedHashMap<>();
    Joining joining = new Joining(checkpoint.name());
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      TensorPlace place = detection.place(tensor.name());
      StoredForm from = detection.form(place.component()).orElse(null);
      StoredForm to = anchor.form(place.component()).orElse(null);
      if (from == null || to == null || !from.leadsTo(to) || !place.isStoredVariously()) {
        view.putIfAbsent(tensor.name(), tensor);
        continue;
      }
      List<Piece> pieces = from.pieces(place.localName(), to);
      if (pieces.isEmpty()) {
        view.putIfAbsent(tensor.name(), tensor);
      }
      for (Piece piece : pieces) {
        Meaning there = new Meaning(place.component(), piece.localName());
        joining.put(view, names.getOrDefault(there, to.name(piece.localName())), tensor, piece);
      }
    }
    joining.finish(view);
    if (!joining.problems().isEmpty()) {
      throw new MokumeException(joining.problems());
    }
    return view.equals(checkpoint.tensors()) ? checkpoint : new CheckpointView(checkpoint, view);
  }
}
