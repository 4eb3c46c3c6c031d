package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.MergeOptions;
import dev.mokume.Mokume;
import dev.mokume.checkpoint.ByteSink;
import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.internal.AllocatedBytes;
import dev.mokume.internal.gguf.Gguf;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.Planner;
import dev.mokume.plan.PreparedRun;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeReader;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What merges of all kinds cost, from their recipes to the last byte, in numbers that depend on
/// neither machine nor clock: `src/test/resources/recipe-costs.txt` lists bytes read, bytes
/// written, tiles and passes of each, so that no change of them is an accident.
///
/// `mvn -q -pl mokume-core test -Dtest=RecipeCostTest -Dmokume.costs=write` writes the list; review
/// its difference.
class RecipeCostTest {
  private static final Path LIST = Path.of("src/test/resources/recipe-costs.txt");

  private static final String WRITE =
      "mvn -q -pl mokume-core test -Dtest=RecipeCostTest -Dmokume.costs=write";

  private static final String UNET = "model.diffusion_model.";

  private static final String DIFFUSION =
      "mokume: 1\n"
          + "models: {a: a.safetensors, b: b.safetensors, c: c.safetensors, d: d.safetensors}\n";

  /// Everything fits.
  private static final long AMPLE = 64 << 20;

  /// A quarter is the worker's buffer; of two tensors of a megabyte half stays.
  private static final long SCARCE = 1536 << 10;

  private static final int TILE = 1 << 15;

  /// Rows of the largest matrix. With the latter two the same tensors have so many elements that a
  /// sample shows where their limits lie, for which there are more counters.
  private static final int FEW = 512;

  private static final int SOME = 2048;
  private static final int MORE = 3072;

  /// The engine's counters have so much of the heap on every machine.
  private static final long HEAP = 64 << 20;

  /// Bytes an element: a few objects a tile, and what the compilers have not yet seen is not
  /// needed. One object an element would take 16, one array of its values 2.
  private static final double USUALLY_ALLOCATED = 0.25;

  /// Numbers of each row, counters, a few objects a block of 4,096.
  private static final Map<String, Double> MOST_ALLOCATED =
      Map.of(
          "nuslerp by rows", 1.0,
          "a mask to a file", 0.5,
          "linear of a quantised model", 0.5,
          "linear of weights with scales", 0.5);

  @TempDir static Path folder;

  /// Recipes by the name of what is special about each.
  private static SequencedMap<String, String> recipes() {
    SequencedMap<String, String> recipes = new LinkedHashMap<>();
    recipes.put("linear", unet("{weighted_sum: {a: a, b: b, alpha: 0.3}}"));
    recipes.put("linear, every component", output("all: {weighted_sum: {a: a, b: b, alpha: 0.3}}"));
    recipes.put(
        "linear, stored as f32", unet("{weighted_sum: {a: a, b: b, alpha: 0.3}}") + "dtype: f32\n");
    recipes.put("add-difference", unet("{add_difference: {a: a, b: b, base: c}}"));
    recipes.put("weighted sum of four", unet("{linear: {models: [" + models("a b c d") + "]}}"));
    recipes.put("slerp", unet("{interpolate: {method: slerp, a: a, b: b, alpha: 0.3}}"));
    recipes.put("nuslerp by rows", unet("{nuslerp: {a: a, b: b, alpha: 0.3, vectors: rows}}"));
    recipes.put("DARE", unet("{dare: {a: a, b: b, alpha: 1, vote: \"off\"}}"));
    recipes.put("DARE with a vote", unet("{dare: {a: a, b: b, alpha: 1}}"));
    recipes.put("DARE with a vote under a mask", unet("{dare: {a: a, b: b, alpha: 1, mask: low}}"));
    recipes.put("linear under a mask", unet("{weighted_sum: {a: a, b: b, alpha: 0.3, mask: low}}"));
    recipes.put("TIES of three", unet("{ties: {base: c, models: [a, b, d], density: 0.5}}"));
    recipes.put(
        "DARE-TIES of three", unet("{dare_ties: {base: c, models: [a, b, d], density: 0.5}}"));
    recipes.put("model_stock", unet("{model_stock: {base: c, models: [a, b, d]}}"));
    recipes.put("clip-simple", output("clip: {clip_simple: {a: a, b: b, ratio: 0.3}}"));
    recipes.put(
        "norms of another model", unet("{normalize: {model: a, reference: b, method: all}}"));
    recipes.put(
        "one limit for the whole model",
        unet(
            "{add_delta: {base: c, delta: {sparse: {delta: {difference: {of: a, base: c}},"
                + " keep: {of_model: {drop_rate: 0.5}}}}}}"));
    recipes.put("a chain of seven", chain(7));
    recipes.put(
        "a mask to a file", DIFFUSION + "mask: {magnitude: {a: a, b: b, threshold: 0.5}}\n");
    recipes.put(
        "linear of a quantised model",
        "mokume: 1\nmodels: {a: q.gguf, b: l.safetensors}\n"
            + "output: {lm: {weighted_sum: {a: a, b: b, alpha: 0.3}}}\n");
    recipes.put(
        "linear of weights with scales",
        unet("{weighted_sum: {a: a, b: b, alpha: 0.3}}").replace("a.safetensors", "s.safetensors"));
    return recipes;
  }

  private static String output(String components) {
    return DIFFUSION
        + "masks: {low: {magnitude: {a: a, b: b, threshold: 0.5}}}\noutput: {"
        + components
        + "}\n";
  }

  private static String unet(String weights) {
    return output("unet: " + weights);
  }

  private static String models(String names) {
    List<String> terms = new ArrayList<>();
    for (String name : names.split(" ")) {
      terms.add("{of: " + name + ", weight: 0.25}");
    }
    return String.join(", ", terms);
  }

  private static String chain(int merges) {
    String merged = "a";
    for (int i = 0; i < merges; i++) {
      String later = List.of("b", "c", "d").get(i % 3);
      merged = "{weighted_sum: {a: %s, b: %s, alpha: 0.%s}}".formatted(merged, later, i + 1);
    }
    return unet(merged);
  }

  // The models

  private static Path of(int rows) {
    return folder.resolve(String.valueOf(rows));
  }

  @BeforeAll
  static void models() throws IOException {
    for (int rows : List.of(FEW, SOME, MORE)) {
      Path of = Files.createDirectory(of(rows));
      for (String name : List.of("a", "b", "c", "d")) {
        diffusion(name.charAt(0), rows).write(of.resolve(name + ".safetensors"));
      }
      language('l', rows).write(of.resolve("l.safetensors"));
      Files.write(of.resolve("q.gguf"), quantised('q', rows));
      scaled(of);
    }
  }

  private static SmallCheckpoint diffusion(int seed, int rows) {
    return new SmallCheckpoint()
        .with(
            UNET + "input_blocks.1.1.proj_in.weight",
            DType.F16,
            Shape.of(rows, 1024),
            noise(seed, rows * 1024))
        .with(
            UNET + "middle_block.0.in_layers.2.weight",
            DType.BF16,
            Shape.of(rows / 2, 1024),
            noise(seed + 10, rows / 2 * 1024))
        .with(
            UNET + "middle_block.0.in_layers.2.bias",
            DType.F16,
            Shape.of(300),
            noise(seed + 20, 300))
        .with(
            "cond_stage_model.transformer.text_model.encoder.layers.0.mlp.fc1.weight",
            DType.F16,
            Shape.of(rows / 2, 512),
            noise(seed + 30, rows / 2 * 512))
        .with(
            "first_stage_model.decoder.conv_in.weight",
            DType.F32,
            Shape.of(100, 100),
            noise(seed + 40, 10_000));
  }

  private static SmallCheckpoint language(int seed, int rows) {
    return new SmallCheckpoint()
        .with("model.embed_tokens.weight", DType.F16, Shape.of(100, 512), noise(seed, 51_200))
        .with(
            "model.layers.0.self_attn.q_proj.weight",
            DType.F16,
            Shape.of(rows, 512),
            noise(seed + 10, rows * 512))
        .with(
            "model.layers.0.mlp.down_proj.weight",
            DType.F16,
            Shape.of(512, rows),
            noise(seed + 20, rows * 512))
        .with("model.norm.weight", DType.F32, Shape.of(512), noise(seed + 30, 512));
  }

  private static byte[] quantised(int seed, int rows) {
    return new Gguf()
        .text("general.architecture", "llama")
        .u32("llama.attention.head_count", 1)
        .u32("general.file_type", 7)
        .tensor("token_embd.weight", Gguf.Q8_0, new long[] {512, 100}, blocks(seed, 51_200))
        .tensor("blk.0.attn_q.weight", Gguf.Q8_0, new long[] {512, rows}, blocks(seed, rows * 512))
        .tensor(
            "blk.0.ffn_down.weight", Gguf.Q8_0, new long[] {rows, 512}, blocks(seed, rows * 512))
        .tensor("output_norm.weight", Gguf.F32, new long[] {512}, Gguf.f32(noise(seed, 512)))
        .bytes();
  }

  private static byte[] blocks(int seed, int count) {
    DType dtype = DType.Q8_0;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(dtype.packing().bytes(count));
      Kernels.scalar().codec(dtype).encode(noise(seed, count), bytes, 0, count);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  private static float[] noise(int seed, int count) {
    float[] values = new float[count];
    long word = seed;
    for (int i = 0; i < count; i++) {
      word = word * 6364136223846793005L + 1442695040888963407L;
      values[i] = (word >> 40) * 0x1p-24f;
    }
    return values;
  }

  /// The first diffusion model with weights of 8 bits.
  private static void scaled(Path of) {
    Recipe recipe =
        RecipeReader.read(
            "mokume: 1\n"
                + "models: {a: a.safetensors}\n"
                + "output: {all: a}\n"
                + "dtype: {unet: f8_e4m3_scaled}\n",
            "the recipe",
            of);
    MergeOptions options = MergeOptions.defaults().withFingerprints(false).withDurable(false);
    Mokume.merge(recipe, of.resolve("s.safetensors"), options);
  }

  // What is counted

  /// Takes everything and keeps nothing.
  private static final class CountingSink implements ByteSink {
    private final AtomicLong written = new AtomicLong();

    @Override
    public String name() {
      return "nowhere";
    }

    @Override
    public void write(long offset, MemorySegment part) {
      written.addAndGet(part.byteSize());
    }

    @Override
    public void commit() {}

    @Override
    public void close() {}
  }

  /// What a merge moved and did.
  ///
  /// @param allocated bytes on the heap, by the one worker
  private record Cost(
      long read, long written, long tiles, int passes, long elements, long allocated) {}

  private static PreparedRun prepared(String recipe, Path of) {
    Recipe read = RecipeReader.read(recipe, "the recipe", of);
    PreparedRun run = Planner.prepare(List.of(new MergeOutput(read, of.resolve("out"))), true);
    assertThat(run.plan().problems()).as(recipe).isEmpty();
    return run;
  }

  private static Cost cost(String recipe, Path of, int tile, long memory) {
    CountingSink sink = new CountingSink();
    AtomicLong tiles = new AtomicLong();
    try (PreparedRun run = prepared(recipe, of)) {
      MergeEngine engine =
          new MergeEngine(
              new EngineSettings(
                  1,
                  tile,
                  memory,
                  Runnable::run,
                  folder,
                  () -> false,
                  _ -> tiles.incrementAndGet()),
              Kernels.scalar(),
              HEAP);
      long before = AllocatedBytes.now();
      engine.measure(run.measures());
      engine.run(run.tasks(), List.of(sink));
      long allocated = AllocatedBytes.now() - before;
      List<PlannedTensor> tensors = run.plan().outputs().getFirst().tensors();
      return new Cost(
          engine.bytesRead(),
          sink.written.get(),
          tiles.get(),
          tensors.stream().mapToInt(PlannedTensor::passes).max().orElse(0),
          tensors.stream().mapToLong(tensor -> tensor.spec().elementCount()).sum(),
          allocated);
    }
  }

  /// The numbers of a recipe, by what they count, in the order of the list.
  private static SequencedMap<String, Long> counted(String recipe) {
    Path of = of(FEW);
    Cost ample = cost(recipe, of, TILE, AMPLE);
    Cost scarce = cost(recipe, of, TILE, SCARCE);
    SequencedMap<String, Long> numbers = new LinkedHashMap<>();
    numbers.put("bytes read", ample.read);
    numbers.put("bytes read with scarce memory", scarce.read);
    numbers.put("bytes written", ample.written);
    numbers.put("tiles", ample.tiles);
    numbers.put("passes", (long) ample.passes);
    return numbers;
  }

  // The list: a line a recipe, its name and its numbers with tabs between

  private static List<String> listed() throws IOException {
    return Files.readAllLines(LIST);
  }

  private static String line(String name, Map<String, Long> numbers) {
    List<String> fields = new ArrayList<>(List.of(name));
    numbers.values().forEach(number -> fields.add(number.toString()));
    return String.join("\t", fields);
  }

  @Test
  void mergesCostWhatTheListSays() throws IOException {
    SequencedMap<String, SequencedMap<String, Long>> counted = new LinkedHashMap<>();
    recipes().forEach((name, recipe) -> counted.put(name, counted(recipe)));
    List<String> lines = new ArrayList<>();
    lines.add("recipe\t" + String.join("\t", counted.firstEntry().getValue().sequencedKeySet()));
    counted.forEach((name, numbers) -> lines.add(line(name, numbers)));
    if ("write".equals(System.getProperty("mokume.costs"))) {
      Files.writeString(LIST, String.join("\n", lines) + "\n");
    }
    assertThat(differences(counted, listed()))
        .as("what was counted is not what %s says; if it is meant: %s", LIST, WRITE)
        .isEmpty();
    assertThat(lines).as("the list has other lines: %s", WRITE).isEqualTo(listed());
  }

  private static List<String> differences(
      Map<String, SequencedMap<String, Long>> counted, List<String> listed) {
    Map<String, List<String>> expected = new LinkedHashMap<>();
    for (String line : listed) {
      List<String> fields = List.of(line.split("\t"));
      expected.put(fields.getFirst(), fields.subList(1, fields.size()));
    }
    List<String> differences = new ArrayList<>();
    counted.forEach((recipe, numbers) -> {
      List<String> fields = expected.getOrDefault(recipe, List.of());
      int column = 0;
      for (Map.Entry<String, Long> number : numbers.entrySet()) {
        String wanted = column < fields.size() ? fields.get(column) : "nothing";
        if (!wanted.equals(number.getValue().toString())) {
          differences.add(
              "%s: %s: %s counted, %s expected"
                  .formatted(recipe, number.getKey(), number.getValue(), wanted));
        }
        column++;
      }
    });
    return differences;
  }

  @Test
  void aDifferenceNamesTheRecipeAndBothNumbers() {
    SequencedMap<String, Long> numbers = new LinkedHashMap<>();
    numbers.put("bytes read", 12L);
    numbers.put("tiles", 3L);
    assertThat(differences(Map.of("linear", numbers), List.of("linear\t8\t3")))
        .containsExactly("linear: bytes read: 12 counted, 8 expected");
    assertThat(differences(Map.of("another", numbers), List.of("linear\t8\t3")))
        .containsExactly(
            "another: bytes read: 12 counted, nothing expected",
            "another: tiles: 3 counted, nothing expected");
  }

  /// More elements in as many tensors: what else a merge needs, programs and counters, drops out.
  @Test
  void anElementAllocatesNextToNothing() {
    List<String> tooMuch = new ArrayList<>();
    recipes()
        .forEach((name, recipe) -> {
          cost(recipe, of(FEW), 1 << 17, AMPLE);
          double most = MOST_ALLOCATED.getOrDefault(name, USUALLY_ALLOCATED);
          double each = allocatedAnElement(recipe);
          // What is not compiled yet allocates what is not needed once it is.
          for (int i = 0; i < 4 && each > most; i++) {
            each = Math.min(each, allocatedAnElement(recipe));
          }
          if (each > most) {
            tooMuch.add("%s: %.3f bytes, %.3f expected at most".formatted(name, each, most));
          }
        });
    assertThat(tooMuch).as("allocated an element").isEmpty();
  }

  private double allocatedAnElement(String recipe) {
    Cost small = cost(recipe, of(SOME), 1 << 17, AMPLE);
    Cost large = cost(recipe, of(MORE), 1 << 17, AMPLE);
    return (double) (large.allocated - small.allocated) / (large.elements - small.elements);
  }
}
