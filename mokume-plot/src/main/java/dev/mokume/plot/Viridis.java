package dev.mokume.plot;

/// The colour map viridis: even steps of a value are seen as even steps of brightness, also by the
/// colour-blind and in print.
///
/// Eleven of its colours, and straight lines in between, which no eye tells from the original.
/// Source: Stéfan van der Walt and Nathaniel Smith for matplotlib, CC0.
final class Viridis {
  private static final int[] COLOURS = {
    0x440154, 0x482576, 0x414487, 0x35608d, 0x2a788e, 0x21908c, 0x22a884, 0x43bf71, 0x7ad151,
    0xbbdf27, 0xfde725
  };

  private Viridis() {}

  /// The colour as 0xRRGGBB.
  ///
  /// @param share 0 (dark) to 1 (bright)
  static int colour(double share) {
    double place = Math.clamp(share, 0, 1) * (COLOURS.length - 1);
    int below = Math.min((int) place, COLOURS.length - 2);
    double part = place - below;
    int colour = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      int from = COLOURS[below] >> shift & 0xff;
      int to = COLOURS[below + 1] >> shift & 0xff;
      colour |= (int) Math.round(from + part * (to - from)) << shift;
    }
    return colour;
  }
}
