package dev.mokume.internal.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A tuple, a list or a set.
final class Sequence implements Pickled {
  private final List<Pickled> values;

  Sequence(List<Pickled> values) {
    this.values = new ArrayList<>(values);
  }

  void add(Pickled value) {
    values.add(value);
  }

  List<Pickled> values() {
    return Collections.unmodifiableList(values);
  }
}
