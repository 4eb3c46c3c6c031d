package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergekitCommandTest {
  private static final String FIRST = "model.layers.0.self_attn.q_proj.weight";
  private static final String SECOND = "model.layers.1.self_attn.q_proj.weight";

  @TempDir private Path folder;

  @BeforeEach
  void writeModels() throws IOException {
    model("a", 1);
    model("b", 5);
  }

  private void model(String name, float value) throws IOException {
    Path model = Files.createDirectories(folder.resolve(name));
    new TinyCheckpoint()
        .with("model.embed_tokens.weight", List.of(2, 2), value, value, value, value)
        .with(FIRST, List.of(2, 2), value, value, value, value)
        .with(SECOND, List.of(2, 2), value, 0, value, 2 * value)
        .with("model.norm.weight", value, value)
        .write(model.resolve("model.safetensors"));
    Files.writeString(model.resolve("config.json"), "{\"num_hidden_layers\": 2}");
  }

  private Path config(String text) throws IOException {
    return Files.writeString(folder.resolve("config.yml"), text);
  }

  private float first(String output, String tensor) {
    return TinyCheckpoint.read(folder.resolve(output).resolve("model.safetensors"), tensor)[0];
  }

  @Test
  void takesMergekitsFlagsAndSaysWhichItIgnores() throws IOException {
    Path config =
        config(
            """
            models:
              - model: a
                parameters: {weight: 1}
              - model: b
                parameters: {weight: 1}
            merge_method: linear
            """);

    Run run =
        Run.of(
            "mergekit-yaml",
            config,
            folder.resolve("out"),
            "--cuda",
            "--lazy-unpickle",
            "--trust-remote-code",
            "--out-shard-size",
            "1B",
            "--no-copy-tokenizer");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err())
        .startsWith(
            """
            note: --cuda is ignored: Mokume computes on the CPU.
            note: --lazy-unpickle is ignored: weights are always read a tile at a time.
            note: --trust-remote-code is ignored: no code of a model is run.
            """);
    assertThat(run.out())
        .startsWith("wrote " + folder.resolve("out").resolve("model.safetensors") + ": ");
    assertThat(first("out", FIRST)).isEqualTo(3);
  }

  /// Many published configs have a name, which says nothing about where the result goes.
  @Test
  void aConfigAloneGoesWhereItIsToldTo() throws IOException {
    Path config =
        config(
            """
            name: mean
            models:
              - model: a
                parameters: {weight: 1}
              - model: b
                parameters: {weight: 1}
            merge_method: linear
            """);

    assertThat(Run.of("mergekit", config).err())
        .isEqualTo(
            "mokume mergekit: say which folder to write: mokume mergekit CONFIG.yml OUT\n"
                + "Try 'mokume mergekit --help'.\n");
    Run run = Run.of("mergekit", config, folder.resolve("out"), "--no-fsync");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(first("out", FIRST)).isEqualTo(3);
    assertThat(folder.resolve("out-stages")).doesNotExist();
  }

  @Test
  void runsConfigsThatUseEachOther() throws IOException {
    Path config =
        config(
            """
            name: mean
            models:
              - model: a
                parameters: {weight: 1}
              - model: b
                parameters: {weight: 1}
            merge_method: linear
            ---
            slices:
              - sources: [{model: a, layer_range: [0, 2]}]
              - sources: [{model: mean, layer_range: [0, 1]}]
            merge_method: passthrough
            """);

    Path recording = folder.resolve("merge.jfr");
    Run recorded =
        Run.of("mergekit", config, folder.resolve("out"), "--recording", recording, "--no-fsync");
    assertThat(recorded.code()).isEqualTo(3);
    assertThat(recorded.err())
        .isEqualTo(
            "mokume: --recording keeps that of one merge, but "
                + config
                + " asks for 2; give --profile, which tells of each.\n");

    Run run = Run.of("mergekit-multi", config, "--out-path", folder.resolve("out"), "--no-fsync");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(first("out-stages/mean", FIRST)).isEqualTo(3);
    assertThat(first("out", "model.layers.2.self_attn.q_proj.weight")).isEqualTo(3);
    assertThat(Files.readString(folder.resolve("out/config.json")))
        .contains("\"num_hidden_layers\" : 3");

    Run again = Run.of("mergekit", config, folder.resolve("out"), "--force", "--no-fsync");
    assertThat(again.code()).isZero();
    assertThat(again.err())
        .startsWith(
            "note: "
                + folder.resolve("out-stages/mean")
                + " is there already and is not made again.");
  }

  @Test
  void printsTheRecipeThatDoesTheSame() throws IOException {
    Path config =
        config(
            """
            models:
              - model: a
            merge_method: passthrough
            parameters: {scale: 2}
            """);

    Run run = Run.of("mergekit", config, "--as-recipe");

    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("mokume: 1\nmodels:\n  a: ");
  }

  @Test
  void replacesAFolderOnlyWithForce() throws IOException {
    Path config =
        config(
            """
            models:
              - model: a
            merge_method: passthrough
            """);
    Run.of("mergekit", config, folder.resolve("out"), "--no-fsync");

    Run run = Run.of("mergekit", config, folder.resolve("out"), "--no-fsync");

    assertThat(run.code()).isNotZero();
    assertThat(run.err())
        .contains(
            folder.resolve("out").resolve("model.safetensors")
                + ": exists already; choose another folder, or allow what is in this one to be"
                + " replaced with --force.");
  }

  @Test
  void mixesArchitecturesOnlyIfAllowed() throws IOException {
    for (String name : List.of("a", "b")) {
      Files.writeString(
          folder.resolve(name).resolve("config.json"),
          "{\"architectures\": [\"%sForCausalLM\"], \"model_type\": \"%s\"}".formatted(name, name));
    }
    Path config =
        config(
            """
            models:
              - model: a
              - model: b
            merge_method: linear
            parameters: {weight: 1}
            """);

    Run refused = Run.of("mergekit", config, folder.resolve("out"), "--no-fsync");
    Run allowed = Run.of("mergekit", config, folder.resolve("out"), "--no-fsync", "--allow-crimes");

    assertThat(refused.code()).isNotZero();
    assertThat(refused.err())
        .contains(
            config
                + ": a is aForCausalLM, but b is bForCausalLM. Merge models of one architecture, or"
                + " allow others with --allow-crimes: what has the same names and shapes is merged"
                + " then.");
    assertThat(allowed.code()).as(allowed.err()).isZero();
    assertThat(first("out", FIRST)).isEqualTo(3);
  }

  @Test
  void refusesASizeThatIsNone() throws IOException {
    Path config = config("models: [{model: a}]\nmerge_method: passthrough\n");

    Run run = Run.of("mergekit", config, folder.resolve("out"), "--out-shard-size", "many");

    assertThat(run.err())
        .contains(
            "--out-shard-size: 'many' is not a size; write 5B for five billion bytes, 500M, 100K.");
  }

  @Test
  void mergesTensorsOfAnyKind() throws IOException {
    new TinyCheckpoint().with("x", 1, 1).with("y", 2, 2).write(folder.resolve("a.safetensors"));
    new TinyCheckpoint().with("x", 3, 3).write(folder.resolve("b.safetensors"));
    Path config =
        config(
            """
            models:
              - model: a.safetensors
              - model: b.safetensors
            merge_method: linear
            parameters: {weight: 1}
            """);

    Run union =
        Run.of("mergekit-pytorch", config, folder.resolve("out"), "-u", "--no-fsync", "--cuda");
    Run common =
        Run.of("mergekit-pytorch", config, folder.resolve("ab.safetensors"), "-i", "--no-fsync");
    Run both = Run.of("mergekit-pytorch", config, folder.resolve("out"), "-u", "-i");

    assertThat(union.code()).as(union.err()).isZero();
    assertThat(union.err()).startsWith("note: --cuda is ignored: Mokume computes on the CPU.\n");
    assertThat(first("out", "x")).isEqualTo(2);
    assertThat(first("out", "y")).isEqualTo(2);
    assertThat(common.code()).as(common.err()).isZero();
    assertThat(TinyCheckpoint.read(folder.resolve("ab.safetensors"), "x")[0]).isEqualTo(2);
    assertThat(both.err())
        .contains(
            "--tensor-intersection and --tensor-union say different things of what not all models"
                + " have; give one of them.");
  }

  @Test
  void extractsAnAdapterAsMergekitsProgramDoes() throws IOException {
    Path out = folder.resolve("lora");

    Run run =
        Run.of(
            "mergekit-extract-lora",
            "--model",
            folder.resolve("b"),
            "--base-model",
            folder.resolve("a"),
            "--out-path",
            out,
            "--max-rank",
            "1",
            "--exclude-regex",
            "layers\\.1\\.",
            "--device",
            "cpu");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.err()).startsWith("note: --device is ignored: Mokume computes on the CPU.\n");
    assertThat(Files.readString(out.resolve("adapter_config.json")))
        .contains(
            "\"base_model_name_or_path\" : \"" + folder.resolve("a") + "\"",
            "\"fan_in_fan_out\" : false",
            "\"peft_type\" : \"LORA\"",
            "\"target_modules\" : [ \"model.layers.0.self_attn.q_proj\" ]");
    Path weights = out.resolve("adapter_model.safetensors");
    for (String factor : List.of("lora_A", "lora_B")) {
      assertThat(
              TinyCheckpoint.read(
                  weights,
                  "base_model.model.model.layers.0.self_attn.q_proj." + factor + ".weight"))
          .isNotEmpty();
    }
  }
}
