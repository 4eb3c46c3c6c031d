package dev.mokume.internal.format;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.Note;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A set of shards held against its index: every tensor that the index names lies in the shard that
/// it names, and there is no other one.
public final class ShardedSet {
  private static final int SHOWN = 3;

  private final ShardIndex index;
  private final SequencedMap<String, Checkpoint> shards = new LinkedHashMap<>();
  private final Findings findings;

  private ShardedSet(String name, ShardIndex index) {
    this.index = index;
    this.findings = new Findings(name);
  }

  /// @param format of each shard
  public static OpenCheckpoint open(
      String name, ShardIndex index, CheckpointFormat.Shards files, CheckpointFormat format) {
    ShardedSet set = new ShardedSet(name, index);
    try {
      set.openShards(files, format);
      set.findings.throwIfAny();
      set.checkIndex();
      SequencedMap<String, StoredTensor> tensors = set.tensors();
      set.findings.throwIfAny();
      return new OpenCheckpoint(name, set.metadata(), tensors, set.sources(), set.notes());
    } catch (RuntimeException e) {
      set.shards.values().forEach(Checkpoint::close);
      throw e;
    }
  }

  private void openShards(CheckpointFormat.Shards files, CheckpointFormat format) {
    List<String> missing = new ArrayList<>();
    TreeSet<String> named = new TreeSet<>(index.shardOf().values());
    for (String shard : named) {
      try {
        shards.put(shard, format.open(files.open(shard)));
      } catch (MokumeException e) {
        if (e.getCause() instanceof NoSuchFileException) {
          missing.add(shard);
        } else {
          e.problems().forEach(findings::add);
        }
      }
    }
    if (!missing.isEmpty()) {
      findings.add(
          "the index names "
              + Amount.count(named.size(), "shard", "shards")
              + ", of which these are not beside it: "
              + Quoted.list(missing, SHOWN)
              + "; fetch them as well.");
    }
  }

  private void checkIndex() {
    List<String> absent = new ArrayList<>();
    index
        .shardOf()
        .forEach((tensor, shard) -> {
          Checkpoint opened = shards.get(shard);
          if (opened != null && !opened.tensors().containsKey(tensor)) {
            absent.add(tensor);
          }
        });
    if (!absent.isEmpty()) {
      findings.add(
          Amount.count(absent.size(), "tensor is", "tensors are")
              + " not in the shard that the index names: "
              + placed(absent)
              + ". Index and shards are not of one set; fetch them again.");
    }
    Map<String, String> unlisted = new TreeMap<>();
    shards.forEach((shard, opened) ->
        opened.tensors().keySet().stream()
            .filter(tensor -> !index.shardOf().containsKey(tensor))
            .forEach(tensor -> unlisted.put(tensor, shard)));
    if (!unlisted.isEmpty()) {
      findings.add(
          Amount.count(unlisted.size(), "tensor lies", "tensors lie")
              + " in a shard but not in the index: "
              + Quoted.list(unlisted.keySet(), SHOWN)
              + ". Index and shards are not of one set; fetch them again.");
    }
  }

  private String placed(List<String> absent) {
    List<String> shown =
        absent.stream()
            .limit(SHOWN)
            .map(t -> Quoted.name(t) + " in " + Quoted.name(shardOf(t)))
            .toList();
    String more =
        absent.size() > SHOWN ? " and " + Amount.count((long) absent.size() - SHOWN) + " more" : "";
    return String.join(", ", shown) + more;
  }

  private String shardOf(String tensor) {
    return String.valueOf(index.shardOf().get(tensor));
  }

  /// In the order of the shards' names, and in each as its data lies.
  private SequencedMap<String, StoredTensor> tensors() {
    SequencedMap<String, StoredTensor> tensors =
        LinkedHashMap.newLinkedHashMap(index.shardOf().size());
    Map<String, String> homes = new HashMap<>();
    shards.forEach((shard, opened) ->
        opened
            .tensors()
            .forEach((tensor, stored) -> {
              @Nullable String other = homes.putIfAbsent(tensor, shard);
              if (other != null) {
                findings.add(
                    "tensor "
                        + Quoted.name(tensor)
                        + " lies in two shards, "
                        + Quoted.name(other)
                        + " and "
                        + Quoted.name(shard)
                        + ", so it cannot be told which one is meant.");
              }
              tensors.put(tensor, stored);
            }));
    return tensors;
  }

  /// What the shards say; where they differ, the first one's text.
  private Map<String, String> metadata() {
    Map<String, String> metadata = new LinkedHashMap<>();
    shards.values().forEach(shard -> shard.metadata().forEach(metadata::putIfAbsent));
    return metadata;
  }

  private List<Note> notes() {
    return shards.values().stream().flatMap(shard -> shard.notes().stream()).toList();
  }

  private List<ByteSource> sources() {
    return shards.values().stream().flatMap(shard -> shard.sources().stream()).toList();
  }
}
