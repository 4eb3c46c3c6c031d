package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.TorchFiles.floats;
import static dev.mokume.internal.pickle.TorchFiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.Note;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a file asks Python to call is told and never done.
class ForeignNameTest {
  private static final String NEVER =
      " Mokume loads and calls nothing that a file names. Do not use this file unless you trust"
          + " where it comes from.";

  private static void assertRefused(String name, byte[] bytes, String message) {
    assertThatThrownBy(() -> open(name, bytes).close())
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CHECKPOINT))
        .hasMessage(message);
  }

  /// What the hostile files would leave behind.
  @AfterEach
  void nothingWasCalled() {
    assertThat(Files.exists(Path.of("mokume-was-here"))).isFalse();
    assertThat(ProcessHandle.current().children()).isEmpty();
  }

  @Test
  void aFileThatIsNothingButACall() {
    assertRefused(
        "hostile-top.ckpt",
        TorchFiles.bytes("hostile-top.ckpt"),
        "hostile-top.ckpt: holds no weights, but asks for 'posix.system'." + NEVER);
    assertRefused(
        "hostile-plain.pkl",
        TorchFiles.bytes("hostile-plain.pkl"),
        "hostile-plain.pkl: holds no weights, but asks for '__builtin__.eval'." + NEVER);
  }

  @Test
  void aCallBesideTheWeights() {
    Path path = TorchFiles.path("hostile-reduce.ckpt");
    try (Checkpoint checkpoint = Checkpoints.open(path)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("w");
      assertThat(floats(checkpoint.tensors().get("w"))).hasSize(4);
      assertThat(checkpoint.notes())
          .containsExactly(
              new Note(Note.Kind.READING, path + ": its weights are what lies in 'state_dict'."),
              new Note(
                  Note.Kind.SKIPPED,
                  path
                      + ": beside its weights it asks for 'posix.system', which no weight needs."
                      + " Mokume loads and calls nothing that a file names; the weights are read"
                      + " without it."));
      assertThat(checkpoint.notes().getLast().problem().message())
          .endsWith("the weights are read without it. A strict run refuses that.");
    }
  }

  @Test
  void aCallAmongTheWeights() {
    assertRefused(
        "m.pkl",
        PickleBytes.pickle()
            .op("}(")
            .text("w")
            .floats("0", 1)
            .text("x")
            .op("]")
            .call("os", "system", "id")
            .op("au")
            .stop(),
        "m.pkl: 'x' among its weights asks for 'os.system', which no weight needs." + NEVER);
  }

  @Test
  void aTensorThatIsMadeByACall() {
    assertRefused(
        "m.pkl",
        PickleBytes.pickle()
            .op("}")
            .text("w")
            .global("torch._utils", "_rebuild_tensor_v2")
            .op("(")
            .call("builtins", "exec", "pass")
            .op("tRs")
            .stop(),
        "m.pkl: 'w' among its weights asks for 'builtins.exec', which no weight needs." + NEVER);
  }

  @Test
  void aNameThatIsPutTogetherFromTexts() {
    assertRefused(
        "m.pkl",
        PickleBytes.pickle()
            .text("builtins")
            .text("getattr")
            .op(0x93)
            .text("os")
            .op(0x85)
            .op("R")
            .text("system")
            .op(0x85)
            .op("R")
            .stop(),
        "m.pkl: holds no weights, but asks for 'builtins.getattr'." + NEVER);
  }

  @Test
  void opcodesThatOnlyHandMadePicklesHave() {
    assertRefused(
        "m.pkl",
        "cos\nsystem\n(S'id'\ntR.".getBytes(java.nio.charset.StandardCharsets.ISO_8859_1),
        "m.pkl: the pickle uses the opcode STRING at byte 12, which only the oldest protocols have"
            + " and no tool saves weights with, and asks for 'os.system'."
            + NEVER);
    assertRefused(
        "m.pkl",
        PickleBytes.pickle().op("(").text("id").op("ios\nsystem\n").stop(),
        "m.pkl: the pickle uses the opcode INST at byte 10, which only the oldest protocols have"
            + " and no tool saves weights with."
            + NEVER);
  }

  @Test
  void opcodesThatReachOutOfTheFile() {
    assertRefused(
        "m.pkl",
        PickleBytes.pickle().op(0x82, 1).stop(),
        "m.pkl: the pickle uses the opcode EXT1 at byte 2, which stands for something outside of"
            + " the file."
            + NEVER);
    assertRefused(
        "m.pkl",
        PickleBytes.pickle().op(0x97).stop(),
        "m.pkl: the pickle uses the opcode NEXT_BUFFER at byte 2, which stands for something"
            + " outside of the file."
            + NEVER);
  }

  @Test
  void namesAreMadeSafeForATerminal() {
    assertRefused(
        "m.pkl",
        PickleBytes.pickle().global("\u001b[2J", "x").stop(),
        "m.pkl: holds no weights, but asks for '\\u001b[2J.x'." + NEVER);
  }
}
