package dev.mokume;

import dev.mokume.checkpoint.SmallCheckpoint;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// A folder of a language model in Llama's layout that fits on a page: the elements of a tensor are
/// all alike, and say which model and which layer it is of.
final class TinyLlama {
  static final int VOCABULARY = 4;
  static final int WIDTH = 2;

  private final float value;
  private final int layers;
  private DType dtype = DType.F32;
  private boolean tied;
  private int vocabulary = VOCABULARY;

  /// @param value of every element of no layer; those of layer i are `value + i + 1`, and those of
  ///   its feed-forward part a half more
  TinyLlama(float value, int layers) {
    this.value = value;
    this.layers = layers;
  }

  TinyLlama dtype(DType dtype) {
    this.dtype = dtype;
    return this;
  }

  /// Without a head of its own.
  TinyLlama tied() {
    tied = true;
    return this;
  }

  TinyLlama vocabulary(int size) {
    vocabulary = size;
    return this;
  }

  private void fill(SmallCheckpoint checkpoint, String name, float element, long... shape) {
    Shape dimensions = Shape.of(shape);
    float[] values = new float[Math.toIntExact(dimensions.elementCount())];
    Arrays.fill(values, element);
    checkpoint.with(name, dtype, dimensions, values);
  }

  Path write(Path folder) {
    SmallCheckpoint weights = new SmallCheckpoint();
    fill(weights, "model.embed_tokens.weight", value, vocabulary, WIDTH);
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i;
      float element = value + i + 1;
      fill(weights, layer + ".self_attn.q_proj.weight", element, WIDTH, WIDTH);
      fill(weights, layer + ".mlp.up_proj.weight", element + 0.5f, WIDTH, WIDTH);
      fill(weights, layer + ".input_layernorm.weight", element, WIDTH);
    }
    fill(weights, "model.norm.weight", value, WIDTH);
    if (!tied) {
      fill(weights, "lm_head.weight", value, vocabulary, WIDTH);
    }
    try {
      Files.createDirectories(folder);
      weights.write(folder.resolve("model.safetensors"));
      Files.writeString(
          folder.resolve("config.json"),
          """
          {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "num_hidden_layers": %s,
            "hidden_size": %s,
            "vocab_size": %s,
            "tie_word_embeddings": %s,
            "torch_dtype": "float32"
          }
          """
              .formatted(layers, WIDTH, vocabulary, tied));
      Files.writeString(folder.resolve("tokenizer.json"), "{\"made\": \"of " + value + "\"}");
      Files.writeString(folder.resolve("tokenizer_config.json"), "{}");
      Files.writeString(folder.resolve("chat_template.jinja"), "{{ messages }}");
      Files.writeString(folder.resolve("generation_config.json"), "{\"do_sample\": true}");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return folder;
  }
}
