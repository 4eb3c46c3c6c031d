package dev.mokume.cli;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.function.UnaryOperator;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/// Gives the classes of a jar another form, in place, before the ahead-of-time cache is made.
final class JarClasses {
  private JarClasses() {}

  /// @param form returns the class file that it was given where nothing is to be changed; a jar of
  ///   which that is true for all stays as it is
  static void rewrite(Path jar, UnaryOperator<byte[]> form) throws IOException {
    Path rewritten = jar.resolveSibling(jar.getFileName() + ".part");
    try (JarFile file = new JarFile(jar.toFile())) {
      if (!write(file, form, rewritten)) {
        Files.delete(rewritten);
        return;
      }
    }
    Files.move(rewritten, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Returns whether anything was changed.
  private static boolean write(JarFile jar, UnaryOperator<byte[]> form, Path into)
      throws IOException {
    boolean changed = false;
    try (OutputStream stream = Files.newOutputStream(into);
        JarOutputStream out = new JarOutputStream(stream)) {
      for (JarEntry entry : Collections.list(jar.entries())) {
        byte[] bytes = bytes(jar, entry);
        byte[] after = entry.getName().endsWith(".class") ? form.apply(bytes) : bytes;
        changed |= after != bytes;
        JarEntry written = new JarEntry(entry.getName());
        written.setLastModifiedTime(entry.getLastModifiedTime());
        out.putNextEntry(written);
        out.write(after);
        out.closeEntry();
      }
    }
    return changed;
  }

  private static byte[] bytes(JarFile jar, JarEntry entry) throws IOException {
    try (InputStream in = jar.getInputStream(entry)) {
      if (in == null) {
        throw new FileNotFoundException(entry.getName());
      }
      return in.readAllBytes();
    }
  }
}
