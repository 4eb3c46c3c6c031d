package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.RowOrder;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A file or a set whose headers were read and found sound.
record GgufCheckpoint(
    String name,
    HeaderValues values,
    SequencedMap<String, StoredTensor> tensors,
    List<ByteSource> sources)
    implements Checkpoint {
  GgufCheckpoint {
    tensors = Collections.unmodifiableSequencedMap(tensors);
    sources = List.copyOf(sources);
  }

  /// The same under the names that Mokume knows language models by, with all rows in order.
  GgufCheckpoint translated() {
    LanguageNames names = LanguageNames.of(values.all());
    SequencedMap<String, StoredTensor> translated = LinkedHashMap.newLinkedHashMap(tensors.size());
    tensors.forEach((name, tensor) -> {
      String there = names.inHuggingFace(name);
      StoredTensor read =
          names.isReordered(name)
              ? tensor.reordered(there, order(names, tensor))
              : tensor.named(there);
      if (translated.put(there, read) != null) {
        throw malformed(
            "tensor %s is there twice, as %s too."
                .formatted(Quoted.name(name), Quoted.name(there)));
      }
    });
    return new GgufCheckpoint(name, values, translated, sources);
  }

  private RowOrder order(LanguageNames names, StoredTensor tensor) {
    return names
        .order(tensor.name(), tensor.spec())
        .orElseThrow(() ->
            malformed(
                "tensor %s of shape %s does not fall into the heads that 'llama.attention.head_count' and 'llama.attention.head_count_kv' tell of: the header is damaged."
                    .formatted(Quoted.name(tensor.name()), tensor.spec().shape())));
  }

  private MokumeException malformed(String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, name + ": " + what);
  }

  @Override
  public Map<String, String> metadata() {
    SequencedMap<String, String> texts = new LinkedHashMap<>();
    values
        .all()
        .forEach((key, value) -> {
          if (value.whole()) {
            texts.put(key, value.text());
          }
        });
    return texts;
  }

  @Override
  public Optional<CarriedOver> carriedOver() {
    return Optional.of(values);
  }

  @Override
  public void close() {
    sources.forEach(ByteSource::close);
  }
}
