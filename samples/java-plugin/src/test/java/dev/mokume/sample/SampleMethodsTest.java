package dev.mokume.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The jar of this sample does on `--plugins` what its methods say, in recipes and by name.
class SampleMethodsTest {
  private static final Path CLASSES = Path.of("target/classes");

  @TempDir Path folder;
  private Path jar = Path.of("");

  @BeforeEach
  void pack() throws IOException {
    jar = folder.resolve("sample.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(CLASSES)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        String name = CLASSES.relativize(file).toString().replace(File.separatorChar, '/');
        out.putNextEntry(new JarEntry(name));
        out.write(Files.readAllBytes(file));
      }
    }
    write("a", 3, 4, 0, 2);
    write("b", 6, 8, 5, 0);
    write("c", 1, 1, 1, 1);
  }

  @Test
  void aMethodIsFoundByName() throws Exception {
    // Rows of a are 5 and 2 long, those of b 10 and 5.
    assertThat(run("merge", "--method", "row-lengths", "a", "b", "-o", "out")).isEmpty();
    assertThat(read("out")).containsExactly(6, 8, 0, 5);
  }

  @Test
  void aRecipeNamesIt() throws Exception {
    Files.writeString(
        folder.resolve("recipe.yaml"),
        """
        mokume: 1
        models: {x: a.safetensors, y: b.safetensors, base: c.safetensors}
        output:
          all: {plugin: {name: larger_change, a: x, b: y, base: base, matched: false}}
        """);
    // The changes are 2, 3, -1, 1 and 5, 7, 4, -1.
    assertThat(run("merge", "recipe.yaml", "-o", "out")).isEmpty();
    assertThat(read("out")).containsExactly(6, 8, 5, 2);
  }

  @Test
  void theStatisticsAreMeasured() throws Exception {
    // |2| + |3| + |-1| + |1| = 7 and 5 + 7 + 4 + 1 = 17: b's changes are scaled by 7/17.
    assertThat(run("merge", "--method", "larger_change", "a", "b", "--base", "c", "-o", "out"))
        .isEmpty();
    float scale = (float) (7.0 / 17);
    assertThat(read("out")).containsExactly(1 + scale * 5, 1 + 3, 1 + scale * 4, 1 + 1);
  }

  @Test
  void withoutTheJarThereIsNoSuchMethod() throws Exception {
    jar = folder.resolve("none.jar");
    assertThat(run("merge", "--method", "row-lengths", "a", "b", "-o", "out"))
        .isEqualTo("mokume: the plugin none.jar does not exist or cannot be read.");
  }

  /// Runs the command in the folder; returns what it complained about.
  private String run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(Path::of)
            .filter(path -> !path.toAbsolutePath().equals(CLASSES.toAbsolutePath()))
            .map(path -> path.toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator)));
    command.add("dev.mokume.cli.Main");
    for (String argument : arguments) {
      command.add(
          Files.exists(folder.resolve(argument + ".safetensors")) || argument.equals("out")
              ? argument + ".safetensors"
              : argument);
    }
    command.addAll(List.of("--plugins", jar.getFileName().toString()));
    Path complaints = folder.resolve("complaints");
    new ProcessBuilder(command)
        .directory(folder.toFile())
        .redirectError(complaints.toFile())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return Files.readString(complaints)
        .lines()
        .filter(line -> line.startsWith("mokume: "))
        .collect(Collectors.joining("\n"));
  }

  /// A checkpoint of one 2 x 2 matrix.
  private void write(String name, float... values) throws IOException {
    byte[] header =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}       "
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    for (float value : values) {
      file.putFloat(value);
    }
    Files.write(folder.resolve(name + ".safetensors"), file.array());
  }

  private float[] read(String name) throws IOException {
    byte[] file = Files.readAllBytes(folder.resolve(name + ".safetensors"));
    ByteBuffer values = ByteBuffer.wrap(file, file.length - 16, 16).order(ByteOrder.LITTLE_ENDIAN);
    float[] read = new float[4];
    for (int i = 0; i < read.length; i++) {
      read[i] = values.getFloat();
    }
    return read;
  }
}
