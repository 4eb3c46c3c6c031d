package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.RangeServer;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.inspection.AdapterReport;
import dev.mokume.lora.Adapter;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RecombinationOptions;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.lowrank.WeightedLora;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// LoRAs, and the models that they are made of, at addresses.
class HttpLoraTest {
  private static final String LAYER = "model.layers.0.self_attn.q_proj";

  @TempDir Path folder;

  private RangeServer server;

  @BeforeEach
  void open() {
    server = new RangeServer();
  }

  @AfterEach
  void close() {
    server.close();
  }

  private Path served(String name, SmallCheckpoint checkpoint) throws IOException {
    Path file = checkpoint.write(folder.resolve("local-" + name));
    server.file("/" + name, Files.readAllBytes(file));
    return Checkpoints.place(server.origin() + "/" + name);
  }

  /// A change of [[3, 6], [4, 8]] times alpha, of rank 1.
  private Path adapter() throws IOException {
    return served(
        "adapter_model.safetensors",
        new SmallCheckpoint()
            .with("base_model.model." + LAYER + ".lora_B.weight", Shape.of(2, 1), 3, 4)
            .with("base_model.model." + LAYER + ".lora_A.weight", Shape.of(1, 2), 1, 2));
  }

  private static SmallCheckpoint model(float... values) {
    return new SmallCheckpoint()
        .with(LAYER + ".weight", Shape.of(2, 2), values)
        .with("model.layers.0.self_attn.k_proj.weight", Shape.of(2, 2), 1, 2, 3, 4)
        .with("model.layers.0.mlp.down_proj.weight", Shape.of(2, 2), 1, 2, 3, 4)
        .with("model.embed_tokens.weight", Shape.of(2, 2), 1, 2, 3, 4)
        .with("model.norm.weight", 1, 1);
  }

  private float[] applied(Path adapter) {
    SmallMerge merge = new SmallMerge(folder).model("a", model(0, 0, 0, 1));
    Weights with = new Weights.Adapted(SmallMerge.A, adapter, new Ratio.Constant(1), true);
    return merge.merge(SmallMerge.only(Component.LM, with)).values(LAYER + ".weight");
  }

  private static RunSettings settings() {
    return new RunSettings(
        1,
        64 << 20,
        true,
        AtomicFileOutput.Options.defaults().durable(false),
        () -> false,
        (_, _) -> {});
  }

  @Test
  void theConfigBesideAnAdapterIsAskedFor() throws IOException {
    Path adapter = adapter();
    server.file(
        "/adapter_config.json", "{\"lora_alpha\": 0.5, \"r\": 1}".getBytes(StandardCharsets.UTF_8));

    assertThat(applied(adapter)).containsExactly(1.5f, 3, 2, 5);
    try (Adapter opened = Adapter.open(adapter)) {
      assertThat(AdapterReport.of(opened).parts()).hasSize(1);
    }
  }

  @Test
  void anAdapterMayHaveNoConfig() throws IOException {
    assertThat(applied(adapter())).containsExactly(3, 6, 4, 9);
  }

  @Test
  void aConfigThatIsNotGivenIsNotGuessed() throws IOException {
    Path adapter = adapter();
    server.behave(request ->
        request.path().endsWith(".json")
            ? Optional.of("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            : Optional.empty());

    assertThatThrownBy(() -> applied(adapter))
        .isInstanceOf(MokumeException.class)
        .hasMessageStartingWith(
            server.origin()
                + "/adapter_config.json: the server answers 403: the file is for those who may see"
                + " it.");
  }

  @Test
  void oneIsMadeOfOthers() throws IOException {
    Path lora =
        served(
            "a.safetensors",
            new SmallCheckpoint()
                .with("lora_unet_x.lora_up.weight", Shape.of(2, 1), 3, 4)
                .with("lora_unet_x.lora_down.weight", Shape.of(1, 2), 1, 2));
    Path out = folder.resolve("out.safetensors");

    Mokume.recombineLoras(
        List.of(new WeightedLora(lora, 0.5), new WeightedLora(lora, 0.25)),
        out,
        new RecombinationOptions(RecombinationOptions.Way.SUM, Optional.empty(), Optional.empty()),
        settings());

    assertThat(SmallCheckpoint.read(out).spec("lora_unet_x.lora_up.weight").shape())
        .isEqualTo(Shape.of(2, 2));
  }

  @Test
  void oneIsMadeOfTwoModels() throws IOException {
    Path out = folder.resolve("lora.safetensors");

    Mokume.extractLora(
        served("tuned.safetensors", model(3, 6, 4, 9)),
        served("base.safetensors", model(0, 0, 0, 1)),
        out,
        ExtractionOptions.ofRank(new RankChoice.Fixed(1))
            .withNames(FactorNames.PEFT)
            .withDtype(DType.F32),
        settings());

    SmallMerge merge = new SmallMerge(folder).model("a", model(0, 0, 0, 0));
    Weights with = new Weights.Adapted(SmallMerge.A, out, new Ratio.Constant(1), true);
    float[] difference = merge.merge(SmallMerge.only(Component.LM, with)).values(LAYER + ".weight");
    assertThat(difference[1]).isCloseTo(6, within(1e-5f));
    assertThat(difference[3]).isCloseTo(8, within(1e-5f));
  }
}
