package dev.mokume.architecture;

import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The layers of a model, known or not, from the first number in its tensors' names:
/// `model.layers.3.mlp.up_proj.weight` is of layer 3 of `model.layers`.
///
/// A row of layers counts if it has no gaps: `merger.mlp.0` and `merger.mlp.2` are no layers.
public final class NumberedLayers {
  /// What most models call their head.
  private static final String HEAD = "lm_head.weight";

  /// What stands in the names of a model's eyes and ears.
  private static final Set<String> SENSES =
      Set.of(
          "visual",
          "vision_tower",
          "vision_model",
          "vision_encoder",
          "multi_modal_projector",
          "audio_tower",
          "audio_encoder",
          "mm_projector");

  /// What stands outside of the layers and, on the data's way, behind them.
  private static final Set<String> BEHIND =
      Set.of(
          "norm",
          "norm_f",
          "ln_f",
          "final_norm",
          "final_layernorm",
          "final_layer_norm",
          "final_logits_bias",
          "lm_head",
          "embed_out",
          "output",
          "score",
          "classifier",
          "pre_classifier",
          "qa_outputs",
          "pooler",
          "cls",
          "vocab_transform",
          "vocab_layer_norm",
          "vocab_projector");

  private final SequencedMap<String, Integer> counts = new LinkedHashMap<>();
  private final Map<String, Integer> tensors = new HashMap<>();

  private NumberedLayers(Collection<String> names) {
    Map<String, BitSet> numbers = new TreeMap<>();
    for (String name : names) {
      int dot = beforeNumber(name);
      if (dot > 0) {
        String row = name.substring(0, dot);
        numbers.computeIfAbsent(row, _ -> new BitSet()).set(Segments.number(name, dot + 1));
        tensors.merge(row, 1, Integer::sum);
      }
    }
    numbers.forEach((row, there) -> {
      if (there.nextClearBit(0) == there.length()) {
        counts.put(row, there.length());
      }
    });
  }

  /// Of a model with tensors of those names.
  public static NumberedLayers of(Collection<String> names) {
    return new NumberedLayers(names);
  }

  /// The number of layers of each row, by what stands before the number: `model.layers`.
  public SequencedMap<String, Integer> counts() {
    return Collections.unmodifiableSequencedMap(counts);
  }

  /// The row that people mean by a model's layers: the one of the configured number, else the one
  /// of the most tensors, and no vision tower's if there is another.
  ///
  /// @param configured what the model's configuration says
  public Optional<String> main(OptionalInt configured) {
    return counts.keySet().stream()
        .max(
            Comparator.<String, Boolean>comparing(row -> !isOfSenses(row))
                .thenComparing(
                    row -> configured.equals(OptionalInt.of(counts.getOrDefault(row, 0))))
                .thenComparing(row -> tensors.getOrDefault(row, 0)));
  }

  /// Whether a row or a tensor is that of a vision tower or the like.
  public static boolean isOfSenses(String name) {
    return Stream.of(name.split("\\.")).anyMatch(SENSES::contains);
  }

  /// The layer of `row` that a tensor is of; nothing for one of no layer of it.
  public static OptionalInt number(String name, String row) {
    int dot = row.length();
    int number =
        name.startsWith(row) && name.length() > dot && name.charAt(dot) == '.'
            ? Segments.number(name, dot + 1)
            : -1;
    return number < 0 ? OptionalInt.empty() : OptionalInt.of(number);
  }

  /// The tensor's name if its layer of `row` had another number.
  ///
  /// @param number that it has
  public static String renumbered(String name, String row, int number, int other) {
    return number == other
        ? name
        : row + "." + other + name.substring(row.length() + 1 + String.valueOf(number).length());
  }

  /// Whether a tensor of no layer stands behind the layers on the data's way: a final norm, a head.
  public static boolean isBehind(String name) {
    if (isOfSenses(name)) {
      return false;
    }
    for (String segment : name.split("\\.")) {
      if (BEHIND.contains(segment)) {
        return true;
      }
    }
    return false;
  }

  /// Whether a tensor is a language model's head.
  public static boolean isHead(String name) {
    return name.endsWith(HEAD) || name.endsWith("embed_out.weight");
  }

  /// Whether a tensor is the embedding of a language model's tokens, and its head where there is no
  /// [#HEAD]. BERT and its kin have heads of other names, and a GPT-2 without `transformer.` before
  /// its names none at all.
  public static boolean mayBeHead(String name) {
    return !isOfSenses(name)
        && (name.endsWith("embed_tokens.weight")
            || name.endsWith(".wte.weight")
            || name.endsWith("embed_in.weight")
            || name.endsWith("word_embeddings.weight")
                && !name.endsWith("embeddings.word_embeddings.weight"));
  }

  /// What a head is called that is a tensor of its own, in a model with that embedding.
  public static String headBeside(String embedding) {
    String end = "model.embed_tokens.weight";
    String before =
        embedding.endsWith("." + end)
            ? embedding.substring(0, embedding.length() - end.length())
            : "";
    return before + (embedding.endsWith("embed_in.weight") ? "embed_out.weight" : HEAD);
  }

  /// Where the dot before the first number is; -1 without one.
  private static int beforeNumber(String name) {
    for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (Segments.number(name, dot + 1) >= 0) {
        return dot;
      }
    }
    return -1;
  }
}
