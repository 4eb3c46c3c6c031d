package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.internal.kernel.RandomRounding;
import dev.mokume.internal.pickle.TorchFile;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Encoding.Scales;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Rounding;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Any checkpoint in, any checkpoint out: each row of the tables is a form, and a model is the same
/// in all of them.
///
/// Reading: the model is brought into the form, converted to safetensors under the names of whole
/// checkpoints, and has its values again. Writing: Mokume brings the model into the form; there it
/// has its own values where the form holds them exactly, else those that the form's own rounding
/// gives. Copied, and decoded and written once more, it has the same bytes.
class FormsMatrixTest {
  private static final String UNET = "model.diffusion_model.";
  private static final String VAE = "first_stage_model.";
  private static final String CLIP = "cond_stage_model.transformer.text_model.";

  /// Whose scales are searched for: a search among the values that one gave may end elsewhere.
  private static final Set<DType> SEARCHED = Set.of(DType.Q6_K, DType.Q5_K, DType.Q4_K);

  /// Large enough for blocks of 256.
  private static final String MATRIX =
      UNET + "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";

  @TempDir Path folder;

  private FormWorkshop workshop;

  @BeforeEach
  void open() {
    workshop = new FormWorkshop(folder);
  }

  @AfterEach
  void close() {
    workshop.close();
  }

  // The forms that are read.

  /// @param made brings a model into the form and says where it is
  private record Readable(String name, BiFunction<FormWorkshop, SmallCheckpoint, Path> made) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Readable> readable() {
    return List.of(
        new Readable("safetensors", FormWorkshop::safetensors),
        new Readable(
            "safetensors under a name of torch",
            (in, model) -> in.renamed(in.safetensors(model), "m.ckpt")),
        new Readable(
            "folder of a safetensors file", (in, model) -> in.safetensors(model).getParent()),
        new Readable("safetensors shards, by index", FormWorkshop::shards),
        new Readable("safetensors shards, by folder", (in, model) -> in.shards(model).getParent()),
        new Readable("torch archive", (in, model) -> in.write("m.pt", TorchFile.zip(model))),
        new Readable(
            "torch archive, in state_dict",
            (in, model) -> in.write("m.ckpt", TorchFile.zip(model, "state_dict"))),
        new Readable(
            "torch archive, in model, in params_ema",
            (in, model) -> in.write("m.pth", TorchFile.zip(model, "model", "params_ema"))),
        new Readable("TorchScript", (in, model) -> in.write("m.pt", TorchFile.script(model))),
        new Readable(
            "folder of pytorch_model.bin",
            (in, model) -> in.write("pytorch_model.bin", TorchFile.zip(model)).getParent()),
        new Readable("torch shards, by index", FormWorkshop::torchShards),
        new Readable("torch shards, by folder", (in, model) -> in.torchShards(model).getParent()),
        new Readable("diffusers folder", (in, model) -> in.pipeline(model, ".safetensors")),
        new Readable(
            "diffusers folder of fp16 files",
            (in, model) -> in.pipeline(model, ".fp16.safetensors")),
        new Readable("diffusers folder of torch files", (in, model) -> in.pipeline(model, ".bin")),
        new Readable("GGUF F32", (in, model) -> in.gguf(model, DType.F32)),
        new Readable("GGUF F16", (in, model) -> in.gguf(model, DType.F16)),
        new Readable("GGUF BF16", (in, model) -> in.gguf(model, DType.BF16)),
        new Readable("GGUF Q8_0", (in, model) -> in.gguf(model, DType.Q8_0)),
        new Readable("GGUF, split", FormWorkshop::splitGguf),
        new Readable("safetensors over HTTP", (in, model) -> in.served(in.safetensors(model))),
        new Readable("safetensors shards over HTTP", (in, model) -> in.served(in.shards(model))),
        new Readable(
            "torch archive over HTTP",
            (in, model) -> in.served(in.write("m.pt", TorchFile.zip(model)))),
        new Readable("torch shards over HTTP", (in, model) -> in.served(in.torchShards(model))),
        new Readable("GGUF over HTTP", (in, model) -> in.served(in.gguf(model, DType.F16))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("readable")
  void everyReadableFormHasTheValuesOfTheModel(Readable form) {
    SmallCheckpoint model = model(FormsMatrixTest::eighths);

    SmallCheckpoint read = inCheckpoint(form.made().apply(workshop, model));

    assertThat(read.names()).containsExactlyInAnyOrderElementsOf(model.names());
    for (String name : model.names()) {
      assertThat(read.spec(name).shape()).isEqualTo(model.spec(name).shape());
      if (model.spec(name).dtype().isBlendable()) {
        assertThat(read.values(name)).as(name).isEqualTo(model.values(name));
      } else {
        assertThat(read.bytes(name)).as(name).isEqualTo(model.bytes(name));
      }
    }
  }

  /// Sixteen tensors of eight dtypes: views, steps, shared storages.
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "plain-zip.pt",
        "dict-zip.bin",
        "legacy.pt",
        "nested-state-dict.ckpt",
        "lightning.ckpt",
        "params-ema.pth",
        "numpy-inside.ckpt"
      })
  void everyFileThatPythonWroteHasTheValuesOfItsModel(String file) {
    assertSame(
        inCheckpoint(resource(file)), SmallCheckpoint.read(resource("expected.safetensors")));
  }

  /// Every 8-bit form of values that 8 bits and a power of two hold.
  static List<Readable> scaled() {
    return List.of(
        new Readable(
            "scale_weight",
            (in, model) ->
                in.safetensors(
                    scaled(model, "scale_weight", Shape.of())
                        .with(UNET + "scaled_fp8", DType.F8_E4M3, Shape.of(0)))),
        new Readable(
            "weight_scale",
            (in, model) -> in.safetensors(scaled(model, "weight_scale", Shape.of()))),
        new Readable(
            "weight_scale, one a row",
            (in, model) -> in.safetensors(scaled(model, "weight_scale", Shape.of(3, 1)))),
        new Readable(
            "weight_scale_inv, one for 128 x 128",
            (in, model) -> in.safetensors(scaled(model, "weight_scale_inv", Shape.of(1, 6)))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scaled")
  void everyScaledFormHasTheValuesOfTheModel(Readable form) {
    SmallCheckpoint eightBits = new SmallCheckpoint();
    tensor(eightBits, (_, i) -> i % 15 - 7, MATRIX, DType.F16, 3, 768);

    Path given = form.made().apply(workshop, eightBits);
    Path plain = workshop.convert(given, "m.safetensors", FormWorkshop.everywhere(DType.F16));

    assertSame(SmallCheckpoint.read(plain), eightBits);
  }

  /// The matrix divided by 1/4, so that all scales are that.
  private static SmallCheckpoint scaled(SmallCheckpoint model, String name, Shape scales) {
    float[] values = model.values(MATRIX);
    float[] stored = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      stored[i] = values[i] * 4;
    }
    float[] quarters = new float[(int) scales.elementCount()];
    Arrays.fill(quarters, 0.25f);
    return new SmallCheckpoint()
        .with(MATRIX, DType.F8_E4M3, model.spec(MATRIX).shape(), stored)
        .with(MATRIX.replace("weight", "") + name, scales, quarters);
  }

  // The forms that are written.

  /// @param output its name; without an extension, a folder with the names of diffusers
  /// @param asked of the model as it is
  /// @param dtype of the large matrix there
  private record Writable(
      String name, String output, UnaryOperator<Result.Checkpoint> asked, DType dtype) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Writable> writable() {
    return List.of(
        new Writable("safetensors", "m.safetensors", asIs(), DType.F16),
        new Writable("safetensors shards", "m.safetensors.index.json", asIs(), DType.F16),
        new Writable("diffusers folder", "m", diffusers(asIs()), DType.F16),
        new Writable("diffusers folder, F16", "m", diffusers(all(DType.F16)), DType.F16),
        new Writable("safetensors F64", "m.safetensors", all(DType.F64), DType.F64),
        new Writable("safetensors F32", "m.safetensors", all(DType.F32), DType.F32),
        new Writable("safetensors F16", "m.safetensors", all(DType.F16), DType.F16),
        new Writable("safetensors BF16", "m.safetensors", all(DType.BF16), DType.BF16),
        new Writable("safetensors F8_E4M3", "m.safetensors", all(DType.F8_E4M3), DType.F8_E4M3),
        new Writable("safetensors F8_E5M2", "m.safetensors", all(DType.F8_E5M2), DType.F8_E5M2),
        new Writable(
            "F8_E4M3 with weight_scale",
            "m.safetensors",
            scaled(DType.F8_E4M3, Scales.WEIGHT_SCALE),
            DType.F8_E4M3),
        new Writable(
            "F8_E4M3 with scale_weight",
            "m.safetensors",
            scaled(DType.F8_E4M3, Scales.SCALE_WEIGHT),
            DType.F8_E4M3),
        new Writable(
            "F8_E5M2 with weight_scale",
            "m.safetensors",
            scaled(DType.F8_E5M2, Scales.WEIGHT_SCALE),
            DType.F8_E5M2),
        new Writable(
            "F8_E5M2 with scale_weight",
            "m.safetensors",
            scaled(DType.F8_E5M2, Scales.SCALE_WEIGHT),
            DType.F8_E5M2),
        new Writable("GGUF F32", "m.gguf", all(DType.F32), DType.F32),
        new Writable("GGUF F16", "m.gguf", all(DType.F16), DType.F16),
        new Writable("GGUF BF16", "m.gguf", all(DType.BF16), DType.BF16),
        new Writable("GGUF Q8_0", "m.gguf", all(DType.Q8_0), DType.Q8_0),
        new Writable("GGUF Q5_0", "m.gguf", all(DType.Q5_0), DType.Q5_0),
        new Writable("GGUF Q4_0", "m.gguf", all(DType.Q4_0), DType.Q4_0),
        new Writable("GGUF Q6_K", "m.gguf", all(DType.Q6_K), DType.Q6_K),
        new Writable("GGUF Q5_K", "m.gguf", all(DType.Q5_K), DType.Q5_K),
        new Writable("GGUF Q4_K", "m.gguf", all(DType.Q4_K), DType.Q4_K));
  }

  private static UnaryOperator<Result.Checkpoint> asIs() {
    return UnaryOperator.identity();
  }

  private static UnaryOperator<Result.Checkpoint> all(DType dtype) {
    return FormWorkshop.everywhere(dtype);
  }

  private static UnaryOperator<Result.Checkpoint> diffusers(
      UnaryOperator<Result.Checkpoint> asked) {
    return result -> asked.apply(result).withNames(Names.DIFFUSERS);
  }

  private static UnaryOperator<Result.Checkpoint> scaled(DType dtype, Scales scales) {
    return result ->
        all(dtype)
            .apply(result)
            .withEncoding(
                new Encoding(Set.of(Component.UNET, Component.CLIP_L), scales, Rounding.nearest()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("writable")
  void everyWritableFormComesBack(Writable form) {
    SmallCheckpoint model = model(FormsMatrixTest::noise);
    Path written = written(workshop.safetensors(model), form);

    SmallCheckpoint stored = stored(written);
    assertThat(stored.spec(MATRIX).dtype()).isEqualTo(form.dtype());
    for (String name : model.names()) {
      assertThat(stored.spec(name).shape()).isEqualTo(model.spec(name).shape());
      if (model.spec(name).dtype().isBlendable()) {
        assertThat(values(stored, name))
            .as(name)
            .isEqualTo(rounded(model.values(name), stored, name));
      } else {
        assertThat(stored.bytes(name)).as(name).isEqualTo(model.bytes(name));
      }
    }
    assertSame(stored(written(written, form)), stored);
    if (!SEARCHED.contains(form.dtype())) {
      Path precise = workshop.convert(written, "m.safetensors", inCheckpoint(all(DType.F32)));
      SmallCheckpoint anew = stored(written(precise, form));
      assertThat(anew.names()).containsExactlyInAnyOrderElementsOf(stored.names());
      assertThat(model.names())
          .filteredOn(name -> !stored.spec(name).dtype().equals(model.spec(name).dtype()))
          .allSatisfy(name -> assertThat(anew.bytes(name)).isEqualTo(stored.bytes(name)));
    }
  }

  private Path written(Path model, Writable form) {
    return workshop.convert(model, form.output(), form.asked(), 4096);
  }

  /// Real names, each way.
  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"sd15", "sd21", "sdxl", "sd3", "flux-dev"})
  void everyLayoutOfDiffusersComesBack(String layout) {
    SmallCheckpoint model = LayoutMiniature.of(layout);

    Path pipeline =
        workshop.convert(workshop.safetensors(model), "m", diffusers(UnaryOperator.identity()));

    SmallCheckpoint read = inCheckpoint(pipeline);
    for (String name : read.names()) {
      assertThat(read.spec(name)).isEqualTo(model.spec(name));
      assertThat(read.bytes(name)).as(name).isEqualTo(model.bytes(name));
    }
    assertThat(model.names())
        .filteredOn(name -> !read.names().contains(name))
        .allMatch(name ->
            name.matches(
                "(alphas|betas|log_|posterior_|sqrt_|model_ema|denoiser|model[.]model_s).*"));
  }

  // The models and what is compared.

  private interface Value {
    float of(String tensor, int element);
  }

  /// A miniature of SD 1.5.
  private static SmallCheckpoint model(Value value) {
    SmallCheckpoint model = new SmallCheckpoint();
    tensor(model, value, UNET + "input_blocks.0.0.weight", DType.F32, 2, 4, 3, 3);
    tensor(model, value, MATRIX, DType.F16, 3, 768);
    tensor(model, value, UNET + "middle_block.0.in_layers.2.weight", DType.F32, 2, 2, 3, 3);
    tensor(model, value, UNET + "output_blocks.2.1.conv.bias", DType.BF16, 5);
    tensor(model, value, VAE + "encoder.down.0.block.0.conv1.weight", DType.F32, 2, 2, 1, 1);
    tensor(model, value, VAE + "decoder.mid.attn_1.q.weight", DType.BF16, 2, 2, 1, 1);
    tensor(model, value, CLIP + "embeddings.token_embedding.weight", DType.F16, 2, 768);
    tensor(model, value, CLIP + "encoder.layers.0.layer_norm1.weight", DType.F32, 768);
    byte[] places = new byte[3 * Long.BYTES];
    places[8] = 1;
    places[16] = 2;
    return model.withBytes(CLIP + "embeddings.position_ids", DType.I64, Shape.of(1, 3), places);
  }

  private static void tensor(
      SmallCheckpoint model, Value value, String name, DType dtype, long... dimensions) {
    Shape shape = Shape.of(dimensions);
    float[] values = new float[(int) shape.elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = value.of(name, i);
    }
    model.with(name, dtype, shape, values);
  }

  /// Eighths, one of 127 in each block of 32: F16, BF16 and Q8_0 hold them exactly.
  private static float eighths(String tensor, int element) {
    return (element % 32 == 0 ? 127 : (31 * element + tensor.length()) % 255 - 127) / 8f;
  }

  /// What no narrow form holds exactly.
  private static float noise(String tensor, int element) {
    return (float) new Random(31L * element + tensor.hashCode()).nextGaussian() / 16;
  }

  /// A model as a file of safetensors, by the names of whole checkpoints, each tensor as it is.
  private SmallCheckpoint inCheckpoint(Path model) {
    return SmallCheckpoint.read(workshop.convert(model, "m.safetensors", inCheckpoint(asIs())));
  }

  private static UnaryOperator<Result.Checkpoint> inCheckpoint(
      UnaryOperator<Result.Checkpoint> asked) {
    return result -> asked.apply(result).withNames(Names.CHECKPOINT);
  }

  /// The tensors as they lie in a form, by the names of whole checkpoints.
  private SmallCheckpoint stored(Path form) {
    return Files.isDirectory(form) ? inCheckpoint(form) : SmallCheckpoint.read(form);
  }

  private static float[] values(SmallCheckpoint stored, String name) {
    float[] values = stored.values(name);
    float scale = scale(stored, name);
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return values;
  }

  /// 1 if it has none.
  private static float scale(SmallCheckpoint stored, String name) {
    String layer = name.replaceFirst("\\.weight$", "");
    return List.of(layer + ".weight_scale", layer + ".scale_weight").stream()
        .filter(stored.names()::contains)
        .map(scale -> stored.values(scale)[0])
        .findFirst()
        .orElse(1f);
  }

  /// What the dtype in which a tensor is stored makes of values, with the scale that its greatest
  /// magnitude asks for if it has one.
  private static float[] rounded(float[] exact, SmallCheckpoint stored, String name) {
    TensorSpec spec = stored.spec(name);
    boolean isScaled = scale(stored, name) != 1;
    float greatest = 0;
    for (float value : exact) {
      greatest = Math.max(greatest, Math.abs(value));
    }
    float scale = isScaled ? greatest / RandomRounding.to(spec.dtype()).greatest() : 1;
    float[] values = exact.clone();
    for (int i = 0; i < values.length; i++) {
      values[i] /= scale;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(spec.dtype().packing().bytes(values.length));
      Kernels.scalar().codec(spec.dtype()).encode(values, bytes, 0, values.length);
      Kernels.scalar().codec(spec.dtype()).decode(bytes, 0, values, values.length);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return values;
  }

  private static void assertSame(SmallCheckpoint actual, SmallCheckpoint expected) {
    assertThat(actual.names()).containsExactlyInAnyOrderElementsOf(expected.names());
    for (String name : expected.names()) {
      assertThat(actual.spec(name)).isEqualTo(expected.spec(name));
      assertThat(actual.bytes(name)).as(name).isEqualTo(expected.bytes(name));
    }
  }

  private static Path resource(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(FormsMatrixTest.class.getResource("/torch/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
