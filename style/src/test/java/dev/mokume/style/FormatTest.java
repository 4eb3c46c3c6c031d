package dev.mokume.style;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Every Java file of the project is as google-java-format writes it, imports included.
///
/// `mvn -q -pl style test -Dmokume.format=write` writes the files instead of checking them.
class FormatTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private final Formatter formatter = new Formatter();

  @Test
  void everySourceFileIsFormatted() throws IOException, FormatterException {
    boolean write = "write".equals(System.getProperty("mokume.format"));
    List<Path> sources = sources();
    List<Path> unformatted = new ArrayList<>();
    for (Path source : sources) {
      String text = Files.readString(source);
      String formatted = format(source, text);
      if (!formatted.equals(text)) {
        unformatted.add(ROOT.relativize(source));
        if (write) {
          Files.writeString(source, formatted);
        }
      }
    }
    if (write) {
      System.out.println("formatted " + unformatted.size() + " of " + sources.size() + " files");
      return;
    }
    assertThat(sources).as("sources under " + ROOT).isNotEmpty();
    assertThat(unformatted)
        .as("to format them: mvn -q -pl style test -Dmokume.format=write")
        .isEmpty();
  }

  private String format(Path source, String text) throws FormatterException {
    try {
      return formatter.formatSourceAndFixImports(text);
    } catch (FormatterException e) {
      throw new AssertionError(ROOT.relativize(source) + ": " + e.getMessage(), e);
    }
  }

  private static List<Path> sources() throws IOException {
    List<Path> sources = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            String name = folder.getFileName().toString();
            boolean generatedOrHidden =
                name.equals("target") || name.equals("node_modules") || name.startsWith(".");
            return generatedOrHidden && !folder.equals(ROOT)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".java")) {
              sources.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    sources.sort(null);
    return sources;
  }
}
