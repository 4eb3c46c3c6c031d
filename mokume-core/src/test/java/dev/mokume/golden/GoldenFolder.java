package dev.mokume.golden;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/// The files of the golden data: the checked-in copy, or a folder of the same layout.
final class GoldenFolder {
  /// Names the folder to run instead of the checked-in copy.
  static final String PROPERTY = "mokume.golden";

  /// What the checked-in copy is made of.
  private static final List<String> ARCHIVES =
      List.of("golden.zip", "mergekit.zip", "mergelm.zip", "mecha.zip");

  private final String name;
  private final Map<String, byte[]> archive;
  private final Optional<Path> folder;
  private final Map<String, TensorFile> parsed = new LinkedHashMap<>();

  private GoldenFolder(String name, Map<String, byte[]> archive, Optional<Path> folder) {
    this.name = name;
    this.archive = archive;
    this.folder = folder;
  }

  /// The folder that the property names, else the checked-in copy.
  static GoldenFolder chosen() {
    String folder = System.getProperty(PROPERTY, "");
    return folder.isEmpty() ? checkedIn() : of(Path.of(folder));
  }

  static GoldenFolder of(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new AssertionError("-D" + PROPERTY + "=" + folder + ": there is no such folder");
    }
    return new GoldenFolder(folder.toString(), Map.of(), Optional.of(folder));
  }

  static GoldenFolder checkedIn() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String archive : ARCHIVES) {
      try (ZipInputStream zip = new ZipInputStream(resource(archive))) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          files.put(entry.getName(), zip.readAllBytes());
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new GoldenFolder("the checked-in copy", files, Optional.empty());
  }

  /// A file that lies beside the archive.
  static InputStream resource(String file) {
    InputStream stream = GoldenFolder.class.getResourceAsStream("/golden/" + file);
    if (stream == null) {
      throw new AssertionError("the test resource golden/" + file + " is missing");
    }
    return stream;
  }

  /// The files of the checked-in copy; none for a folder.
  Map<String, byte[]> archive() {
    return archive;
  }

  String name() {
    return name;
  }

  boolean has(String file) {
    return folder
        .map(path -> Files.isRegularFile(path.resolve(file)))
        .orElseGet(() -> archive.containsKey(file));
  }

  byte[] read(String file) {
    if (!has(file)) {
      throw new AssertionError(name + " has no file " + file);
    }
    if (folder.isEmpty()) {
      return archive.get(file);
    }
    try {
      return Files.readAllBytes(folder.get().resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TensorFile tensors(String file) {
    return parsed.computeIfAbsent(file, path -> TensorFile.parse(read(path)));
  }
}
