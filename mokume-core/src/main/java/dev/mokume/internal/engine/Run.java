package dev.mokume.internal.engine;

/// One tensor's task while the engine works on it, as tiles that workers take.
///
/// The scheduler calls everything but [#process] and [#finishPass] under its lock.
interface Run {
  /// Made ready by one worker, before any tile is taken; outside the lock.
  void prepare(Worker worker);

  /// Whether a tile of the current pass can be taken now.
  boolean hasTile();

  /// Takes the next tile of the current pass.
  int takeTile();

  /// Does the work of a tile; outside the lock, by many workers at once.
  void process(int tile, Worker worker);

  /// Notes that a tile is done; true if it was the last of the pass.
  boolean tileDone();

  /// Ends the pass; outside the lock, by one worker, after its last tile. True if there is another
  /// pass.
  boolean finishPass(Worker worker);

  /// Output bytes' worth of work that a tile of the current pass stands for.
  long weight(int tile);

  /// Gives back what it borrowed.
  void release(MemoryPool pool);
}
