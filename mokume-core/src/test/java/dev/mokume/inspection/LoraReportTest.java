package dev.mokume.inspection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraReportTest {
  @TempDir Path folder;

  private LoraReport report(SmallCheckpoint lora) {
    try (Checkpoint opened = Checkpoints.open(lora.write(file()))) {
      return LoraReport.of(opened);
    }
  }

  private Path file() {
    return folder.resolve("lora.safetensors");
  }

  private static SmallCheckpoint lora() {
    return new SmallCheckpoint()
        .with("lora_unet_a.alpha", Shape.of(), 2)
        .with("lora_unet_a.lora_down.weight", Shape.of(1, 3), 1, 2, 3)
        .with("lora_unet_a.lora_up.weight", Shape.of(2, 1), 1, 2)
        .with("lora_unet_b.lora_up.weight", Shape.of(2, 1), 1, 2);
  }

  @Test
  void tagsAreSummedOverDataSetsAndTheMostFrequentComeFirst() {
    LoraReport report =
        report(
            lora()
                .withMetadata(
                    "ss_tag_frequency",
                    """
                    {"one": {"cat": 3, "dog": 5, "odd": "x"}, "no set": 7, "list": [1, {"cat": 9}],
                     "two": {"cat": 4, "bird": 7}}\
                    """));
    assertThat(report.tags(10)).isEqualTo("cat, bird, dog");
    assertThat(report.tags(1)).isEqualTo("cat");
    assertThat(report.tags(0)).isEmpty();
    assertThat(report.tags(-1)).isEmpty();
  }

  @Test
  void aFileThatDoesNotSayHasNoTags() {
    assertThat(report(lora()).tags(10)).isEmpty();
  }

  @Test
  void tagsThatCannotBeReadAreRefusedAndTheRestIsTold() {
    for (String text : new String[] {"{\"a\": {", "[".repeat(1000), "{\"a\": {\"b\": 1e}}"}) {
      LoraReport report = report(lora().withMetadata("ss_tag_frequency", text));
      assertThatThrownBy(() -> report.tags(10))
          .isInstanceOf(MokumeException.class)
          .message()
          .startsWith(file() + ": the metadata entry 'ss_tag_frequency' is not ")
          .endsWith("so its tags cannot be told. Its size and details can.");
      assertThat(report.size()).startsWith("Key Count: 4\nParameters: 8\n");
    }
  }

  @Test
  void sizeTellsTheSignatureAndWhatTheTrainingNoted() {
    LoraReport report =
        report(
            lora()
                .withMetadata("ss_steps", "100")
                .withMetadata("ss_epoch", "1\u001b[31m")
                .withMetadata("modelspec.title", "x"));
    assertThat(report.size())
        .isEqualTo(
            """
            Key Count: 4
            Parameters: 8
            dm_filename: %s
            dm_filesize: %s
            unet: {'alpha': [0], 'down': [1], 'up': [2]}
            ss_epoch: 1\\u001b[31m
            ss_steps: 100
            """
                .formatted(file(), report.bytes()));
  }

  @Test
  void detailsAreJsonInAscii() {
    LoraReport report = report(lora().withMetadata("note", "\"ü\"\n\\\u0001\u007f"));
    assertThat(report.details())
        .isEqualTo(
            "{\"format\": \"pt\", \"note\": \"\\\"\\u00fc\\\"\\n\\\\\\u0001\u007f\","
                + " \"dm_filename\": \""
                + file()
                + "\", \"dm_filesize\": "
                + report.bytes()
                + ", \"dm_signature\": {\"unet\": {\"alpha\": [0], \"down\": [1], \"up\": [2]}}}");
  }
}
