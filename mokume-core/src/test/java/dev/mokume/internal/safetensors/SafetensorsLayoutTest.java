package dev.mokume.internal.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointLayout.Placement;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SafetensorsLayoutTest {
  private static TensorEntry entry(String name, DType dtype, long... dimensions) {
    return TensorEntry.of(new TensorSpec(name, dtype, Shape.of(dimensions)));
  }

  private static String text(CheckpointLayout layout) {
    return new String(layout.header(), StandardCharsets.UTF_8);
  }

  @Test
  void everyByteOfASmallFile() {
    CheckpointLayout layout =
        SafetensorsLayout.of(
            List.of(
                entry("b", DType.F16, 3),
                entry("c", DType.I64, 1),
                entry("a", DType.BF16),
                entry("d", DType.U8, 0)),
            Map.of("title", "T\"ür\"\n", "author", "me"));
    String json =
        "{\"__metadata__\":{\"author\":\"me\",\"format\":\"pt\",\"title\":\"T\\\"ür\\\"\\n\"},"
            + "\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]},"
            + "\"b\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[10,16]},"
            + "\"d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[16,16]}}     ";
    assertThat(layout.header())
        .isEqualTo(
            Safetensors.concat(Safetensors.length(288), json.getBytes(StandardCharsets.UTF_8)));
    assertThat(layout.headerLength()).isEqualTo(296);
    assertThat(layout.placement("b"))
        .isEqualTo(new Placement(entry("b", DType.F16, 3).spec(), 306, 6));
    assertThat(layout.size()).isEqualTo(312);
  }

  @Test
  void largeElementsFirstThenByNameAndPackedOrUnknownOnesLast() {
    List<TensorEntry> entries = new ArrayList<>();
    for (DType dtype : DType.known()) {
      if (!dtype.isBlockwise()) {
        entries.add(entry(dtype.name(), dtype, 8));
      }
    }
    entries.add(new TensorEntry(new TensorSpec("A", DType.unknown("Q3_K"), Shape.of(8)), 3));
    assertThat(SafetensorsLayout.of(entries, Map.of()).placements().keySet())
        .containsExactly(
            "C64",
            "F64",
            "I64",
            "U64",
            "F32",
            "I32",
            "U32",
            "BF16",
            "F16",
            "I16",
            "U16",
            "BOOL",
            "F8_E4M3",
            "F8_E4M3FNUZ",
            "F8_E5M2",
            "F8_E5M2FNUZ",
            "F8_E8M0",
            "I8",
            "U8",
            "F6_E2M3",
            "F6_E3M2",
            "F4",
            "A");
  }

  @Test
  void blocksOfGgufAreRefused() {
    assertThatThrownBy(() -> SafetensorsLayout.of(List.of(entry("a", DType.Q8_0, 64)), Map.of()))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "tensor 'a' would be stored as Q8_0, which a safetensors file cannot hold; store it as"
                + " F16, BF16 or F32 (--dtype f16).");
  }

  @Test
  void namesAreOrderedByTheirBytesInUtf8() {
    List<TensorEntry> entries = new ArrayList<>();
    for (String name : List.of("😀", "\uffee", "a", "ab", "Z", "é", "")) {
      entries.add(entry(name, DType.U8, 1));
    }
    assertThat(SafetensorsLayout.of(entries, Map.of()).placements().keySet())
        .containsExactly("", "Z", "a", "ab", "é", "\uffee", "😀");
  }

  @Test
  void theOrderGivenDoesNotMatter() {
    List<TensorEntry> entries = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      entries.add(entry("t" + i, i % 2 == 0 ? DType.F16 : DType.F32, i));
    }
    String expected = text(SafetensorsLayout.of(entries, Map.of()));
    Collections.shuffle(entries, new Random(7));
    assertThat(text(SafetensorsLayout.of(entries, Map.of()))).isEqualTo(expected);
  }

  @Test
  void everyTensorIsAlignedToItsElementsAndNoneIsApart() {
    List<TensorEntry> entries = new ArrayList<>();
    Random random = new Random(11);
    List<DType> dtypes = DType.known().stream().filter(dtype -> dtype.bytes().isPresent()).toList();
    for (int i = 0; i < 500; i++) {
      entries.add(entry("t" + i, dtypes.get(random.nextInt(dtypes.size())), random.nextInt(10)));
    }
    CheckpointLayout layout = SafetensorsLayout.of(entries, Map.of());
    long end = layout.headerLength();
    assertThat(end % 8).isZero();
    for (Placement placement : layout.placements().values()) {
      assertThat(placement.offset()).isEqualTo(end);
      assertThat(placement.offset() % placement.spec().dtype().bytes().orElseThrow()).isZero();
      end += placement.length();
    }
    assertThat(layout.size()).isEqualTo(end);
  }

  @Test
  void theFrameworkIsAlwaysNamedButNotWrittenOver() {
    assertThat(text(SafetensorsLayout.of(List.of(), Map.of())))
        .contains("{\"__metadata__\":{\"format\":\"pt\"}}");
    assertThat(text(SafetensorsLayout.of(List.of(), Map.of("format", "mlx"))))
        .contains("{\"__metadata__\":{\"format\":\"mlx\"}}");
  }

  @Test
  void aHeaderThatNobodyCouldReadIsRefused() {
    String text = "x".repeat(100_000_000);
    assertThatThrownBy(() -> SafetensorsLayout.of(List.of(), Map.of("workflow", text)))
        .isInstanceOfSatisfying(
            MokumeException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNWRITABLE_OUTPUT))
        .hasMessage(
            "The output's header would have 100,000,048 bytes, but readers of safetensors accept at"
                + " most 100,000,000: write fewer tensors or less metadata.");
  }

  @Test
  void misuseIsRefused() {
    assertThatThrownBy(
            () -> SafetensorsLayout.of(List.of(entry("__metadata__", DType.U8, 1)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("no tensor can be called '__metadata__'");
    assertThatThrownBy(() ->
            SafetensorsLayout.of(
                List.of(entry("a", DType.U8, 1), entry("a", DType.F32, 1)), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("two tensors are called 'a'");
    TensorEntry wrong = new TensorEntry(new TensorSpec("a", DType.F16, Shape.of(3)), 7);
    assertThatThrownBy(() -> SafetensorsLayout.of(List.of(wrong), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "TensorEntry[spec=TensorSpec[name=a, dtype=F16, shape=[3]], length=7] does not have the"
                + " length of its shape and dtype");
  }
}
