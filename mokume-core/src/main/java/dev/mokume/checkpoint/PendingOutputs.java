package dev.mokume.checkpoint;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// The temporary files of this process that have not been given their name yet, so that a handler
/// of SIGINT or SIGTERM can remove them before the process ends.
public final class PendingOutputs {
  private static final Set<AtomicFileOutput> PENDING = ConcurrentHashMap.newKeySet();

  private static final ReentrantLock RENAMING = new ReentrantLock();

  private PendingOutputs() {}

  /// Gives up every output that was not committed and deletes its temporary file. Whoever still
  /// writes to one gets `CANCELLED`. Safe to call from any thread at any time; does not wait for
  /// writes, nor until the disk has their bytes, only for outputs that are about to get their names
  /// together.
  ///
  /// @return how many there were
  public static int removeAll() {
    RENAMING.lock();
    try {
      List<AtomicFileOutput> outputs = List.copyOf(PENDING);
      outputs.forEach(AtomicFileOutput::close);
      return outputs.size();
    } finally {
      RENAMING.unlock();
    }
  }

  /// Gives outputs their names, which no signal may come in between. Where the disk is to have the
  /// names in their order, a signal waits for it too: a few folders, whose files it has already.
  static void undisturbed(Runnable renaming) {
    RENAMING.lock();
    try {
      renaming.run();
    } finally {
      RENAMING.unlock();
    }
  }

  static void add(AtomicFileOutput output) {
    PENDING.add(output);
  }

  static void remove(AtomicFileOutput output) {
    PENDING.remove(output);
  }
}
