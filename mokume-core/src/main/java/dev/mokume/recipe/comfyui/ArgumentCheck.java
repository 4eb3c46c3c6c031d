package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.recipe.comfyui.NodeError.Kind;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import tools.jackson.databind.JsonNode;

/// Checks what one node is given against its definition, as ComfyUI does before it runs a workflow:
/// the same kinds of errors, in the same order.
final class ArgumentCheck {
  private static final int LISTED = 20;

  private final Node node;
  private final NodeType type;
  private final ModelFolders folders;
  private final Map<String, NodeResult> results;

  private final SequencedMap<String, Value> values = new LinkedHashMap<>();
  private final Map<String, Path> files = new HashMap<>();
  private final List<NodeError> errors = new ArrayList<>();
  private Optional<String> blockedBy = Optional.empty();

  /// @param results of the nodes before
  ArgumentCheck(Node node, NodeType type, ModelFolders folders, Map<String, NodeResult> results) {
    this.node = node;
    this.type = type;
    this.folders = folders;
    this.results = results;
    for (InputSpec spec : type.inputs()) {
      if (spec.isRequired() && !node.inputs().containsKey(spec.name())) {
        error(
            Kind.REQUIRED_INPUT_MISSING,
            spec,
            "it is required and missing; "
                + (spec.type().isWidget()
                    ? "give it a value"
                    : "link it to an output of type " + spec.type()));
      }
    }
    // In the order of the workflow, which decides what some nodes take for numbers not given.
    node.inputs().forEach((name, input) -> type.input(name).ifPresent(spec -> check(spec, input)));
  }

  List<NodeError> errors() {
    return errors;
  }

  /// Whether every value is there, if perhaps not every file.
  boolean isComplete() {
    return blockedBy.isEmpty()
        && type.inputs().stream()
            .filter(InputSpec::isRequired)
            .allMatch(spec -> values.containsKey(spec.name()));
  }

  /// The node that gives no value where one is needed.
  Optional<String> blockedBy() {
    return blockedBy;
  }

  SequencedMap<String, Value> values() {
    return values;
  }

  Map<String, Path> files() {
    return files;
  }

  private void check(InputSpec spec, Input input) {
    switch (input) {
      case Input.Link link -> linked(spec, link);
      case Input.Literal(JsonNode value) -> literal(spec, value);
    }
  }

  private void linked(InputSpec spec, Input.Link link) {
    NodeResult source = results.get(link.node());
    if (source == null) {
      error(
          Kind.BAD_LINKED_INPUT,
          spec,
          "it is linked to node %s, which the workflow does not have"
              .formatted(Quoted.name(link.node())));
      return;
    }
    if (source.type().isPresent()) {
      List<OutputSpec> outputs = source.type().get().outputs();
      if (link.slot() < 0 || link.slot() >= outputs.size()) {
        error(
            Kind.BAD_LINKED_INPUT,
            spec,
            "it is linked to output %s of %s, which has %s"
                .formatted(link.slot(), NodeError.label(source.node()), outputs.size()));
        return;
      }
      ValueType received = outputs.get(link.slot()).type();
      if (!fits(received, spec.type())) {
        error(
            Kind.RETURN_TYPE_MISMATCH,
            spec,
            "it takes %s, but %s gives %s there"
                .formatted(spec.type(), NodeError.label(source.node()), received));
        return;
      }
    }
    if (source.outcome().isEmpty()) {
      blockedBy = blockedBy.or(() -> Optional.of(link.node()));
      return;
    }
    Value value = source.outcome().get().outputs().get(link.slot());
    accept(spec, value);
  }

  /// A text may choose from a list.
  private static boolean fits(ValueType received, ValueType wanted) {
    return received == wanted || (received == ValueType.STRING && wanted == ValueType.COMBO);
  }

  private void literal(InputSpec spec, JsonNode json) {
    JsonNode value = json.isObject() && json.has("__value__") ? json.get("__value__") : json;
    if (json.isArray()) {
      error(
          Kind.BAD_LINKED_INPUT,
          spec,
          "it is a list of %s, but a link is a pair of a node's id and an output's number"
              .formatted(json.size()));
      return;
    }
    switch (spec.type()) {
      case INT -> whole(value).ifPresentOrElse(n -> accept(spec, n), () -> wrongType(spec, value));
      case FLOAT -> real(value).ifPresentOrElse(n -> accept(spec, n), () -> wrongType(spec, value));
      case STRING -> accept(spec, new Value.Text(text(value)));
      case BOOLEAN -> accept(spec, new Value.Flag(truth(value)));
      case COMBO -> {
        if (value.isString()) {
          accept(spec, new Value.Text(value.stringValue()));
        } else {
          notInList(spec, text(value));
        }
      }
      case MODEL, CLIP, VAE, MODEL_MASK, LAYER_GRADIENT, IMAGE ->
          error(
              Kind.BAD_LINKED_INPUT,
              spec,
              "it is %s, but has to be linked to an output of type %s"
                  .formatted(Quoted.name(text(value)), spec.type()));
    }
  }

  private void wrongType(InputSpec spec, JsonNode value) {
    error(
        Kind.INVALID_INPUT_TYPE,
        spec,
        "%s cannot be made %s".formatted(Quoted.name(text(value)), noun(spec.type())));
  }

  private static String noun(ValueType type) {
    return type == ValueType.INT ? "a whole number" : "a number";
  }

  private static Optional<Value> whole(JsonNode value) {
    if (value.isBoolean()) {
      return Optional.of(new Value.Whole(value.booleanValue() ? 1 : 0));
    }
    if (value.isIntegralNumber()) {
      return value.canConvertToLong()
          ? Optional.of(new Value.Whole(value.longValue()))
          : Optional.empty();
    }
    if (value.isNumber()) {
      double real = value.doubleValue();
      return Double.isFinite(real) && Math.abs(real) < 0x1p63
          ? Optional.of(new Value.Whole((long) real))
          : Optional.empty();
    }
    try {
      return value.isString()
          ? Optional.of(new Value.Whole(Long.parseLong(value.stringValue().strip())))
          : Optional.empty();
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<Value> real(JsonNode value) {
    if (value.isBoolean()) {
      return Optional.of(new Value.Real(value.booleanValue() ? 1 : 0));
    }
    double number;
    try {
      if (value.isNumber()) {
        number = value.doubleValue();
      } else if (value.isString()) {
        number = Double.parseDouble(value.stringValue().strip());
      } else {
        return Optional.empty();
      }
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
    return Double.isFinite(number) ? Optional.of(new Value.Real(number)) : Optional.empty();
  }

  private static String text(JsonNode value) {
    return value.isString() ? value.stringValue() : value.toString();
  }

  /// As Python has it: what is empty or zero is false.
  private static boolean truth(JsonNode value) {
    return switch (value.getNodeType()) {
      case BOOLEAN -> value.booleanValue();
      case NUMBER -> value.doubleValue() != 0;
      case STRING -> !value.stringValue().isEmpty();
      case ARRAY, OBJECT -> !value.isEmpty();
      case NULL, MISSING -> false;
      case BINARY, POJO -> true;
    };
  }

  private void accept(InputSpec spec, Value value) {
    boolean isFine =
        switch (value) {
          case Value.Whole(long number) -> isWithin(spec, number, String.valueOf(number));
          case Value.Real(double number) -> isWithin(spec, number, Words.number(number));
          case Value.Text(String text) -> spec.type() != ValueType.COMBO || isListed(spec, text);
          case Value.Report _ -> {
            error(
                Kind.CUSTOM_VALIDATION_FAILED,
                spec,
                "it is linked to a report, whose text is known only after a run; give it a text");
            yield false;
          }
          case Value.Flag _,
              Value.Picture _,
              Value.Model _,
              Value.Clip _,
              Value.Vae _,
              Value.ModelMask _,
              Value.Gradient _ ->
              true;
        };
    if (isFine) {
      values.put(spec.name(), value);
    }
  }

  private boolean isWithin(InputSpec spec, double number, String text) {
    if (spec.bounds().isEmpty()) {
      return true;
    }
    InputSpec.Bounds bounds = spec.bounds().get();
    if (number < bounds.min()) {
      error(
          Kind.VALUE_SMALLER_THAN_MIN,
          spec,
          "%s is smaller than the least, %s".formatted(text, Words.number(bounds.min())));
      return false;
    }
    if (number > bounds.max()) {
      error(
          Kind.VALUE_BIGGER_THAN_MAX,
          spec,
          "%s is larger than the greatest, %s".formatted(text, Words.number(bounds.max())));
      return false;
    }
    return true;
  }

  private boolean isListed(InputSpec spec, String text) {
    if (spec.folder().isPresent()) {
      ModelFolder folder = spec.folder().get();
      Optional<Path> file = folders.find(folder, text);
      if (file.isEmpty()) {
        missing(spec, folder, text);
      }
      // What cannot be found still has a name, so that the rest of the workflow can be told.
      files.put(spec.name(), file.orElseGet(() -> folders.wouldBe(folder, text)));
      return ModelFolders.staysInside(text);
    }
    if (spec.choices().contains(text)) {
      return true;
    }
    notInList(spec, text);
    return false;
  }

  private void notInList(InputSpec spec, String text) {
    List<String> choices = spec.folder().map(folders::list).orElse(spec.choices());
    String listed = choices.size() <= LISTED ? " " + String.join(", ", choices) : "";
    error(
        Kind.VALUE_NOT_IN_LIST,
        spec,
        Quoted.name(text)
            + " is not in the list"
            + listed
            + Nearest.to(text, choices)
                .map(near -> "; did you mean " + Quoted.name(near) + "?")
                .orElse(""));
  }

  private void missing(InputSpec spec, ModelFolder folder, String text) {
    if (!ModelFolders.staysInside(text)) {
      error(
          Kind.VALUE_NOT_IN_LIST,
          spec,
          Quoted.name(text)
              + " leads out of the models folder; name a file below "
              + folder.names().getFirst());
      return;
    }
    List<String> there = folders.list(folder);
    errors.add(
        new NodeError(
            Kind.VALUE_NOT_IN_LIST,
            node,
            Optional.of(spec.name()),
            "there is no file %s below %s of %s%s"
                .formatted(
                    Quoted.name(text),
                    String.join(" or ", folder.names()),
                    folders.root(),
                    nearest(text, there)),
            ErrorCode.UNREADABLE_INPUT));
  }

  /// The file of that name elsewhere, or the nearest names.
  private static String nearest(String text, List<String> there) {
    String own = fileName(text);
    List<String> elsewhere =
        there.stream().filter(name -> fileName(name).equalsIgnoreCase(own)).limit(3).toList();
    if (!elsewhere.isEmpty()) {
      return "; it is there as " + Quoted.list(elsewhere, 3);
    }
    Optional<String> near =
        Nearest.to(text, there)
            .or(() ->
                Nearest.to(own, there.stream().map(ArgumentCheck::fileName).toList())
                    .flatMap(name ->
                        there.stream().filter(path -> fileName(path).equals(name)).findFirst()));
    return near.map(name -> "; did you mean " + Quoted.name(name) + "?")
        .orElse(
            there.isEmpty()
                ? "; there is none of that kind. Name ComfyUI's models folder with --models"
                : "; there are " + Quoted.list(there, 5));
  }

  private static String fileName(String path) {
    String slashes = path.replace('\\', '/');
    return slashes.substring(slashes.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
  }

  private void error(Kind kind, InputSpec spec, String details) {
    errors.add(
        new NodeError(kind, node, Optional.of(spec.name()), details, ErrorCode.INVALID_RECIPE));
  }
}
