package dev.mokume.internal.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// A dict of whatever kind.
final class Dictionary implements Pickled {
  /// A key and its value.
  record Entry(Pickled key, Pickled value) {}

  private final List<Entry> entries = new ArrayList<>();

  void put(Pickled key, Pickled value) {
    entries.add(new Entry(key, value));
  }

  List<Entry> entries() {
    return Collections.unmodifiableList(entries);
  }

  /// The values whose keys are texts; of two with one key the later, as in Python.
  SequencedMap<String, Pickled> named() {
    SequencedMap<String, Pickled> named = new LinkedHashMap<>();
    for (Entry entry : entries) {
      if (entry.key instanceof Text(var name)) {
        named.put(name, entry.value);
      }
    }
    return named;
  }
}
