package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The script `mokume` in a tree that looks built, with a `java` that says what it was called with.
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher is a shell script")
class LauncherTest {
  private static final String VECTOR = "--add-modules=jdk.incubator.vector";

  @TempDir private Path folder;

  @BeforeEach
  void pretend() throws IOException {
    Path home = Files.createDirectories(folder.resolve("home")).toRealPath();
    Path jdk = Files.createDirectories(home.resolve("jdk/bin")).getParent();
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
    for (String program : List.of("java", "javac")) {
      Path file = Files.writeString(jdk.resolve("bin/" + program), "#!/bin/sh\necho \"$@\"\n");
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    Files.copy(Path.of("../mokume"), home.resolve("mokume"));
    Path built = Files.createDirectories(home.resolve("mokume-cli/target"));
    Files.createFile(built.resolve("built.stamp"));
    Files.writeString(built.resolve("trained.stamp"), home + "\n" + jdk + "\n");
  }

  private String called(String arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("sh", folder.resolve("home/mokume").toString()));
    command.addAll(Arrays.asList(arguments.split(" ")));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", folder.resolve("home/jdk").toString());
    builder.environment().remove("MOKUME_JAVA_OPTIONS");
    Process process = builder.redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said.strip()).endsWith(arguments);
    return said;
  }

  private void file(String name, long size) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(folder.resolve(name).toFile(), "rw")) {
      file.setLength(size);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora inspect large.safetensors",
        "lora apply large.safetensors small.safetensors=0.5 --dry-run",
        "lora apply small.safetensors small.safetensors=0.5 -o out",
        "lora merge small.safetensors=0.5 small.safetensors=-1 -o out",
        "lora resize small.safetensors --rank 4 -o out",
        "lora extract small.safetensors small.safetensors -o out",
        "lora apply",
        "lora resize --help",
      })
  void shortWorkOnLorasDoesWithoutTheVectorModule(String arguments) throws Exception {
    file("small.safetensors", 1_000_000);
    file("large.safetensors", 20_000_000_000L);

    assertThat(called(arguments)).doesNotContain(VECTOR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lora apply model.safetensors lora.safetensors=0.5 -o out",
        "lora merge lora.safetensors=0.5 lora.safetensors=-1 -o out",
        "lora resize lora.safetensors --rank 4 -o out",
        "lora extract model.safetensors model.safetensors -o out",
        "lora resize https://example.org/lora.safetensors --rank 4 -o out",
      })
  void muchWorkOnLorasHasTheVectorModule(String arguments) throws Exception {
    file("lora.safetensors", 20_000_000);
    file("model.safetensors", 50_000_000);

    assertThat(called(arguments)).contains(VECTOR, "lora");
  }

  @Test
  void otherShortWorkDoesWithoutItToo() throws Exception {
    file("m.safetensors", 1);

    assertThat(called("inspect m.safetensors")).doesNotContain(VECTOR);
    assertThat(called("merge --method lerp m.safetensors m.safetensors -o out"))
        .doesNotContain(VECTOR);
  }
}
