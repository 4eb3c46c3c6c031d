package dev.mokume.internal.methods;

/// A stretch of a row of places, which may go over the end and on from the start.
///
/// @param from its first place; the first place outside if `outside`
/// @param to the place after its last; after the last outside if `outside`
/// @param outside whether the stretch is all but these places
record Region(long from, long to, boolean outside) {
  /// sd-mecha's: a negative width goes to the left, an offset counts modulo 1, and places are
  /// rounded to the nearest, a half to the even one.
  ///
  /// @param width as a share of all places
  /// @param offset likewise
  static Region of(double width, double offset, long places) {
    double start = width < 0 ? offset + width : offset;
    double share = Math.min(Math.abs(width), 1);
    if (start < 0) {
      start = 1 + start - (long) start;
    }
    start %= 1;
    return share + start <= 1
        ? new Region(round(start * places), round((share + start) * places), false)
        : new Region(round((share + start - 1) * places), round(start * places), true);
  }

  /// supermerger's: from the share `beta` of the places on, a share of `alpha`, and on from the
  /// start if that is more than there are; parts of a place do not count.
  static Region after(double alpha, double beta, long places) {
    return alpha + beta <= 1
        ? new Region((long) (places * beta), (long) (places * (alpha + beta)), false)
        : new Region((long) (places * (alpha + beta - 1)), (long) (places * beta), true);
  }

  boolean contains(long place) {
    return (place >= from && place < to) != outside;
  }

  private static long round(double place) {
    return (long) Math.rint(place);
  }
}
