package dev.mokume.recipe.comfyui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFoldersTest {
  @TempDir private Path root;

  private Path file(String path) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, "");
  }

  @Test
  void findsFilesInSubFoldersByEitherSlash() throws IOException {
    Path file = file("checkpoints/sdxl/photo.safetensors");
    ModelFolders folders = ModelFolders.of(root);

    assertThat(folders.find(ModelFolder.CHECKPOINTS, "sdxl/photo.safetensors")).contains(file);
    assertThat(folders.find(ModelFolder.CHECKPOINTS, "sdxl\\photo.safetensors")).contains(file);
    assertThat(folders.find(ModelFolder.VAE, "sdxl/photo.safetensors")).isEmpty();
  }

  @Test
  void takesComfyUisOwnFolderAndAFlatOne() throws IOException {
    Path installed = file("models/vae/v.safetensors");
    Path loose = file("loose.safetensors");
    ModelFolders folders = ModelFolders.of(root);

    assertThat(folders.find(ModelFolder.VAE, "v.safetensors")).contains(installed);
    assertThat(folders.find(ModelFolder.CHECKPOINTS, "loose.safetensors")).contains(loose);
  }

  @Test
  void knowsTheOlderNamesOfFolders() throws IOException {
    Path unet = file("unet/flux.safetensors");
    Path clip = file("clip/t5.safetensors");
    ModelFolders folders = ModelFolders.of(root);

    assertThat(folders.find(ModelFolder.DIFFUSION_MODELS, "flux.safetensors")).contains(unet);
    assertThat(folders.find(ModelFolder.TEXT_ENCODERS, "t5.safetensors")).contains(clip);
  }

  @Test
  void readsExtraModelPaths() throws IOException {
    Path webui = file("webui/models/Stable-diffusion/old.safetensors");
    Path second = file("webui/more/second.safetensors");
    Path own = file("models/checkpoints/same.safetensors");
    Path theirs = file("webui/models/Stable-diffusion/same.safetensors");
    Path yaml = root.resolve("models").resolve(ModelFolders.EXTRA_PATHS);
    String text =
        """
        a111:
          base_path: %s/
          %s
          checkpoints: |
            models/Stable-diffusion
            more
          unknown_kind: whatever
        """;
    Files.writeString(yaml, text.formatted(root.resolve("webui"), ""));
    ModelFolders folders = ModelFolders.of(root.resolve("models"));
    assertThat(folders.find(ModelFolder.CHECKPOINTS, "old.safetensors")).contains(webui);
    assertThat(folders.find(ModelFolder.CHECKPOINTS, "second.safetensors")).contains(second);
    assertThat(folders.find(ModelFolder.CHECKPOINTS, "same.safetensors")).contains(own);

    Files.writeString(yaml, text.formatted(root.resolve("webui"), "is_default: true"));
    assertThat(
            ModelFolders.of(root.resolve("models"))
                .find(ModelFolder.CHECKPOINTS, "same.safetensors"))
        .contains(theirs);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../secret.safetensors", "a/../../secret.safetensors", "/etc/passwd", "C:\\x", ""})
  void neverLeadsOutOfTheFolders(String name) throws IOException {
    file("secret.safetensors");
    Files.createDirectories(root.resolve("models/checkpoints"));

    assertThat(ModelFolders.staysInside(name)).isFalse();
    assertThat(ModelFolders.of(root.resolve("models")).find(ModelFolder.CHECKPOINTS, name))
        .isEmpty();
  }

  @Test
  void aFolderThatIsNotThereIsToldOf() {
    Path missing = root.resolve("none");

    assertThatThrownBy(() -> ModelFolders.of(missing))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "the models folder %s does not exist; name ComfyUI's models folder, or one like it, with --models DIR."
                .formatted(missing));
  }

  @Test
  void aBrokenFileOfPathsIsToldOf() throws IOException {
    Path yaml = Files.writeString(root.resolve(ModelFolders.EXTRA_PATHS), "a: [1");

    assertThatThrownBy(() -> ModelFolders.of(root))
        .isInstanceOf(MokumeException.class)
        .hasMessageStartingWith(yaml + " is not YAML that ComfyUI reads (");
  }
}
