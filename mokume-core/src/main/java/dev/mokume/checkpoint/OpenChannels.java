package dev.mokume.checkpoint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The open channels of input files: a bounded number for the whole process, since a set of 1,000
/// shards, or of 1,000 models, must not meet the system's limit on open files. Where that is 128,
/// half of it is left for all else. The one that was not used for the longest time is closed first.
///
/// A channel that another thread's interrupt has closed is replaced by a new one.
final class OpenChannels {
  static final OpenChannels SHARED = new OpenChannels(64);

  private final int limit;
  private final Map<FileSource, Lease> leases = new LinkedHashMap<>(16, 0.75f, true);

  OpenChannels(int limit) {
    this.limit = limit;
  }

  /// A channel in use by at least one reader; it stays open until the last of them has given it
  /// back, and so does what reads the same file into arrays.
  static final class Lease {
    final FileChannel channel;
    final ArrayFile arrays;
    private int readers;
    private boolean retired;

    private Lease(FileChannel channel, ArrayFile arrays) {
      this.channel = channel;
      this.arrays = arrays;
    }
  }

  /// To be given back with [#release].
  synchronized Lease acquire(FileSource source) throws IOException {
    Lease lease = leases.get(source);
    if (lease != null && !lease.channel.isOpen()) {
      retire(source);
      lease = null;
    }
    if (lease == null) {
      closeIdle(limit - 1);
      lease = new Lease(open(source), ArrayFile.toRead(source.path()));
      leases.put(source, lease);
    }
    lease.readers++;
    return lease;
  }

  synchronized void release(Lease lease) {
    lease.readers--;
    closeIfUnused(lease);
  }

  synchronized void retire(FileSource source) {
    Lease lease = leases.remove(source);
    if (lease != null) {
      lease.retired = true;
      closeIfUnused(lease);
    }
  }

  synchronized int size() {
    return leases.size();
  }

  private FileChannel open(FileSource source) throws IOException {
    FileChannel channel = openOrMakeRoom(source);
    try {
      // The path may lead to another file by now.
      source.verifyUnchanged();
      return channel;
    } catch (RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private FileChannel openOrMakeRoom(FileSource source) throws IOException {
    try {
      return FileChannel.open(source.path(), StandardOpenOption.READ);
    } catch (IOException e) {
      // The system may allow fewer open files than our limit.
      if (closeIdle(leases.size() / 2)) {
        return FileChannel.open(source.path(), StandardOpenOption.READ);
      }
      throw e;
    }
  }

  /// Closes channels that nobody reads, oldest first, until no more than `most` are left.
  private boolean closeIdle(int most) {
    List<FileSource> victims = new ArrayList<>();
    Iterator<Map.Entry<FileSource, Lease>> oldestFirst = leases.entrySet().iterator();
    while (leases.size() - victims.size() > most && oldestFirst.hasNext()) {
      Map.Entry<FileSource, Lease> entry = oldestFirst.next();
      if (entry.getValue().readers == 0) {
        victims.add(entry.getKey());
      }
    }
    victims.forEach(this::retire);
    return !victims.isEmpty();
  }

  private static void closeIfUnused(Lease lease) {
    if (lease.retired && lease.readers == 0) {
      lease.arrays.close();
      try {
        lease.channel.close();
      } catch (IOException e) {
        // Nothing was written through it: nothing can be lost.
      }
    }
  }
}
