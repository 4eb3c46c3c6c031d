package dev.mokume.recipe.mergekit;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of a model in the layout of the transformers library.
///
/// What is about the language model may stand in an object of its own: `text_config`.
public final class ModelConfig {
  static final String FILE = "config.json";

  private static final long LARGEST = 16L << 20;
  private static final List<String> TEXT = List.of("text_config", "llm_config", "language_config");
  private static final List<String> VISION = List.of("vision_config", "vision_tower_config");
  private static final List<String> COUNTS =
      List.of("num_hidden_layers", "n_layer", "num_layers", "n_layers", "depth");

  /// Lists with an item for each layer.
  private static final List<String> LISTS =
      List.of("layer_types", "layers_block_type", "attention_layers", "no_rope_layers");

  private static final List<String> DTYPES = List.of("dtype", "torch_dtype");
  private static final String VOCABULARY = "vocab_size";
  private static final List<String> TOKEN_IDS =
      List.of("bos_token_id", "eos_token_id", "pad_token_id");
  private static final String TIED = "tie_word_embeddings";

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(100).build())
                  .build())
          .build();

  private final ObjectNode root;

  private ModelConfig(ObjectNode root) {
    this.root = root;
  }

  /// The config of a folder; nothing if it has none.
  ///
  /// @throws MokumeException `MALFORMED_CHECKPOINT` if it is no JSON object
  static Optional<ModelConfig> in(Path folder) {
    Path file = folder.resolve(FILE);
    if (!Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      if (Files.size(file) > LARGEST) {
        throw malformed(file, "is larger than any model's config");
      }
      if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
        return Optional.of(new ModelConfig(object));
      }
      throw malformed(file, "is not a JSON object");
    } catch (JacksonException e) {
      throw malformed(file, "is not JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT, file + ": cannot be read: " + Reason.of(e) + ".", e);
    }
  }

  private static MokumeException malformed(Path file, String why) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT, file + ": " + why + "; copy the model's folder again.");
  }

  /// What the model is.
  ModelKind kind() {
    JsonNode architectures = root.get("architectures");
    JsonNode first = architectures instanceof ArrayNode list ? list.get(0) : null;
    return new ModelKind(text(first), text(root.get("model_type")));
  }

  private static Optional<String> text(@Nullable JsonNode node) {
    return node != null && node.isString()
        ? Optional.of(node.stringValue()).filter(text -> text.matches("[\\w.-]{1,100}"))
        : Optional.empty();
  }

  /// The number of the language model's layers.
  OptionalInt layers() {
    return count(textPart());
  }

  private static OptionalInt count(ObjectNode part) {
    return COUNTS.stream()
        .map(part::get)
        .filter(node -> node != null && node.isInt())
        .mapToInt(JsonNode::asInt)
        .findFirst();
  }

  private ObjectNode textPart() {
    return part(TEXT).filter(text -> count(text).isPresent()).orElse(root);
  }

  private Optional<ObjectNode> part(List<String> names) {
    return names.stream()
        .map(root::get)
        .filter(ObjectNode.class::isInstance)
        .map(ObjectNode.class::cast)
        .findFirst();
  }

  /// Says how many layers there are now, and which of the former each is.
  ///
  /// @param senses whether it is the vision tower's layers
  void setLayers(boolean senses, int count, IntUnaryOperator former) {
    ObjectNode part = senses ? part(VISION).orElse(root) : textPart();
    OptionalInt before = count(part);
    if (before.isEmpty()) {
      return;
    }
    for (String key : COUNTS) {
      JsonNode known = part.get(key);
      if (known != null && known.isInt() && known.asInt() == before.getAsInt()) {
        part.put(key, count);
      }
    }
    for (String key : LISTS) {
      if (part.get(key) instanceof ArrayNode list && list.size() == before.getAsInt()) {
        ArrayNode items = part.arrayNode();
        for (int layer = 0; layer < count; layer++) {
          // A layer may come from a deeper model than this one.
          items.add(list.get(Math.min(list.size() - 1, former.applyAsInt(layer))).deepCopy());
        }
        part.set(key, items);
      }
    }
  }

  /// Whether the head is the embedding; nothing if the config does not say.
  Optional<Boolean> isTied() {
    for (ObjectNode part : List.of(root, textPart())) {
      if (part.get(TIED) != null && part.get(TIED).isBoolean()) {
        return Optional.of(part.get(TIED).asBoolean());
      }
    }
    return Optional.empty();
  }

  void setTied(boolean tied) {
    ObjectNode text = textPart();
    if (text != root && text.has(TIED)) {
      text.put(TIED, tied);
    }
    root.put(TIED, tied);
  }

  /// @param name as torch has it: `bfloat16`
  void setDtype(String name) {
    boolean any = false;
    for (ObjectNode part : List.of(root, textPart())) {
      for (String key : DTYPES) {
        if (part.has(key)) {
          part.put(key, name);
          any = true;
        }
      }
    }
    if (!any) {
      root.put("torch_dtype", name);
    }
  }

  void setVocabulary(long size) {
    boolean any = false;
    for (ObjectNode part : List.of(root, textPart())) {
      if (part.has(VOCABULARY)) {
        part.put(VOCABULARY, size);
        any = true;
      }
    }
    if (!any) {
      root.put(VOCABULARY, size);
    }
  }

  /// Takes over which ids begin and end a text, from the model whose ids they are.
  void takeTokenIds(ModelConfig other) {
    for (String key : TOKEN_IDS) {
      for (ObjectNode part : List.of(root, textPart())) {
        part.remove(key);
      }
      for (ObjectNode part : List.of(other.root, other.textPart())) {
        if (part.has(key)) {
          (part == other.root ? root : textPart()).set(key, part.get(key));
        }
      }
    }
  }

  /// Whether the model is run by code of its own, which lies in its folder.
  public boolean hasOwnCode() {
    return root.has("auto_map");
  }

  /// As it is written.
  public String text() {
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root).replace("\r\n", "\n")
        + "\n";
  }
}
