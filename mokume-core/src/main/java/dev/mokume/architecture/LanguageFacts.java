package dev.mokume.architecture;

import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What tells one language model from another, gathered in a pass over its tensors.
final class LanguageFacts {
  /// The sizes of Mistral 7B, whose names are Llama's: no other model in use has all three.
  private static final long MISTRAL_HIDDEN = 4096;

  private static final long MISTRAL_FEED_FORWARD = 14336;
  private static final long MISTRAL_LARGEST_VOCABULARY = 32768;

  private long vocabulary = -1;
  private long hidden = -1;
  private long feedForward = -1;
  private int layers;
  private boolean queryBias;
  private boolean queryNorm;

  void add(TensorSpec spec) {
    String name = spec.name();
    queryBias |= name.endsWith(".self_attn.q_proj.bias");
    queryNorm |= name.endsWith(".self_attn.q_norm.weight");
    layers = Math.max(layers, LanguageModelNames.layer(name) + 1);
    if (spec.shape().rank() != 2) {
      return;
    }
    if (name.endsWith("embed_tokens.weight") || name.endsWith("wte.weight")) {
      vocabulary = spec.shape().dimension(0);
      hidden = spec.shape().dimension(1);
    } else if (name.endsWith(".mlp.up_proj.weight")) {
      feedForward = spec.shape().dimension(0);
    }
  }

  Architecture architecture(Naming naming) {
    if (naming == Naming.GPT2) {
      return Architecture.GPT2;
    }
    if (queryNorm) {
      return Architecture.QWEN3;
    }
    if (queryBias) {
      return Architecture.QWEN2;
    }
    boolean mistral =
        hidden == MISTRAL_HIDDEN
            && feedForward == MISTRAL_FEED_FORWARD
            && vocabulary <= MISTRAL_LARGEST_VOCABULARY;
    return mistral ? Architecture.MISTRAL : Architecture.LLAMA;
  }

  List<String> evidence(Naming naming) {
    List<String> found = new ArrayList<>();
    if (naming == Naming.LLAMA) {
      found.add(Detection.count(layers, "layer"));
      if (queryNorm) {
        found.add("q_norm present");
      }
      if (queryBias) {
        found.add("biases on q_proj");
      }
    }
    if (vocabulary >= 0) {
      found.add(String.format(Locale.ROOT, "vocabulary %,d, width %,d", vocabulary, hidden));
    }
    if (feedForward >= 0) {
      found.add(String.format(Locale.ROOT, "feed-forward %,d", feedForward));
    }
    return found;
  }
}
