package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.RowOrder;
import dev.mokume.tensor.TensorSpec;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The names that Llama, Mistral, Qwen 2 and Qwen 3 have in GGUF, and those that the transformers
/// library gives to the same tensors, under which Mokume knows them.
///
/// For Llama and Mistral, GGUF also has the rows of queries and keys in another order: ggml turns
/// neighbouring numbers by an angle, the transformers library the two halves of a head. So of each
/// head GGUF has the first row, the first of the second half, the second row and so on.
///
/// Names that are not known stay as they are. Source: `convert_hf_to_gguf.py` of llama.cpp.
final class LanguageNames {
  private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\.(.+)\\.(weight|bias)");
  private static final Pattern HF_LAYER =
      Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)\\.(weight|bias)");

  private static final Map<String, String> ENDS =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");
  private static final Map<String, String> MODULES =
      Map.ofEntries(
          Map.entry("attn_norm", "input_layernorm"),
          Map.entry("attn_q", "self_attn.q_proj"),
          Map.entry("attn_k", "self_attn.k_proj"),
          Map.entry("attn_v", "self_attn.v_proj"),
          Map.entry("attn_output", "self_attn.o_proj"),
          Map.entry("attn_q_norm", "self_attn.q_norm"),
          Map.entry("attn_k_norm", "self_attn.k_norm"),
          Map.entry("ffn_norm", "post_attention_layernorm"),
          Map.entry("ffn_gate", "mlp.gate_proj"),
          Map.entry("ffn_up", "mlp.up_proj"),
          Map.entry("ffn_down", "mlp.down_proj"));

  private static final Map<String, String> HF_ENDS = inverse(ENDS);
  private static final Map<String, String> HF_MODULES = inverse(MODULES);

  /// What `general.architecture` says where the names are these.
  private static final String LLAMA = "llama";

  private enum Rows {
    /// Names are not known, and rows as they are.
    UNKNOWN,
    IN_ORDER,
    /// Those of queries and keys are in ggml's order.
    BY_PAIRS
  }

  private final Rows rows;
  private final long queryHeads;
  private final long keyHeads;

  private LanguageNames(Rows rows, long queryHeads, long keyHeads) {
    this.rows = rows;
    this.queryHeads = queryHeads;
    this.keyHeads = keyHeads;
  }

  private static Map<String, String> inverse(Map<String, String> names) {
    Map<String, String> inverse = new HashMap<>();
    names.forEach((name, other) -> inverse.put(other, name));
    return Map.copyOf(inverse);
  }

  /// The names of a file with that header.
  static LanguageNames of(Map<String, KeyValue> values) {
    KeyValue architecture = values.get(KeyValue.ARCHITECTURE);
    String name = architecture == null ? "" : architecture.text();
    return switch (name) {
      case LLAMA -> {
        long heads = number(values, "llama.attention.head_count").orElse(0);
        yield new LanguageNames(
            Rows.BY_PAIRS, heads, number(values, "llama.attention.head_count_kv").orElse(heads));
      }
      case "qwen2", "qwen3" -> new LanguageNames(Rows.IN_ORDER, 0, 0);
      default -> new LanguageNames(Rows.UNKNOWN, 0, 0);
    };
  }

  private static OptionalLong number(Map<String, KeyValue> values, String key) {
    KeyValue value = values.get(key);
    return value == null || value.numbers().length != 1
        ? OptionalLong.empty()
        : OptionalLong.of(value.numbers()[0]);
  }

  /// The transformers library's name of a tensor of the file.
  String inHuggingFace(String name) {
    if (rows == Rows.UNKNOWN) {
      return name;
    }
    return translated(name, ENDS, LAYER, MODULES, "model.layers.");
  }

  /// The file's name of a tensor.
  String inFile(String name) {
    if (rows == Rows.UNKNOWN) {
      return name;
    }
    return translated(name, HF_ENDS, HF_LAYER, HF_MODULES, "blk.");
  }

  private static String translated(
      String name,
      Map<String, String> ends,
      Pattern layer,
      Map<String, String> modules,
      String layers) {
    String end = ends.get(name);
    if (end != null) {
      return end;
    }
    Matcher matcher = layer.matcher(name);
    String module = matcher.matches() ? modules.get(matcher.group(2)) : null;
    return module == null
        ? name
        : layers + matcher.group(1) + "." + module + "." + matcher.group(3);
  }

  /// Whether the file has a tensor's rows in another order than theirs.
  ///
  /// @param name in the file
  boolean isReordered(String name) {
    return rows == Rows.BY_PAIRS && (isOf(name, "attn_q") || isOf(name, "attn_k"));
  }

  private static boolean isOf(String name, String module) {
    Matcher matcher = LAYER.matcher(name);
    return matcher.matches() && matcher.group(2).equals(module);
  }

  /// The order in which the file has a tensor's rows, if it [#isReordered]. Nothing if the number
  /// of heads is not told or does not fit.
  ///
  /// @param name in the file
  Optional<RowOrder> order(String name, TensorSpec tensor) {
    long heads = isOf(name, "attn_q") ? queryHeads : keyHeads;
    long count = tensor.shape().rank() == 0 ? 0 : tensor.shape().dimension(0);
    if (heads <= 0 || count == 0 || count % heads != 0 || count / heads % 2 != 0) {
      return Optional.empty();
    }
    long head = count / heads;
    return Optional.of(row -> {
      long inHead = row % head;
      long half = inHead / (head / 2);
      return row - inHead + 2 * (inHead % (head / 2)) + half;
    });
  }
}
