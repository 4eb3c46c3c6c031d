package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.pickle.Known.Role;
import dev.mokume.internal.pickle.Pickled.Persistent;
import dev.mokume.internal.pickle.Pickled.Text;
import dev.mokume.internal.pickle.Pickled.Whole;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// A file of bare pickles: what torch wrote before 1.6, or a pickle of anything.
///
/// torch's form is five pickles (a magic number, a version, facts about the machine, the object,
/// the keys of its storages), and then the storages in the order of the keys, each with the number
/// of its elements before it. They are little-endian whatever the machine was. Source:
/// `_legacy_save` in `torch/serialization.py`.
final class PickledFile implements Storages {
  private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  private static final long VERSION = 1001;
  private static final int MOST_STORAGES = 1_000_000;

  private final ByteSource file;
  private final Map<String, Place> places = new HashMap<>();

  private PickledFile(ByteSource file) {
    this.file = file;
  }

  static Checkpoint open(ByteSource file) {
    return new PickledFile(file).read();
  }

  private Checkpoint read() {
    Imports imports = new Imports(false);
    Pickled value;
    try (SourceReader in = new SourceReader(file, 0, file.size(), "the pickle")) {
      PickleMachine machine = new PickleMachine(in, imports);
      value = machine.next();
      if (value instanceof Whole(var number) && number.equals(MAGIC)) {
        checkVersion(machine.next());
        machine.next();
        value = machine.next();
        placeStorages(machine.next(), widths(machine.persistent()), in);
      }
    }
    return PickledWeights.open(file, value, imports, new TensorReader(file, file, this));
  }

  private void checkVersion(Pickled version) {
    if (!(version instanceof Whole whole) || whole.size() != VERSION) {
      throw Findings.malformed(
          file.name(),
          "is a PyTorch file of a version other than "
              + VERSION
              + ", the only one there was: the file is damaged.");
    }
  }

  /// Bytes an element of each storage, by its key.
  private static Map<String, Integer> widths(List<Persistent> referred) {
    Map<String, Integer> widths = new HashMap<>();
    for (Persistent each : referred) {
      List<Pickled> id = each.id().items();
      if (id.size() >= 5 && id.get(2) instanceof Text(var key)) {
        Known.of(id.get(1))
            .filter(known -> known.role() == Role.STORAGE)
            .ifPresent(known -> widths.put(key, known.width()));
      }
    }
    return widths;
  }

  private void placeStorages(Pickled keys, Map<String, Integer> widths, SourceReader in) {
    if (!(keys instanceof Sequence) || keys.items().size() > MOST_STORAGES) {
      throw Findings.malformed(
          file.name(),
          "has no list of at most "
              + Amount.count(MOST_STORAGES)
              + " storages behind its pickle: the file is damaged.");
    }
    for (Pickled item : keys.items()) {
      if (!(item instanceof Text(var key)) || !widths.containsKey(key)) {
        throw Findings.malformed(
            file.name(),
            "lists a storage "
                + (item instanceof Text(var text) ? Quoted.name(text) + " " : "")
                + "that its pickle does not speak of: the file is damaged.");
      }
      long count = in.remaining() < Long.BYTES ? -1 : in.signed64();
      int width = Objects.requireNonNull(widths.get(key));
      if (count < 0 || count > in.remaining() / width) {
        throw Findings.malformed(
            file.name(),
            "ends before its storage "
                + Quoted.name(key)
                + " does: the download broke off; fetch the file again.");
      }
      long offset = in.position();
      places.put(key, new Place(file, offset, count * width, offset));
      in.skip(count * width);
    }
  }

  @Override
  public Optional<Place> find(String key) {
    return Optional.ofNullable(places.get(key));
  }

  @Override
  public boolean isBigEndian() {
    return false;
  }
}
