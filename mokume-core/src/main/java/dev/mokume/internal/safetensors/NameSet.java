package dev.mokume.internal.safetensors;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The names of a header's tensors, so that none is there twice. Of hundreds of thousands of names
/// a `HashSet` takes four times as much of the heap, which is small.
final class NameSet {
  private static final int FIRST = 64;

  /// Places that are looked at for a name. A header may have names of one hash code, of which each
  /// would look at the places of all before it.
  private static final int MOST_PROBES = 64;

  /// Each name at the first free place from that of its hash code on; a third of the places at
  /// least are free.
  private @Nullable String[] places = new @Nullable String[FIRST];

  private int placed;

  /// Names all of whose places are taken: none but a few, unless somebody chose them so. A
  /// `HashSet` orders those of one hash code.
  private Set<String> aside = new HashSet<>();

  /// @return whether it was not there yet
  boolean add(String name) {
    if (!put(name)) {
      return false;
    }
    if (placed > places.length / 3 * 2) {
      grow();
    }
    return true;
  }

  int size() {
    return placed + aside.size();
  }

  /// How many names have no place.
  int aside() {
    return aside.size();
  }

  private void grow() {
    @Nullable String[] before = places;
    Set<String> asideBefore = aside;
    places = new @Nullable String[2 * before.length];
    placed = 0;
    aside = new HashSet<>();
    for (String name : before) {
      if (name != null) {
        put(name);
      }
    }
    asideBefore.forEach(this::put);
  }

  /// Nothing is ever taken out, so that a name that is aside finds its places taken again.
  private boolean put(String name) {
    int hash = name.hashCode() * 0x9e3779b9;
    int place = (hash ^ hash >>> 16) & places.length - 1;
    for (int probe = 0; probe < MOST_PROBES; probe++) {
      String there = places[place];
      if (there == null) {
        places[place] = name;
        placed++;
        return true;
      }
      if (there.equals(name)) {
        return false;
      }
      place = place + 1 & places.length - 1;
    }
    return aside.add(name);
  }
}
