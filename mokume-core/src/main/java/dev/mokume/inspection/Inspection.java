package dev.mokume.inspection;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.architecture.TensorPlace;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.tensor.DType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/// What a checkpoint holds: its architecture, its parts, and what is odd about it.
///
/// Made from headers alone; of the data only the few numbers of `position_ids` are read.
///
/// @param name what a person calls the checkpoint
/// @param files behind it: one, or one a shard
/// @param total of all tensors
/// @param detection what its names say
/// @param components in the order of [Component]
/// @param blocks in the order of the data's way
/// @param metadata the file's free text, by key in order
/// @param findings what deserves a look
/// @param notes what reading it left to be told
public record Inspection(
    String name,
    List<FileSize> files,
    Amounts total,
    Detection detection,
    SequencedMap<Component, Amounts> components,
    SequencedMap<Block, Amounts> blocks,
    SequencedMap<String, String> metadata,
    List<Finding> findings,
    List<Note> notes) {
  /// A file and its bytes.
  public record FileSize(String name, long bytes) {}

  /// How much there is of something.
  ///
  /// @param bytes on disk, the header not counted
  /// @param dtypes and the number of tensors of each, the most frequent first
  public record Amounts(
      int tensors, long elements, long bytes, SequencedMap<DType, Integer> dtypes) {}

  public Inspection {
    files = List.copyOf(files);
    components = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(components));
    blocks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(blocks));
    metadata = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(metadata));
    findings = List.copyOf(findings);
    notes = List.copyOf(notes);
  }

  /// Looks at an open checkpoint.
  ///
  /// @throws dev.mokume.error.MokumeException if its data cannot be read
  public static Inspection of(Checkpoint checkpoint) {
    Collection<StoredTensor> tensors = checkpoint.tensors().values();
    Detection detection =
        Architectures.detect(
            tensors.stream().map(StoredTensor::spec).toList(), checkpoint.metadata());
    Map<Component, List<StoredTensor>> byComponent = new EnumMap<>(Component.class);
    Map<Block, List<StoredTensor>> byBlock = new HashMap<>();
    for (StoredTensor tensor : tensors) {
      TensorPlace place = detection.place(tensor.name());
      byComponent.computeIfAbsent(place.component(), _ -> new ArrayList<>()).add(tensor);
      byBlock.computeIfAbsent(place.block(), _ -> new ArrayList<>()).add(tensor);
    }
    return new Inspection(
        checkpoint.name(),
        checkpoint.sources().stream().map(Inspection::fileSize).toList(),
        amounts(tensors),
        detection,
        amountsOfEach(byComponent),
        amountsOfEach(new TreeMap<>(byBlock)),
        new TreeMap<>(checkpoint.metadata()),
        Findings.of(checkpoint, detection),
        checkpoint.notes());
  }

  private static FileSize fileSize(ByteSource source) {
    return new FileSize(source.name(), source.size());
  }

  private static <K> SequencedMap<K, Amounts> amountsOfEach(Map<K, List<StoredTensor>> groups) {
    SequencedMap<K, Amounts> amounts = new LinkedHashMap<>();
    groups.forEach((group, tensors) -> amounts.put(group, amounts(tensors)));
    return amounts;
  }

  private static Amounts amounts(Collection<StoredTensor> tensors) {
    long elements = 0;
    long bytes = 0;
    Map<DType, Integer> counts = new LinkedHashMap<>();
    for (StoredTensor tensor : tensors) {
      elements += tensor.spec().elementCount();
      bytes += tensor.length();
      counts.merge(tensor.spec().dtype(), 1, Integer::sum);
    }
    SequencedMap<DType, Integer> dtypes = new LinkedHashMap<>();
    counts.entrySet().stream()
        .sorted(Map.Entry.<DType, Integer>comparingByValue().reversed())
        .forEach(entry -> dtypes.put(entry.getKey(), entry.getValue()));
    return new Amounts(
        tensors.size(), elements, bytes, Collections.unmodifiableSequencedMap(dtypes));
  }
}
