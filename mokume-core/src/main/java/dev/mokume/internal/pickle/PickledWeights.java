package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.format.OpenCheckpoint;
import dev.mokume.internal.pickle.Pickled.Global;
import dev.mokume.internal.pickle.Pickled.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/// The checkpoint that is in a pickle. Whatever the weights are made of has to be known, or the
/// file is refused; what lies beside them is left alone, and told.
final class PickledWeights {
  private static final int SHOWN = 5;

  private final ByteSource file;
  private final Imports imports;
  private final TensorReader reader;
  private final List<Note> notes = new ArrayList<>();
  private final Walk forNames = new Walk();
  private final Walk forTensors = new Walk();

  private PickledWeights(ByteSource file, Imports imports, TensorReader reader) {
    this.file = file;
    this.imports = imports;
    this.reader = reader;
  }

  /// @param imports the names that the pickle asked for
  static OpenCheckpoint open(ByteSource file, Pickled root, Imports imports, TensorReader reader) {
    PickledWeights weights = new PickledWeights(file, imports, reader);
    SequencedMap<String, Pickled> entries = weights.entries(root);
    SequencedMap<String, StoredTensor> tensors = weights.tensors(entries);
    weights.noteForeign();
    return new OpenCheckpoint(file.name(), Map.of(), tensors, List.of(file), weights.notes);
  }

  /// What may be a weight, by name.
  private SequencedMap<String, Pickled> entries(Pickled root) {
    if (ScriptModules.isObject(root)) {
      note(
          Note.Kind.READING,
          "is a TorchScript archive: its tensors are the attributes of its modules, and its code is"
              + " not read");
      return ScriptModules.attributes(file.name(), root);
    }
    Optional<WeightSearch.Found> found =
        root instanceof Dictionary dict ? WeightSearch.in(file.name(), dict) : Optional.empty();
    if (found.isEmpty()) {
      throw new MokumeException(ErrorCode.UNSUPPORTED_CHECKPOINT, file.name() + ": " + none(root));
    }
    noteHolder(found.get());
    return named(found.get().holder());
  }

  private String none(Pickled root) {
    if (!imports.isEmpty()) {
      return "holds no weights, but asks for " + imports.list() + ". " + Imports.REFUSED;
    }
    if (TensorReader.isTensor(root)) {
      return "holds one tensor without a name, but a checkpoint is a dict of tensors; save it in"
          + " one, as in torch.save({\"name\": tensor}, file).";
    }
    return "holds no weights: what it has pickled is no dict of tensors, nor does it hold one where"
        + " training programs put it.";
  }

  private void noteHolder(WeightSearch.Found found) {
    if (found.path().isEmpty()) {
      return;
    }
    String unread =
        found.unread().isEmpty()
            ? ""
            : "; not read are "
                + found.unread().entrySet().stream()
                    .limit(SHOWN)
                    .map(entry ->
                        Amount.count(entry.getValue(), "tensor", "tensors")
                            + " in "
                            + Quoted.name(entry.getKey()))
                    .collect(Collectors.joining(", "))
                + (found.unread().size() > SHOWN
                    ? " and in " + Amount.count(found.unread().size() - SHOWN) + " more"
                    : "");
    note(
        Note.Kind.READING,
        "its weights are what lies in " + Quoted.name(String.join(".", found.path())) + unread);
  }

  private SequencedMap<String, Pickled> named(Dictionary holder) {
    List<Pickled> nameless =
        holder.entries().stream()
            .filter(entry -> !(entry.key() instanceof Text))
            .map(Dictionary.Entry::value)
            .filter(TensorReader::isTensor)
            .toList();
    if (!nameless.isEmpty()) {
      throw Findings.malformed(
          file.name(),
          "has "
              + Amount.count(nameless.size(), "tensor", "tensors")
              + " under keys that are no names: the file is damaged, or no checkpoint.");
    }
    return holder.named();
  }

  private SequencedMap<String, StoredTensor> tensors(SequencedMap<String, Pickled> entries) {
    Findings findings = new Findings(file.name());
    List<TensorReader.Placed> placed = new ArrayList<>();
    SequencedMap<String, Integer> nested = new LinkedHashMap<>();
    entries.forEach((name, value) -> {
      Optional<Global> foreign = forNames.foreign(value, imports);
      if (foreign.isPresent()) {
        throw new MokumeException(
            ErrorCode.UNSUPPORTED_CHECKPOINT,
            file.name()
                + ": "
                + Quoted.name(name)
                + " among its weights asks for "
                + Quoted.name(foreign.get().name())
                + ", which no weight needs. "
                + Imports.REFUSED);
      }
      if (TensorReader.isTensor(value)) {
        try {
          placed.add(reader.read(name, value));
        } catch (MokumeException e) {
          e.problems().forEach(findings::add);
        }
      } else {
        int inside = forTensors.tensors(value);
        if (inside > 0) {
          nested.put(name, inside);
        }
      }
    });
    findings.throwIfAny();
    noteNested(nested);
    return inOrder(placed);
  }

  private SequencedMap<String, StoredTensor> inOrder(List<TensorReader.Placed> placed) {
    placed.sort(Comparator.comparingLong(TensorReader.Placed::place));
    String prefix =
        WeightSearch.prefix(placed.stream().map(tensor -> tensor.tensor().name()).toList());
    if (!prefix.isEmpty()) {
      note(
          Note.Kind.READING, "the prefix " + Quoted.name(prefix) + " of all its names is left out");
    }
    SequencedMap<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(placed.size());
    for (TensorReader.Placed each : placed) {
      StoredTensor tensor = each.tensor();
      String name = tensor.name().substring(prefix.length());
      tensors.put(name, prefix.isEmpty() ? tensor : tensor.named(name));
    }
    return tensors;
  }

  private void noteNested(SequencedMap<String, Integer> nested) {
    if (!nested.isEmpty()) {
      long count = nested.values().stream().mapToLong(Integer::longValue).sum();
      note(
          Note.Kind.SKIPPED,
          Amount.count(count, "tensor is", "tensors are")
              + " not read because of lying deeper within "
              + Quoted.list(nested.sequencedKeySet(), SHOWN));
    }
  }

  private void noteForeign() {
    if (!imports.isEmpty()) {
      note(
          Note.Kind.SKIPPED,
          "beside its weights it asks for "
              + imports.list()
              + ", which no weight needs. Mokume loads and calls nothing that a file names; the"
              + " weights are read without it");
    }
  }

  private void note(Note.Kind kind, String what) {
    notes.add(new Note(kind, file.name() + ": " + what + "."));
  }
}
