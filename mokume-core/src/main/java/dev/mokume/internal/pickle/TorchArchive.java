package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.format.OpenCheckpoint;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/// What torch writes since 1.6: a zip archive of `NAME/data.pkl` and of `NAME/data/KEY` for each
/// storage; a TorchScript archive has `NAME/code/` besides.
///
/// Source: `torch/serialization.py`, `caffe2/serialize/inline_container.h`.
final class TorchArchive implements Storages {
  private static final String PICKLE = "data.pkl";

  /// The longest pickle that is inflated.
  private static final long LONGEST_INFLATED = 256L << 20;

  private final ByteSource file;
  private final SequencedMap<String, ArchiveEntry> entries;
  private final InflatedEntries inflated;

  /// What stands before every name, with a slash; or nothing.
  private final String root;

  private final boolean bigEndian;
  private final Map<String, Place> found = new HashMap<>();

  private TorchArchive(
      ByteSource file, SequencedMap<String, ArchiveEntry> entries, InflatedEntries inflated) {
    this.file = file;
    this.entries = entries;
    this.inflated = inflated;
    this.root = root();
    this.bigEndian = readByteOrder();
  }

  static Checkpoint open(ByteSource file) {
    InflatedEntries inflated = new InflatedEntries(file);
    try {
      return new Opened(
          new TorchArchive(file, ZipArchive.entries(file), inflated).weights(), inflated);
    } catch (RuntimeException e) {
      inflated.close();
      throw e;
    }
  }

  /// The checkpoint, which gives back what inflating took when it is closed.
  private record Opened(OpenCheckpoint weights, InflatedEntries inflated) implements Checkpoint {
    @Override
    public String name() {
      return weights.name();
    }

    @Override
    public Map<String, String> metadata() {
      return weights.metadata();
    }

    @Override
    public SequencedMap<String, StoredTensor> tensors() {
      return weights.tensors();
    }

    @Override
    public List<ByteSource> sources() {
      return weights.sources();
    }

    @Override
    public List<Note> notes() {
      return weights.notes();
    }

    @Override
    public void close() {
      inflated.close();
      weights.close();
    }
  }

  private String root() {
    List<String> pickles =
        entries.keySet().stream()
            .filter(name -> name.equals(PICKLE) || name.indexOf('/') == name.length() - 9)
            .filter(name -> name.endsWith(PICKLE))
            .toList();
    if (pickles.size() > 1) {
      throw Findings.malformed(
          file.name(),
          "is a zip archive with "
              + Amount.count(pickles.size())
              + " pickles, "
              + Quoted.list(pickles, 3)
              + ", where a checkpoint has one: it is damaged.");
    }
    if (pickles.isEmpty()) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          file.name()
              + ": is a zip archive without a 'data.pkl', so it is not what torch.save writes. If a"
              + " checkpoint is packed in it, unpack it first.");
    }
    String name = pickles.getFirst();
    return name.substring(0, name.length() - PICKLE.length());
  }

  private boolean readByteOrder() {
    ArchiveEntry entry = entries.get(root + "byteorder");
    if (entry == null) {
      return false;
    }
    Place place = place(entry);
    String order = "";
    if (place.length() <= 16) {
      try (SourceReader in =
          new SourceReader(place.source(), place.offset(), place.length(), "the byte order")) {
        order = new String(in.bytes((int) place.length()), StandardCharsets.ISO_8859_1).strip();
      }
    }
    return switch (order) {
      case "little" -> false;
      case "big" -> true;
      default ->
          throw Findings.malformed(
              file.name(),
              "has a byte order of "
                  + Quoted.name(order)
                  + ", which is neither 'little' nor 'big': the file is damaged.");
    };
  }

  private OpenCheckpoint weights() {
    ArchiveEntry entry = Objects.requireNonNull(entries.get(root + PICKLE));
    if (entry.deflated() && entry.length() > LONGEST_INFLATED) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          file.name()
              + ": its pickle inflates to "
              + Amount.bytes(entry.length())
              + ", but at most "
              + Amount.bytes(LONGEST_INFLATED)
              + " are inflated. Pack the archive again without compression.");
    }
    boolean script = entries.keySet().stream().anyMatch(name -> name.startsWith(root + "code/"));
    Imports imports = new Imports(script);
    Place place = place(entry);
    Pickled value;
    try (SourceReader in =
        new SourceReader(place.source(), place.offset(), place.length(), "the pickle")) {
      value = new PickleMachine(in, imports).next();
    }
    return PickledWeights.open(file, value, imports, new TensorReader(file, place.source(), this));
  }

  private Place place(ArchiveEntry entry) {
    return entry.deflated()
        ? new Place(inflated.source(entry), 0, entry.length(), entry.offset())
        : new Place(file, entry.offset(), entry.length(), entry.offset());
  }

  @Override
  public Optional<Place> find(String key) {
    ArchiveEntry entry = entries.get(root + "data/" + key);
    return entry == null
        ? Optional.empty()
        : Optional.of(found.computeIfAbsent(key, _ -> place(entry)));
  }

  @Override
  public boolean isBigEndian() {
    return bigEndian;
  }
}
