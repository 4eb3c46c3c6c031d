package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.plugin.MethodProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A jar of somebody else's on `--plugins`. These tests run with modules, as Mokume itself does.
class PluginFlagsTest {
  private static final String SOURCE =
      """
      package sample;

      import dev.mokume.plugin.*;
      import java.util.List;

      public final class Halves implements MethodProvider, ElementMethod {
        @Override
        public List<MergeMethod> methods() {
          return List.of(this);
        }

        @Override
        public MethodInfo info() {
          return new MethodInfo("halves", "A / 2", Models.of("a"), List.of(), "a test");
        }

        @Override
        public ElementKernel kernel(Setting setting, double[] statistics) {
          return (inputs, out, first, count) -> {
            for (int i = 0; i < count; i++) {
              out[i] = inputs[0][i] / 2;
            }
          };
        }
      }
      """;

  @TempDir private Path folder;

  /// Compiled here, as a class of the tests would be one of Mokume's own module.
  private Path jar() throws Exception {
    Path source = Files.writeString(folder.resolve("Halves.java"), SOURCE);
    Path core =
        Path.of(MethodProvider.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    int compiled =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                "-proc:none",
                "-cp",
                core.toString(),
                "-d",
                folder.toString(),
                source.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start()
            .waitFor();
    assertThat(compiled).as(Files.readString(folder.resolve("log"))).isZero();
    Path jar = folder.resolve("halves.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("META-INF/services/" + MethodProvider.class.getName()));
      out.write("sample.Halves".getBytes(StandardCharsets.UTF_8));
      out.putNextEntry(new JarEntry("sample/Halves.class"));
      out.write(Files.readAllBytes(folder.resolve("sample/Halves.class")));
    }
    return jar;
  }

  @Test
  void itsMethodsAreKnown() throws Exception {
    Path jar = jar();
    Path a = new TinyCheckpoint().with("w", 6, 8).write(folder.resolve("a.safetensors"));
    Path out = folder.resolve("out.safetensors");

    assertThat(Run.of("methods", "--plugins", jar).out()).contains("  halves\n      A / 2\n");
    assertThat(Run.of("merge", "--plugins", jar, "--method", "halves", a, "-o", out).err())
        .isEmpty();
    assertThat(TinyCheckpoint.read(out, "w")).containsExactly(3, 4);
  }

  @Test
  void whatIsNoPluginIsTold() throws IOException {
    Path missing = folder.resolve("missing.jar");
    assertThat(Run.of("methods", "--plugins", missing).err())
        .isEqualTo("mokume: the plugin " + missing + " does not exist or cannot be read.\n");
    Path text = Files.writeString(folder.resolve("text.jar"), "no jar");
    assertThat(Run.of("methods", "--plugins", text).err())
        .isEqualTo(
            "mokume: the plugin "
                + text
                + " offers no merge method: no META-INF/services/dev.mokume.plugin.MethodProvider"
                + " in it names a provider that does.\n");
  }
}
