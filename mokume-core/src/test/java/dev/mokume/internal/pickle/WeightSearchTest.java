package dev.mokume.internal.pickle;

import static dev.mokume.internal.pickle.TorchFiles.floats;
import static dev.mokume.internal.pickle.TorchFiles.littleEndian;
import static dev.mokume.internal.pickle.TorchFiles.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Note;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import org.junit.jupiter.api.Test;

/// Where in a file the weights are looked for, and what is told about it.
class WeightSearchTest {
  /// An archive of that pickle and of storages 0, 1 and 2, of one float each: 0, 1 and 2.
  private static Checkpoint file(PickleBytes pickle) {
    return open(
        "m.ckpt",
        new TestArchive()
            .stored("m/data.pkl", pickle.stop())
            .stored("m/data/0", littleEndian(0))
            .stored("m/data/1", littleEndian(1))
            .stored("m/data/2", littleEndian(2))
            .bytes());
  }

  /// A dict `{name: {"w": float of that storage}}`, or another entry of one.
  private static PickleBytes holder(PickleBytes pickle, String name, String storage) {
    return pickle.text(name).op("}").text("w").floats(storage, 1).op("ss");
  }

  private static String note(Checkpoint checkpoint) {
    assertThat(checkpoint.notes()).hasSize(1);
    return checkpoint.notes().getFirst().text();
  }

  private static void assertRefused(PickleBytes pickle, String message) {
    assertThatThrownBy(() -> file(pickle).close())
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CHECKPOINT))
        .hasMessage(message);
  }

  @Test
  void ofSeveralHoldersTheDocumentedOrderDecides() {
    PickleBytes pickle = PickleBytes.pickle().op("}");
    holder(pickle, "model", "0");
    holder(pickle, "params", "1");
    holder(pickle, "params_ema", "2");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(2);
      assertThat(note(checkpoint))
          .isEqualTo(
              "m.ckpt: its weights are what lies in 'params_ema'; not read are 1 tensor in 'model',"
                  + " 1 tensor in 'params'.");
    }
  }

  @Test
  void aHolderMayLieInAnother() {
    PickleBytes pickle = PickleBytes.pickle().op("}").text("ema").op("}");
    holder(pickle, "module", "1").op("s");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(1);
      assertThat(note(checkpoint)).isEqualTo("m.ckpt: its weights are what lies in 'ema.module'.");
    }
  }

  @Test
  void theOnlyDictWithTensorsIsMeantWhateverItsName() {
    PickleBytes pickle = PickleBytes.pickle().op("}").text("epoch").number(3).op("s");
    holder(pickle, "string_to_param", "1");
    holder(pickle, "optimizer_state", "2");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(1);
    }
  }

  @Test
  void ofSeveralDictsWithNamesOfTheirOwnNoneIsSure() {
    PickleBytes pickle = PickleBytes.pickle().op("}");
    holder(pickle, "left", "0");
    holder(pickle, "right", "1");
    assertRefused(
        pickle,
        "m.ckpt: holds tensors in 2 dicts, 'left', 'right', and it cannot be told which of them are"
            + " the weights. Save the one that is meant in a file of its own.");
  }

  @Test
  void aPrefixThatAllNamesHaveIsLeftOut() {
    PickleBytes pickle =
        PickleBytes.pickle()
            .op("}(")
            .text("module._orig_mod.a")
            .floats("0", 1)
            .text("module._orig_mod.b")
            .floats("1", 1)
            .op("u");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("a", "b");
      assertThat(checkpoint.tensors().get("b").name()).isEqualTo("b");
      assertThat(note(checkpoint))
          .isEqualTo("m.ckpt: the prefix 'module._orig_mod.' of all its names is left out.");
    }
  }

  @Test
  void aPrefixThatSomeNamesHaveStays() {
    PickleBytes pickle =
        PickleBytes.pickle()
            .op("}(")
            .text("module.a")
            .floats("0", 1)
            .text("b")
            .floats("1", 1)
            .op("u");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("module.a", "b");
      assertThat(checkpoint.notes()).isEmpty();
    }
  }

  @Test
  void tensorsThatLieDeeperAmongTheWeightsAreTold() {
    PickleBytes pickle = PickleBytes.pickle().op("}").text("w").floats("0", 1).op("s");
    holder(pickle, "packed", "1");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(checkpoint.tensors()).containsOnlyKeys("w");
      assertThat(checkpoint.notes())
          .containsExactly(
              new Note(
                  Note.Kind.SKIPPED,
                  "m.ckpt: 1 tensor is not read because of lying deeper within 'packed'."));
    }
  }

  @Test
  void aDictThatHoldsItselfIsWalkedOnce() {
    PickleBytes pickle =
        PickleBytes.pickle()
            .op("}q\0")
            .text("model")
            .op("h\0s")
            .text("state_dict")
            .op("}")
            .text("me")
            .op("h\0s")
            .text("w")
            .floats("1", 1)
            .op("ss");
    try (Checkpoint checkpoint = file(pickle)) {
      assertThat(floats(checkpoint.tensors().get("w"))).containsExactly(1);
    }
  }

  @Test
  void noTensorsAtAll() {
    assertRefused(
        PickleBytes.pickle().op("}").text("epoch").number(3).op("s"),
        "m.ckpt: holds no weights: what it has pickled is no dict of tensors, nor does it hold one"
            + " where training programs put it.");
  }

  @Test
  void aTensorWithoutAName() {
    assertRefused(
        PickleBytes.pickle().floats("0", 1),
        "m.ckpt: holds one tensor without a name, but a checkpoint is a dict of tensors; save it in"
            + " one, as in torch.save({\"name\": tensor}, file).");
  }

  @Test
  void aTensorUnderANumber() {
    assertThatThrownBy(() -> file(PickleBytes.pickle().op("}").number(7).floats("0", 1).op("s")))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "m.ckpt: has 1 tensor under keys that are no names: the file is damaged, or no"
                + " checkpoint.");
  }
}
