package dev.mokume.recipe.mergekit;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.Range;
import dev.mokume.internal.yaml.YamlFields;
import dev.mokume.internal.yaml.YamlReading;
import dev.mokume.internal.yaml.YamlText;
import dev.mokume.recipe.mergekit.MergekitConfig.Content;
import dev.mokume.recipe.mergekit.MergekitConfig.Layers;
import dev.mokume.recipe.mergekit.MergekitConfig.Module;
import dev.mokume.recipe.mergekit.MergekitConfig.Slice;
import dev.mokume.recipe.mergekit.MergekitConfig.Source;
import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenizerSpec;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// Reads configs from YAML: every problem is told at once, with its place.
final class ConfigReader {
  /// More than any config that a person writes.
  private static final long MAX_BYTES = 4L << 20;

  private static final int MAX_CONFIGS = 1_000;
  private static final int MOST_LAYERS = 100_000;

  private static final Form CONFIG =
      Form.of(
          "the config",
          "merge_method",
          "name models slices modules base_model parameters dtype out_dtype tokenizer_source"
              + " tokenizer chat_template");
  private static final Form MODEL = Form.of("a model", "model", "parameters");
  private static final Form SLICE =
      Form.of("a slice", "sources", "base_model parameters residual_weight");
  private static final Form SOURCE = Form.of("a source", "model layer_range", "parameters");
  private static final Form MODULE = Form.of("a module", "", "slices models parameters");
  private static final Form REFERENCE =
      Form.of("a model's reference", "model", "lora override_architecture");
  private static final Form LOCATION = Form.of("a model's path", "path", "revision");
  private static final Form RULE = Form.of("a value with a filter", "value", "filter");

  private static final Map<String, DType> DTYPES =
      Map.of("bfloat16", DType.BF16, "float16", DType.F16, "float32", DType.F32);

  private static final ModelReference NO_MODEL =
      new ModelReference("", Optional.empty(), Optional.empty());

  private final ConfigReading reading;
  private final String source;

  /// Where models that are named by relative paths may lie.
  private final List<Path> folders;

  /// Of the config that is being read.
  private final Map<ModelReference, String> architectures = new HashMap<>();

  private ConfigReader(ConfigReading reading, String source, List<Path> folders) {
    this.reading = reading;
    this.source = source;
    this.folders = folders;
  }

  static List<MergekitConfig> read(Path file) {
    Path beside = file.toAbsolutePath().getParent();
    List<Path> folders = beside == null ? List.of(Path.of("")) : List.of(Path.of(""), beside);
    return read(text(file), file.toString(), folders);
  }

  static List<MergekitConfig> read(String text, String source) {
    return read(text, source, List.of(Path.of("")));
  }

  private static List<MergekitConfig> read(String text, String source, List<Path> folders) {
    List<Node> documents = YamlText.composeAll(text, source);
    ConfigReading reading = new ConfigReading(source);
    ConfigReader reader = new ConfigReader(reading, source, folders);
    if (documents.isEmpty()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          source + ": the config is empty; it needs merge_method and models or slices.");
    }
    if (documents.size() > MAX_CONFIGS) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          source + ": has " + documents.size() + " configs, but at most " + MAX_CONFIGS + " do.");
    }
    List<String> texts = texts(text, documents);
    List<MergekitConfig> configs = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < documents.size(); i++) {
      MergekitConfig config = reader.config(documents.get(i), texts.get(i));
      config
          .name()
          .filter(name -> !names.add(name))
          .ifPresent(name ->
              reading.problem(
                  documents.get(configs.size()),
                  "another config is called '" + name + "' already; rename one of them"));
      configs.add(config);
    }
    reading.throwIfAny();
    return List.copyOf(configs);
  }

  /// The text from each document to the next.
  private static List<String> texts(String text, List<Node> documents) {
    if (documents.size() == 1) {
      return List.of(text);
    }
    List<String> lines = text.lines().toList();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < documents.size(); i++) {
      int end = i + 1 < documents.size() ? line(documents.get(i + 1)) : lines.size();
      List<String> own =
          lines.subList(line(documents.get(i)), end).stream()
              .filter(line -> !line.equals("---"))
              .toList();
      texts.add(String.join("\n", own).stripTrailing() + "\n");
    }
    return texts;
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(0);
  }

  private MergekitConfig config(Node root, String text) {
    architectures.clear();
    reading.beginConfig();
    YamlFields fields = new YamlFields(reading, root, CONFIG);
    Node method = fields.get("merge_method");
    Optional<String> name = optional(fields, "name", node -> reading.text(node, "name"));
    MergeMethod known = method == null ? MergeMethod.LINEAR : method(method);
    Content content = content(root, fields, "the config", List.of("models", "slices", "modules"));
    Optional<ModelReference> base =
        optional(fields, "base_model", node -> reference(node, "base_model"));
    Parameters parameters = parameters(fields.get("parameters"));
    Optional<DType> dtype = dtype(fields.get("dtype"), "dtype");
    Optional<DType> outDtype = dtype(fields.get("out_dtype"), "out_dtype");
    Optional<TokenizerSpec> tokenizer = new TokenizerSection(reading, this::reference).read(fields);
    List<String> ignored = reading.endConfig();
    return new MergekitConfig(
        name,
        known,
        content,
        base,
        parameters,
        dtype,
        outDtype,
        tokenizer,
        architectures,
        text,
        source,
        ignored);
  }

  private MergeMethod method(Node node) {
    String text = reading.text(node, "merge_method");
    int index = MergeMethod.ids().indexOf(text);
    if (index < 0 && !text.isEmpty()) {
      reading.problem(
          node,
          "merge_method has no value '%s'%s"
              .formatted(text, YamlReading.oneOf(text, MergeMethod.ids(), "It is one of")));
    }
    return MergeMethod.values()[Math.max(0, index)];
  }

  private static <T> Optional<T> optional(YamlFields fields, String key, Function<Node, T> read) {
    Node node = fields.get(key);
    return node == null || isNull(node) ? Optional.empty() : Optional.of(read.apply(node));
  }

  private static boolean isNull(Node node) {
    return node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL);
  }

  private Content content(Node root, YamlFields fields, String what, List<String> keys) {
    List<String> there =
        keys.stream().filter(key -> fields.has(key) && !isNull(node(fields, key))).toList();
    if (there.size() != 1) {
      reading.problem(
          root,
          "%s needs one of %s, but it has %s"
              .formatted(
                  what,
                  String.join(", ", keys),
                  there.isEmpty() ? "none" : String.join(" and ", there)));
      return new Content.Models(List.of());
    }
    Node node = node(fields, there.getFirst());
    return switch (there.getFirst()) {
      case "models" -> new Content.Models(list(node, "models", this::model));
      case "slices" -> new Content.Slices(list(node, "slices", this::slice));
      default -> new Content.Modules(modules(node));
    };
  }

  private static Node node(YamlFields fields, String key) {
    return Objects.requireNonNull(fields.get(key));
  }

  private <T> List<T> list(Node node, String what, Function<Node, T> read) {
    List<T> items = new ArrayList<>();
    if (node instanceof SequenceNode list && !list.getValue().isEmpty()) {
      list.getValue().forEach(item -> items.add(read.apply(item)));
    } else {
      reading.problem(
          node,
          what
              + " must be a list with at least one item but is "
              + (node instanceof SequenceNode ? "empty" : YamlReading.describe(node)));
    }
    return items;
  }

  private Source model(Node node) {
    YamlFields fields = new YamlFields(reading, node, MODEL);
    return new Source(
        reference(fields.get("model"), "model"),
        Optional.empty(),
        parameters(fields.get("parameters")));
  }

  private Slice slice(Node node) {
    YamlFields fields = new YamlFields(reading, node, SLICE);
    Node sources = fields.get("sources");
    List<Source> read = sources == null ? List.of() : list(sources, "sources", this::sourceOfSlice);
    List<Integer> counts =
        read.stream()
            .flatMap(source -> source.layers().stream())
            .map(Layers::count)
            .distinct()
            .toList();
    if (counts.size() > 1) {
      reading.problem(
          node,
          "the sources of a slice must have as many layers each, but these have "
              + String.join(" and ", counts.stream().map(String::valueOf).toList()));
    }
    return new Slice(
        read,
        optional(fields, "base_model", base -> reference(base, "base_model")),
        parameters(fields.get("parameters")));
  }

  private Source sourceOfSlice(Node node) {
    YamlFields fields = new YamlFields(reading, node, SOURCE);
    return new Source(
        reference(fields.get("model"), "model"),
        optional(fields, "layer_range", this::layers),
        parameters(fields.get("parameters")));
  }

  private Layers layers(Node node) {
    if (!(node instanceof SequenceNode list) || list.getValue().size() != 2) {
      reading.problem(
          node,
          "layer_range must be the first layer and the one after the last, as in [0, 24], but is "
              + YamlReading.describe(node));
      return new Layers(0, 1);
    }
    int from = (int) reading.integer(list.getValue().get(0), "the first layer", 0, MOST_LAYERS);
    Node last = list.getValue().get(1);
    int end = (int) reading.integer(last, "the end of layer_range", 0, MOST_LAYERS);
    if (end <= from) {
      reading.problem(
          last,
          "layer_range is empty: layers from "
              + from
              + " to before "
              + end
              + ", of which"
              + " there are none");
      return new Layers(from, from + 1);
    }
    return new Layers(from, end);
  }

  private SequencedMap<String, Module> modules(Node node) {
    SequencedMap<String, Module> modules = new LinkedHashMap<>();
    YamlFields.entries(reading, node, "modules")
        .forEach((name, entry) -> {
          YamlFields fields = new YamlFields(reading, entry.value(), MODULE);
          modules.put(
              name,
              new Module(
                  content(
                      entry.value(), fields, "module '" + name + "'", List.of("slices", "models")),
                  parameters(fields.get("parameters"))));
        });
    if (node instanceof MappingNode && modules.isEmpty()) {
      reading.problem(node, "modules is empty; name at least one");
    }
    return modules;
  }

  private ModelReference reference(@Nullable Node node, String what) {
    if (node == null) {
      return NO_MODEL;
    }
    if (node instanceof MappingNode) {
      YamlFields fields = new YamlFields(reading, node, REFERENCE);
      Node model = fields.get("model");
      ModelReference alone = model == null ? NO_MODEL : location(model, what);
      optional(
              fields,
              "override_architecture",
              architecture -> reading.text(architecture, "override_architecture"))
          .ifPresent(architecture -> architectures.put(alone, architecture));
      return new ModelReference(
          alone.path(), alone.revision(), optional(fields, "lora", lora -> location(lora, "lora")));
    }
    String text = reading.text(node, what);
    return ModelReference.parse(text, path -> ModelPlaces.isHere(path, folders))
        .orElseGet(() -> {
          if (!text.isEmpty()) {
            reading.problem(
                node, "%s '%s' is not PATH, PATH@REVISION or PATH+LORA".formatted(what, text));
          }
          return NO_MODEL;
        });
  }

  private ModelReference location(Node node, String what) {
    if (node instanceof MappingNode) {
      YamlFields fields = new YamlFields(reading, node, LOCATION);
      return new ModelReference(
          fields.text("path", ""),
          optional(fields, "revision", revision -> reading.text(revision, "revision")),
          Optional.empty());
    }
    return reference(node, what);
  }

  private Optional<DType> dtype(@Nullable Node node, String what) {
    if (node == null || isNull(node)) {
      return Optional.empty();
    }
    String text = reading.text(node, what);
    String name = text.startsWith("torch.") ? text.substring("torch.".length()) : text;
    DType dtype = DTYPES.get(name);
    if (dtype == null && !text.isEmpty()) {
      reading.problem(
          node,
          "%s has no value '%s'%s"
              .formatted(
                  what,
                  text,
                  YamlReading.oneOf(
                      name, DTYPES.keySet().stream().sorted().toList(), "It is one of")));
    }
    return Optional.ofNullable(dtype);
  }

  private Parameters parameters(@Nullable Node node) {
    if (node == null || isNull(node)) {
      return Parameters.NONE;
    }
    SequencedMap<String, Setting> settings = new LinkedHashMap<>();
    SequencedMap<String, String> places = new LinkedHashMap<>();
    YamlFields.entries(reading, node, "parameters")
        .forEach((name, entry) -> {
          settings.put(name, setting(entry.value(), name));
          places.put(name, reading.place(entry.key()));
        });
    return new Parameters(settings, places);
  }

  private Setting setting(Node node, String name) {
    reading.enter(node);
    Setting setting =
        switch (node) {
          case MappingNode _ -> new Setting.Filtered(List.of(rule(node, name)));
          case SequenceNode list when list.getValue().isEmpty() -> {
            reading.problem(node, name + " is an empty list; give it numbers");
            yield new Setting.Constant(new Value.Real(0));
          }
          case SequenceNode list
              when list.getValue().stream().anyMatch(MappingNode.class::isInstance) ->
              new Setting.Filtered(list.getValue().stream().map(item -> rule(item, name)).toList());
          case SequenceNode list when list.getValue().stream().allMatch(reading::isNumber) ->
              new Setting.Gradient(
                  list.getValue().stream()
                      .map(item -> reading.number(item, "a number of " + name, Range.FINITE))
                      .toList());
          case SequenceNode list ->
              new Setting.Steps(list.getValue().stream().map(item -> value(item, name)).toList());
          default -> new Setting.Constant(value(node, name));
        };
    reading.leave();
    return setting;
  }

  private Setting.Rule rule(Node node, String name) {
    YamlFields fields = new YamlFields(reading, node, RULE);
    Node value = fields.get("value");
    return new Setting.Rule(
        optional(fields, "filter", filter -> reading.text(filter, "filter"))
            .filter(filter -> !filter.equals("*")),
        value == null ? new Setting.Constant(new Value.Real(0)) : setting(value, name));
  }

  private Value value(Node node, String name) {
    if (reading.isNumber(node)) {
      return new Value.Real(reading.number(node, name, Range.FINITE));
    }
    if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.BOOL)) {
      return new Value.Flag(reading.bool(node, name));
    }
    return new Value.Text(reading.text(node, name));
  }

  private static String text(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw unreadable(file, "is a directory; name a config file", null);
      }
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "%s: has %s bytes, but a config has at most %s; is it a checkpoint?"
                .formatted(file, size, MAX_BYTES));
      }
      return Files.readString(file);
    } catch (CharacterCodingException e) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          file + ": is not UTF-8 text, so it is not a config; is it a checkpoint?",
          e);
    } catch (NoSuchFileException e) {
      throw unreadable(file, "does not exist", e);
    } catch (IOException e) {
      throw unreadable(file, "cannot be read (" + Reason.of(e) + ")", e);
    }
  }

  private static MokumeException unreadable(Path file, String why, @Nullable Throwable cause) {
    return new MokumeException(
        ErrorCode.UNREADABLE_INPUT, "the config " + file + " " + why + ".", cause);
  }
}
