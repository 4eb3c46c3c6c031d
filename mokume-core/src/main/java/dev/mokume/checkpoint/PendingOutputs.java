package dev.mokume.checkpoint;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The temporary files of this process that have not been given their name yet, so that a handler
/// of SIGINT or SIGTERM can remove them before the process ends.
public final class PendingOutputs {
  private static final Set<AtomicFileOutput> PENDING = ConcurrentHashMap.newKeySet();

  private PendingOutputs() {}

  /// Gives up every output that was not committed and deletes its temporary file. Whoever still
  /// writes to one gets `CANCELLED`. Safe to call from any thread at any time; does not wait for
  /// writes or for the disk.
  ///
  /// @return how many there were
  public static int removeAll() {
    List<AtomicFileOutput> outputs = List.copyOf(PENDING);
    outputs.forEach(AtomicFileOutput::close);
    return outputs.size();
  }

  static void add(AtomicFileOutput output) {
    PENDING.add(output);
  }

  static void remove(AtomicFileOutput output) {
    PENDING.remove(output);
  }
}
