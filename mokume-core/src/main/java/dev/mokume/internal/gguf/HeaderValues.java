package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CarriedOver;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.SequencedMap;

/// The keys and values of a header, read when they are wanted: a tokenizer takes megabytes.
///
/// @param all by key, in the header's order
record HeaderValues(ByteSource source, SequencedMap<String, KeyValue> all) implements CarriedOver {
  HeaderValues {
    all = Collections.unmodifiableSequencedMap(all);
  }

  /// A value's type and bytes as the file has them.
  byte[] bytes(KeyValue value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(value.length());
      source.read(value.offset(), bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
