package dev.mokume.internal.engine;

import dev.mokume.internal.kernel.Block;

/// Which elements are looked at to find out roughly where ranks lie, before all are counted
/// (decision 0049): of tiles that stay in memory, which costs no reading; or, if these are too few,
/// a strip of every tile, or every eighth tile. Of each block there it is as little as will do.
///
/// Each tile gives another strip than its neighbours, and each block another part, so that neither
/// rows nor columns of a matrix go unseen.
record RankSample(long count, int tileElements, int tiles, Residence residence) {
  /// A sample is one of so many strips of each tile, so that the others are counted just when they
  /// have been read; of tiles that do not divide so, and do not stay in memory, one of so many.
  private static final int SAMPLED_PART = 8;

  /// A sample is one of so many elements at the least, since fewer at a time would take as long; a
  /// power of two.
  private static final int MOST_PARTS = 64;

  /// As many of the elements as show where a rank lies, within half a percent of them.
  private static final int ENOUGH = 1 << 17;

  /// How many parts further the next block is looked at; odd, so that every part has its turn.
  private static final int STEP = 3;

  /// Whether some of the tile is looked at.
  boolean isOfTile(int tile) {
    return isOfHeldTiles() ? residence.holds(tile) : strips() > 1 || tile % SAMPLED_PART == 0;
  }

  /// Where in its tile the strip begins that is looked at.
  int stripStart(int tile) {
    return tile * STEP % strips() * stripElements();
  }

  /// The elements of a strip; all of a tile if it is not divided.
  int stripElements() {
    return tileElements / strips();
  }

  /// Where in its block the part begins that is looked at.
  ///
  /// @param block its number in the tensor
  int partStart(long block) {
    int part = partElements();
    return (int) (block * STEP % (Block.ELEMENTS / part)) * part;
  }

  /// How many elements of each block are looked at.
  int partElements() {
    int tilesOfOne = isOfHeldTiles() || strips() > 1 ? 1 : SAMPLED_PART;
    int parts =
        Integer.highestOneBit(
            (int) Math.clamp(candidates() / strips() / tilesOfOne / ENOUGH, 1L, MOST_PARTS));
    return Block.ELEMENTS / parts;
  }

  private boolean isOfHeldTiles() {
    return SAMPLED_PART * residence.heldTiles() >= tiles;
  }

  /// Into how many strips each tile is divided.
  private int strips() {
    boolean divides = tileElements % (SAMPLED_PART * Block.ELEMENTS) == 0;
    return divides && candidates() / SAMPLED_PART >= ENOUGH ? SAMPLED_PART : 1;
  }

  /// Of how many elements a sample is taken.
  private long candidates() {
    return isOfHeldTiles() ? count / tiles * residence.heldTiles() : count;
  }
}
