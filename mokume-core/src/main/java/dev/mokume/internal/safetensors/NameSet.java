package dev.mokume.internal.safetensors;

import org.jspecify.annotations.Nullable;

/// The names of a header's tensors, so that none is there twice. Of hundreds of thousands of names
/// a `HashSet` takes four times as much of the heap, which is small.
final class NameSet {
  private static final int FIRST = 64;

  /// Each name at the first free place from that of its hash code on; a third of the places at
  /// least are free.
  private @Nullable String[] places = new @Nullable String[FIRST];

  private int size;

  /// @return whether it was not there yet
  boolean add(String name) {
    int place = place(places, name);
    if (places[place] != null) {
      return false;
    }
    places[place] = name;
    size++;
    if (size > places.length / 3 * 2) {
      grow();
    }
    return true;
  }

  int size() {
    return size;
  }

  private void grow() {
    @Nullable String[] larger = new @Nullable String[2 * places.length];
    for (String name : places) {
      if (name != null) {
        larger[place(larger, name)] = name;
      }
    }
    places = larger;
  }

  /// Where a name is, or would be.
  private static int place(@Nullable String[] places, String name) {
    int hash = name.hashCode() * 0x9e3779b9;
    int place = (hash ^ hash >>> 16) & places.length - 1;
    while (true) {
      String there = places[place];
      if (there == null || there.equals(name)) {
        return place;
      }
      place = place + 1 & places.length - 1;
    }
  }
}
