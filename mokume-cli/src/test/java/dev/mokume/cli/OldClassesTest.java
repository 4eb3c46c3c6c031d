package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class OldClassesTest {
  @TempDir Path folder;

  /// A class loader of its own verifies what it links, by stack maps alone.
  @Test
  void everyClassOfPicocliBecomesOneThatTheJvmVerifiesByItsStackMaps() throws Exception {
    Path jar = picocli();
    List<String> before = names(jar);

    OldClasses.modernise(jar);

    assertThat(names(jar)).isEqualTo(before);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, null)) {
      for (String name : before) {
        if (name.startsWith("picocli/") && name.endsWith(".class") && !name.contains("Groovy")) {
          String type = name.substring(0, name.length() - ".class".length()).replace('/', '.');
          assertThat(Class.forName(type, true, loader).getClassLoader()).isSameAs(loader);
        }
      }
    }
  }

  @Test
  void whatHasNoOldClassesStaysAsItIs() throws IOException {
    Path jar = picocli();
    OldClasses.modernise(jar);
    byte[] modern = Files.readAllBytes(jar);

    OldClasses.modernise(jar);

    assertThat(Files.readAllBytes(jar)).isEqualTo(modern);
    assertThat(folder).isDirectoryContaining(jar::equals).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void noClassIsOlderAfterwardsThanTheCacheTakes() throws IOException {
    Path jar = picocli();
    OldClasses.modernise(jar);

    try (JarFile file = new JarFile(jar.toFile())) {
      for (JarEntry entry : Collections.list(file.entries())) {
        if (entry.getName().endsWith(".class")) {
          try (InputStream in = file.getInputStream(entry)) {
            assertThat(in.readNBytes(8)[7]).as(entry.getName()).isGreaterThanOrEqualTo((byte) 52);
          }
        }
      }
    }
  }

  private Path picocli() throws IOException {
    URL place = CommandLine.class.getProtectionDomain().getCodeSource().getLocation();
    return Files.copy(Path.of(place.getPath()), folder.resolve("picocli.jar"));
  }

  private static List<String> names(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      List<String> names = new ArrayList<>();
      file.stream().forEach(entry -> names.add(entry.getName()));
      return names;
    }
  }
}
