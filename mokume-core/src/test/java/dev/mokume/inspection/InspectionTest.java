package dev.mokume.inspection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Layouts;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;

class InspectionTest {
  private static final String POSITION_IDS =
      "cond_stage_model.transformer.text_model.embeddings.position_ids";

  /// Every tensor reads the same bytes.
  private record Bytes(byte[] content) implements ByteSource {
    @Override
    public String name() {
      return "model.safetensors";
    }

    @Override
    public long size() {
      return 1000;
    }

    @Override
    public void read(long offset, MemorySegment into) {
      MemorySegment.copy(MemorySegment.ofArray(content), 0, into, 0, into.byteSize());
    }

    @Override
    public void verifyUnchanged() {}

    @Override
    public void close() {}
  }

  private record Headers(
      ByteSource source, SequencedMap<String, StoredTensor> tensors, Map<String, String> metadata)
      implements Checkpoint {
    @Override
    public String name() {
      return "model.safetensors";
    }

    @Override
    public List<ByteSource> sources() {
      return List.of(source);
    }

    @Override
    public void close() {}
  }

  private static Checkpoint checkpoint(List<TensorSpec> specs, byte[] data) {
    ByteSource source = new Bytes(data);
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (TensorSpec spec : specs) {
      long length = spec.dtype().bits() == 0 ? 4 : TensorEntry.of(spec).length();
      tensors.put(spec.name(), new StoredTensor(spec, source, 0, length));
    }
    return new Headers(source, tensors, Map.of("modelspec.title", "a title"));
  }

  private static byte[] positions(int... changes) {
    ByteBuffer bytes = ByteBuffer.allocate(77 * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 77; i++) {
      bytes.putLong(8 * i, i);
    }
    for (int i = 0; i < changes.length; i += 2) {
      bytes.putLong(8 * changes[i], changes[i + 1]);
    }
    return bytes.array();
  }

  private static TensorSpec spec(String name, DType dtype, long... shape) {
    return new TensorSpec(name, dtype, Shape.of(shape));
  }

  private static List<Finding> findings(List<TensorSpec> specs, byte[] data) {
    return Inspection.of(checkpoint(specs, data)).findings();
  }

  @Test
  void tellsWhatASoundCheckpointHolds() {
    Inspection inspection = Inspection.of(checkpoint(Layouts.load("sd15").specs(), positions()));

    assertThat(inspection.detection().architecture()).isEqualTo(Architecture.SD15);
    assertThat(inspection.files())
        .containsExactly(new Inspection.FileSize("model.safetensors", 1000));
    assertThat(inspection.metadata()).containsExactly(Map.entry("modelspec.title", "a title"));
    assertThat(inspection.findings()).isEmpty();
    SequencedMap<DType, Integer> dtypes = new LinkedHashMap<>();
    dtypes.put(DType.F16, 196);
    dtypes.put(DType.I64, 1);
    assertThat(inspection.components())
        .containsOnlyKeys(Component.UNET, Component.CLIP_L, Component.VAE)
        .containsEntry(
            Component.CLIP_L,
            new Inspection.Amounts(197, 123_060_557, 2 * 123_060_480L + 77 * 8, dtypes));
    assertThat(inspection.total().tensors()).isEqualTo(1131);
    assertThat(inspection.total().bytes()).isEqualTo(2_132_471_230L);
    assertThat(inspection.blocks().get(new Block(Component.UNET, "M00")).tensors()).isEqualTo(46);
    assertThat(inspection.blocks().keySet().stream().map(Block::id)).startsWith("TIME", "IN00");
  }

  @Test
  void findsDamagedPositions() {
    assertThat(findings(List.of(spec(POSITION_IDS, DType.I64, 1, 77)), positions(3, 2, 41, 40)))
        .containsExactly(
            new Finding(
                Finding.Kind.POSITION_IDS,
                "'cond_stage_model.transformer.text_model.embeddings.position_ids' is damaged: 2 of"
                    + " 77 numbers are wrong, the first at place 3, which holds 2. Take the text"
                    + " encoder, or this tensor, from an undamaged checkpoint."));
  }

  @Test
  void findsPositionsThatAreFloats() {
    ByteBuffer halves = ByteBuffer.allocate(77 * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 77; i++) {
      halves.putShort(Float.floatToFloat16(i));
    }
    assertThat(findings(List.of(spec(POSITION_IDS, DType.F16, 1, 77)), halves.array()))
        .containsExactly(
            new Finding(
                Finding.Kind.POSITION_IDS,
                "'cond_stage_model.transformer.text_model.embeddings.position_ids' is stored as"
                    + " F16; its numbers are right, but positions are integers (I64)."));
  }

  @Test
  void findsQuantisedWeights() {
    assertThat(
            findings(
                List.of(spec("a.weight", DType.F16, 4, 4), spec("a.scale_weight", DType.F32)),
                new byte[64]))
        .extracting(Finding::kind)
        .containsExactly(Finding.Kind.QUANTISED);
  }

  @Test
  void findsScaledWeights() {
    assertThat(
            findings(
                List.of(
                    spec("a.weight", DType.F8_E4M3, 4, 4),
                    spec("a.scale_weight", DType.F32),
                    spec("b.weight", DType.F8_E4M3, 4, 4),
                    spec("b.scale_weight", DType.F32)),
                new byte[64]))
        .containsExactly(
            new Finding(
                Finding.Kind.QUANTISED,
                "2 weights are F8_E4M3 with one scale each (scale_weight). Merges work with their"
                    + " values: what is stored times its scale."));
  }

  @Test
  void findsTypesThatItCannotComputeWith() {
    assertThat(
            findings(
                List.of(spec("a.weight", DType.of("F3"), 4), spec("b.weight", DType.F32, 4)),
                new byte[64]))
        .containsExactly(
            new Finding(
                Finding.Kind.DTYPE,
                "1 tensor is stored as F3, which Mokume copies but cannot compute with:"
                    + " 'a.weight'."));
  }

  @Test
  void findsWhatTellsItFromOthersOfItsKind() {
    List<TensorSpec> specs = new ArrayList<>(Layouts.load("sd15-unet").specs());
    specs.removeIf(spec -> spec.name().contains(".time_embed."));
    specs.removeIf(spec -> spec.name().endsWith("output_blocks.3.1.proj_in.weight"));
    specs.add(
        spec("model.diffusion_model.output_blocks.3.1.proj_in.weight", DType.F16, 1280, 1280));
    specs.add(spec("model.diffusion_model.adapter.weight", DType.F16, 8));

    assertThat(findings(specs, positions()))
        .containsExactly(
            new Finding(
                Finding.Kind.MISSING,
                "The diffusion model lacks 4 tensors that checkpoints of SD 1.x have:"
                    + " 'model.diffusion_model.time_embed.0.bias',"
                    + " 'model.diffusion_model.time_embed.0.weight' and 2 more."),
            new Finding(
                Finding.Kind.UNFAMILIAR,
                "The diffusion model has 1 tensor that checkpoints of SD 1.x do not have:"
                    + " 'model.diffusion_model.adapter.weight'."),
            new Finding(
                Finding.Kind.SHAPE,
                "The diffusion model has 1 tensor of another shape than checkpoints of SD 1.x:"
                    + " 'model.diffusion_model.output_blocks.3.1.proj_in.weight'."));
  }

  @Test
  void doesNotCompareNamesThatAreOfAnotherKind() {
    assertThat(findings(Layouts.load("sdxl-diffusers-unet").specs(), positions())).isEmpty();
    assertThat(findings(Layouts.load("sdxl-vpred").specs(), positions())).isEmpty();
    assertThat(findings(Layouts.load("sd15_kohya_lora_base_names").specs(), positions())).isEmpty();
  }
}
