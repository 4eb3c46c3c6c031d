package dev.mokume.internal.engine;

/// A sort that leaves equal magnitudes in the order in which `std::sort` of libstdc++ leaves them,
/// which torch's CPU sorts use: quicksort around the median of three down to stretches of 16, heaps
/// where that goes too deep, insertion at the end. Only the order of equal ones needs all of that.
///
/// Keys hold a magnitude's bits in their upper half, which alone are compared, and an index below.
final class UnstableSort {
  /// Stretches that are left to the insertion at the end.
  private static final int SHORT = 16;

  private final long[] keys;
  private final boolean descending;

  private UnstableSort(long[] keys, boolean descending) {
    this.keys = keys;
    this.descending = descending;
  }

  /// Sorts `keys[0..count)`.
  static void sort(long[] keys, int count, boolean descending) {
    if (count > 1) {
      UnstableSort sort = new UnstableSort(keys, descending);
      sort.partition(0, count, 2 * (31 - Integer.numberOfLeadingZeros(count)));
      sort.insert(count);
    }
  }

  private boolean before(long a, long b) {
    int x = (int) (a >> 32);
    int y = (int) (b >> 32);
    return descending ? x > y : x < y;
  }

  private void swap(int a, int b) {
    long key = keys[a];
    keys[a] = keys[b];
    keys[b] = key;
  }

  private void partition(int first, int last, int depth) {
    int end = last;
    int left = depth;
    while (end - first > SHORT) {
      if (left-- == 0) {
        heapSort(first, end);
        return;
      }
      medianToFirst(first, first + 1, first + (end - first) / 2, end - 1);
      int cut = split(first + 1, end, keys[first]);
      partition(cut, end, left);
      end = cut;
    }
  }

  private void medianToFirst(int first, int a, int b, int c) {
    if (before(keys[a], keys[b])) {
      swap(first, before(keys[b], keys[c]) ? b : before(keys[a], keys[c]) ? c : a);
    } else {
      swap(first, before(keys[a], keys[c]) ? a : before(keys[b], keys[c]) ? c : b);
    }
  }

  /// The median bounds both searches.
  private int split(int from, int to, long pivot) {
    int low = from;
    int high = to;
    while (true) {
      while (before(keys[low], pivot)) {
        low++;
      }
      high--;
      while (before(pivot, keys[high])) {
        high--;
      }
      if (low >= high) {
        return low;
      }
      swap(low, high);
      low++;
    }
  }

  private void insert(int count) {
    for (int i = 1; i < count; i++) {
      long key = keys[i];
      int at = i;
      while (at > 0 && before(key, keys[at - 1])) {
        keys[at] = keys[at - 1];
        at--;
      }
      keys[at] = key;
    }
  }

  private void heapSort(int first, int last) {
    int length = last - first;
    for (int parent = (length - 2) / 2; parent >= 0; parent--) {
      sift(first, parent, length, keys[first + parent]);
    }
    for (int end = length - 1; end > 0; end--) {
      long key = keys[first + end];
      keys[first + end] = keys[first];
      sift(first, 0, end, key);
    }
  }

  /// Moves the hole down to a leaf along the greater children, then `key` up from there.
  private void sift(int first, int hole, int length, long key) {
    int at = hole;
    int child = hole;
    while (child < (length - 1) / 2) {
      child = 2 * (child + 1);
      if (before(keys[first + child], keys[first + child - 1])) {
        child--;
      }
      keys[first + at] = keys[first + child];
      at = child;
    }
    if (length % 2 == 0 && child == (length - 2) / 2) {
      child = 2 * child + 1;
      keys[first + at] = keys[first + child];
      at = child;
    }
    while (at > hole && before(keys[first + (at - 1) / 2], key)) {
      keys[first + at] = keys[first + (at - 1) / 2];
      at = (at - 1) / 2;
    }
    keys[first + at] = key;
  }
}
