package dev.mokume.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.MaskFile.Form;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MaskFileTest {
  @TempDir Path folder;

  private Path write(SmallCheckpoint mask) {
    return mask.write(folder.resolve("mask.safetensors"));
  }

  private static SmallCheckpoint packed(String shapes, int bytes) {
    return new SmallCheckpoint()
        .withBytes("w", DType.U8, Shape.of(bytes), new byte[bytes])
        .withMetadata(MaskFile.SHAPES, shapes);
  }

  private static StoredTensor w(MaskFile mask) {
    return mask.bits("w").orElseThrow();
  }

  @Test
  void itsOwnFilesHoldEightElementsAByte() {
    try (Checkpoint checkpoint = Checkpoints.open(write(packed("{\"w\":[3,3]}", 2)))) {
      MaskFile mask = MaskFile.of(checkpoint);
      assertThat(mask.form(w(mask))).isEqualTo(Form.PACKED);
      assertThat(mask.shape(w(mask))).isEqualTo(Shape.of(3, 3));
      assertThat(mask.bits("v")).isEmpty();
    }
  }

  @Test
  void othersHoldOneElementAByteOrAFloat() {
    SmallCheckpoint other =
        new SmallCheckpoint()
            .withBytes("bool", DType.BOOL, Shape.of(2), (byte) 0, (byte) 1)
            .withBytes("u8", DType.U8, Shape.of(2), (byte) 0, (byte) 1)
            .with("f32", 0, 1)
            .with("f16", DType.F16, Shape.of(2), 0, 1)
            .withBytes("i64", DType.I64, Shape.of(1), new byte[8]);
    Path file = write(other);
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      MaskFile mask = MaskFile.of(checkpoint);
      assertThat(mask.form(mask.bits("bool").orElseThrow())).isEqualTo(Form.BYTES);
      assertThat(mask.form(mask.bits("u8").orElseThrow())).isEqualTo(Form.BYTES);
      assertThat(mask.form(mask.bits("f32").orElseThrow())).isEqualTo(Form.FLOATS);
      assertThat(mask.form(mask.bits("f16").orElseThrow())).isEqualTo(Form.FLOATS);
      assertThat(mask.shape(mask.bits("u8").orElseThrow())).isEqualTo(Shape.of(2));
      assertThatThrownBy(() -> mask.form(mask.bits("i64").orElseThrow()))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.UNSUPPORTED_CHECKPOINT))
          .hasMessage(
              file
                  + ": tensor 'i64' has dtype I64, but a mask is BOOL, U8 or a float dtype. Is this"
                  + " a mask file?");
    }
  }

  @Test
  void theShapesAreWrittenAsJson() {
    SequencedMap<String, Shape> shapes = new LinkedHashMap<>();
    shapes.put("a \"quoted\" name", Shape.of(320, 4, 3, 3));
    shapes.put("b", Shape.of());
    assertThat(MaskFile.shapesJson(shapes))
        .isEqualTo("{\"a \\\"quoted\\\" name\":[320,4,3,3],\"b\":[]}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "7",
        "[1]",
        "{\"w\":3}",
        "{\"w\":[-1]}",
        "{\"w\":[1.5]}",
        "{\"w\":[4294967296,4294967296]}",
        "{\"w\":[1]"
      })
  void aDamagedEntryIsTold(String shapes) {
    Path file = write(packed(shapes, 2));
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      assertThatThrownBy(() -> MaskFile.of(checkpoint))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT))
          .hasMessage(
              file
                  + ": the metadata entry 'mokume.mask.shapes' is not a JSON object of dimensions"
                  + " by tensor name; the mask file is damaged, make it again.");
    }
  }

  @Test
  void aShapeThatTheBytesDoNotHoldIsNotBelieved() {
    Path file = write(packed("{\"w\":[1000]}", 2));
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      assertThatThrownBy(() -> MaskFile.of(checkpoint))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT))
          .hasMessage(
              file
                  + ": the mask of tensor 'w' holds 2 bytes of U8, but the bits of shape [1000] are"
                  + " 125 bytes of U8; the mask file is damaged, make it again.");
    }
  }

  @Test
  void aTensorWithoutAShapeIsNoMask() {
    Path file = write(packed("{\"v\":[16]}", 2));
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      assertThatThrownBy(() -> MaskFile.of(checkpoint))
          .isInstanceOf(MokumeException.class)
          .hasMessage(
              file
                  + ": the mask of tensor 'w' has no shape in the metadata entry"
                  + " 'mokume.mask.shapes'; the mask file is damaged, make it again.");
    }
  }
}
