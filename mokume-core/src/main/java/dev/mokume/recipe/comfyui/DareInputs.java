package dev.mokume.recipe.comfyui;

import static dev.mokume.recipe.comfyui.InputSpec.choice;
import static dev.mokume.recipe.comfyui.InputSpec.flag;
import static dev.mokume.recipe.comfyui.InputSpec.link;
import static dev.mokume.recipe.comfyui.InputSpec.share;
import static dev.mokume.recipe.comfyui.InputSpec.whole;

import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.stream.IntStream;

/// The groups of inputs that ComfyUI-DareMerge's nodes share, and what they mean. All numbers are
/// shares of the first model.
final class DareInputs {
  static final List<String> METHODS =
      List.of(
          "comfy",
          "lerp",
          "slerp",
          "slice",
          "cyclic",
          "gradient",
          "hslerp",
          "bislerp",
          "colorize",
          "cosine",
          "cubic",
          "scaled_add");

  private static final List<String> GROUPS =
      List.of("time", "label", "input", "middle", "output", "out");

  private static final List<String> BLOCKS = blocks();

  private DareInputs() {}

  static InputSpec model(String name) {
    return link(name, ValueType.MODEL);
  }

  static InputSpec method() {
    return choice("method", "comfy", METHODS);
  }

  static InputSpec mask() {
    return link("model_mask", ValueType.MODEL_MASK)
        .says("Elements that are set may change; without a mask all may.");
  }

  static Interpolation method(Arguments in) {
    return Interpolation.parse(in.text("method"));
  }

  /// A number for each group of blocks.
  static List<InputSpec> groups() {
    return GROUPS.stream().map(group -> share(group, 1)).toList();
  }

  static Ratio groups(Arguments in) {
    return new Ratio.ByGroup(
        in.real("time"),
        in.real("label"),
        in.real("input"),
        in.real("middle"),
        in.real("output"),
        in.real("out"));
  }

  static String groupWords(Arguments in) {
    return Words.span(GROUPS.stream().map(in::real).toList());
  }

  /// A number for each block; the node pack leaves out blocks that are not given.
  static List<InputSpec> blockInputs() {
    List<InputSpec> inputs = new ArrayList<>();
    for (String block : BLOCKS) {
      boolean isEmbedding = block.equals("time") || block.equals("label");
      inputs.add(share(block, isEmbedding ? 1 : 0).optional());
    }
    return inputs;
  }

  static Ratio blocks(Arguments in) {
    return new Ratio.ByUnetBlock(blockNumbers(in));
  }

  static String blockWords(Arguments in) {
    return Words.span(blockNumbers(in).values());
  }

  private static SequencedMap<String, Double> blockNumbers(Arguments in) {
    SequencedMap<String, Double> numbers = new LinkedHashMap<>();
    in.numbers().stream()
        .filter(BLOCKS::contains)
        .forEach(block -> numbers.put(block, in.real(block)));
    return numbers;
  }

  private static List<String> blocks() {
    List<String> blocks = new ArrayList<>(List.of("time", "label"));
    IntStream.range(0, 12).forEach(i -> blocks.add("input_blocks." + i));
    IntStream.range(0, 3).forEach(i -> blocks.add("middle_block." + i));
    IntStream.range(0, 12).forEach(i -> blocks.add("output_blocks." + i));
    blocks.add("out");
    return List.copyOf(blocks);
  }

  static List<InputSpec> shells() {
    return List.of(share("exterior", 1), share("interior", 1), share("core", 1));
  }

  static Ratio shells(Arguments in) {
    return new Ratio.ByShell(in.real("exterior"), in.real("interior"), in.real("core"));
  }

  static String shellWords(Arguments in) {
    return "exterior %s, interior %s, core %s"
        .formatted(
            Words.number(in.real("exterior")),
            Words.number(in.real("interior")),
            Words.number(in.real("core")));
  }

  static List<InputSpec> attention() {
    return List.of(
        flag("process_norm", true),
        flag("process_attn", true),
        flag("process_ff_net", true),
        share("norm", 1),
        share("attn", 1),
        share("ff_net", 1));
  }

  static Ratio attention(Arguments in) {
    return new Ratio.ByAttention(part(in, "norm"), part(in, "attn"), part(in, "ff_net"));
  }

  static String attentionWords(Arguments in) {
    List<String> parts =
        List.of("norm", "attn", "ff_net").stream()
            .filter(part -> in.flag("process_" + part))
            .map(part -> part + " " + Words.number(in.real(part)))
            .toList();
    return parts.isEmpty() ? "no part" : String.join(", ", parts);
  }

  private static OptionalDouble part(Arguments in, String part) {
    return in.flag("process_" + part) ? OptionalDouble.of(in.real(part)) : OptionalDouble.empty();
  }

  static InputSpec join() {
    return choice("join", "inner", "inner", "outer");
  }

  static Ratio.Join join(Arguments in) {
    return in.has("join") ? constant(Ratio.Join.class, in.text("join")) : Ratio.Join.INNER;
  }

  /// The DARE-TIES step.
  static List<InputSpec> sparse(long seed) {
    return List.of(
        share("drop_rate", 0.9),
        choice("ties", "sum", "sum", "count", "off"),
        choice("rescale", "off", "off", "on"),
        InputSpec.seed(seed));
  }

  static InputSpec iterations() {
    return whole("iterations", 1, 1, 100);
  }

  static SparseUpdate sparse(Arguments in) {
    return new SparseUpdate(
        in.real("drop_rate"),
        constant(SparseUpdate.Vote.class, in.text("ties")),
        in.text("rescale").equals("on"),
        in.whole("seed"));
  }

  static String sparseWords(Arguments in) {
    long iterations = in.whole("iterations");
    return "drops "
        + Words.percent(in.real("drop_rate"))
        + (in.text("ties").equals("off") ? "" : ", elects a sign by " + in.text("ties"))
        + (in.text("rescale").equals("on") ? ", rescaled" : "")
        + (iterations > 1 ? ", " + iterations + " times" : "")
        + ", seed "
        + in.whole("seed");
  }

  /// The constant that a choice names.
  static <E extends Enum<E>> E constant(Class<E> type, String choice) {
    return Enum.valueOf(type, choice.toUpperCase(Locale.ROOT));
  }
}
