package dev.mokume.plan;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.internal.quantised.ScaledCheckpoint;
import dev.mokume.tokenizer.TokenizerMerge;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;

/// Files that are open, each once, whatever recipes need it under whatever name, and tokenizers
/// that are merged. Scaled weights have their values.
final class OpenFiles implements AutoCloseable {
  private final SequencedMap<Path, Checkpoint> opened = new LinkedHashMap<>();
  private final List<TokenizerMerge> tokenizers = new ArrayList<>();

  /// @throws dev.mokume.error.MokumeException if it cannot be opened
  Checkpoint open(Path path) {
    return opened.computeIfAbsent(
        path.toAbsolutePath().normalize(), _ -> ScaledCheckpoint.of(Checkpoints.open(path)));
  }

  /// Takes what was merged before.
  void take(TokenizerMerge tokenizer) {
    tokenizers.add(tokenizer);
  }

  /// The tokenizer of models that are merged, made once: a large vocabulary takes seconds.
  ///
  /// @throws dev.mokume.error.MokumeException as [TokenizerMerge#of]
  TokenizerMerge tokenizer(TokenizerSpec spec, SequencedMap<String, Path> models) {
    SequencedMap<String, Path> folders = new LinkedHashMap<>();
    models.forEach((name, path) -> folders.put(name, TokenizerMerge.folder(path)));
    String base = models.firstEntry().getKey();
    return tokenizers.stream()
        .filter(known -> known.isOf(spec, folders, base))
        .findFirst()
        .orElseGet(() -> {
          TokenizerMerge merged = TokenizerMerge.of(spec, folders, base);
          tokenizers.add(merged);
          return merged;
        });
  }

  /// Those so far, absolute, in the order in which they were opened.
  SequencedSet<Path> paths() {
    return new LinkedHashSet<>(opened.sequencedKeySet());
  }

  /// Closes all others.
  void keepOnly(Set<Checkpoint> needed) {
    opened.values().stream()
        .filter(checkpoint -> !needed.contains(checkpoint))
        .forEach(Checkpoint::close);
    opened.values().retainAll(needed);
  }

  @Override
  public void close() {
    opened.values().forEach(Checkpoint::close);
  }
}
