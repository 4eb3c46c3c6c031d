package dev.mokume.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Fingerprints of files in one text file of at most 1,000 lines, the newest last: SHA-256, size,
/// time of modification and of change in nanoseconds, device and inode, absolute path, with tabs
/// between. Replaced as a whole, so that runs at the same time see the old or the new one; of two
/// that write at once, one run's lines may be lost.
final class FingerprintCache {
  private static final int MOST = 1_000;
  private static final long LARGEST = 8 << 20;
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");

  private final Path folder;
  private final Path file;

  FingerprintCache(Path folder) {
    this.folder = folder;
    this.file = folder.resolve("fingerprints-1.tsv");
  }

  /// A state of a file.
  ///
  /// @param changedNanos when the inode last changed, 0 where the system does not tell. Unlike the
  ///   time of modification it cannot be set: it tells a file from its successor that was given the
  ///   same time and, by chance, the same inode.
  record Key(Path path, FileIdentity identity, long changedNanos) {
    /// Empty for a path that does not fit a line.
    static Optional<Key> of(Path path, FileIdentity identity) {
      boolean fits =
          path.toString().length() <= 4_096
              && path.toString().chars().noneMatch(Character::isISOControl);
      return fits ? Optional.of(new Key(path, identity, changedNanos(path))) : Optional.empty();
    }

    private static long changedNanos(Path path) {
      try {
        return Files.getAttribute(path, "unix:ctime") instanceof FileTime time
            ? time.to(TimeUnit.NANOSECONDS)
            : 0;
      } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
        return 0;
      }
    }

    private String text() {
      return identity.size()
          + "\t"
          + identity.modifiedNanos()
          + "\t"
          + changedNanos
          + "\t"
          + identity.key()
          + "\t"
          + path;
    }
  }

  synchronized Optional<String> find(Key key) {
    return Optional.ofNullable(load().get(key.text()));
  }

  synchronized void put(Key key, String sha256) {
    SequencedMap<String, String> known = load();
    // An older state of the same file will not come back.
    known.keySet().removeIf(text -> text.endsWith("\t" + key.path));
    known.putLast(key.text(), sha256);
    while (known.size() > MOST) {
      known.pollFirstEntry();
    }
    store(known);
  }

  /// From key to fingerprint; lines that are damaged are left out.
  private SequencedMap<String, String> load() {
    SequencedMap<String, String> known = new LinkedHashMap<>();
    try {
      if (Files.size(file) > LARGEST) {
        return known;
      }
      for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
        int tab = line.indexOf('\t');
        if (tab > 0 && SHA_256.matcher(line.substring(0, tab)).matches()) {
          known.putLast(line.substring(tab + 1), line.substring(0, tab));
        }
      }
    } catch (IOException e) {
      // As good as empty.
    }
    return known;
  }

  private void store(SequencedMap<String, String> known) {
    List<String> lines = known.entrySet().stream().map(FingerprintCache::line).toList();
    try {
      Files.createDirectories(folder);
      Path temporary = Files.createTempFile(folder, "fingerprints", ".tmp");
      try {
        Files.write(temporary, lines, StandardCharsets.UTF_8);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      // The next run computes it again.
    }
  }

  private static String line(Map.Entry<String, String> entry) {
    return entry.getValue() + "\t" + entry.getKey();
  }
}
