package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Rng;
import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What a workflow means: for each node what it would do, and for each wanted output the recipe
/// that makes it. Nothing is computed, and of the models no more than headers is read.
///
/// Wanted are the outputs that save nodes save, and those that are asked for. Whatever none of them
/// needs is left out.
public final class Interpretation {
  private final List<NodeReading> nodes;
  private final List<Product> products;
  private final List<NodeError> errors;
  private final List<Problem> problems;
  private final List<String> notes;

  private Interpretation(
      List<NodeReading> nodes,
      List<Product> products,
      List<NodeError> errors,
      List<Problem> problems,
      List<String> notes) {
    this.nodes = List.copyOf(nodes);
    this.products = List.copyOf(products);
    this.errors = List.copyOf(errors);
    this.problems = List.copyOf(problems);
    this.notes = List.copyOf(notes);
  }

  /// How a workflow is to be understood.
  ///
  /// @param folders where its files are
  /// @param names names what it saves
  /// @param outputs what is to be saved besides
  /// @param compat whose behaviour to reproduce
  /// @param rng which random numbers to draw
  public record Request(
      ModelFolders folders,
      OutputNames names,
      List<OutputRequest> outputs,
      Compat compat,
      Rng rng) {
    public Request {
      outputs = List.copyOf(outputs);
    }
  }

  /// One node as a person may read it.
  ///
  /// @param state what becomes of it
  /// @param gives what its results are called; empty where they have no names
  /// @param words what it does, or why it is left out
  public record NodeReading(Node node, State state, String gives, String words) {
    /// What becomes of a node.
    public enum State {
      /// A wanted output needs it, and it has a meaning.
      RUN,
      /// It has a meaning that no wanted output needs.
      NOT_NEEDED,
      /// Mokume does not run it, and no wanted output needs it.
      LEFT_OUT,
      /// Something is wrong with it.
      FAULTY
    }
  }

  /// What `workflow` means. Problems do not throw, they are told by [#problems], unless the graph
  /// itself is broken.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if nodes need each other in a circle, or a request
  ///   names what is not there
  public static Interpretation of(Workflow workflow, Request request) {
    return new Reading(workflow, request).read();
  }

  /// Every node, each behind those that it needs.
  public List<NodeReading> nodes() {
    return nodes;
  }

  /// What would be written; nothing if there are problems.
  public List<Product> products() {
    return products;
  }

  /// Whether anything is asked for. If not, no node is left out for the sake of another.
  public boolean isAnythingWanted() {
    return nodes.stream().anyMatch(node -> node.state() == NodeReading.State.RUN);
  }

  /// What is wrong with the inputs of the nodes that wanted outputs need; all of it stands among
  /// the problems too.
  public List<NodeError> errors() {
    return errors;
  }

  /// Why the workflow cannot be run; empty if it can.
  public List<Problem> problems() {
    return problems;
  }

  /// What the user should know, as sentences.
  public List<String> notes() {
    return notes;
  }

  /// The outputs that are asked for: by node, which output and where to.
  private record Asked(Node node, Optional<String> output, OutputRequest request) {}

  private static final class Reading {
    private final Workflow workflow;
    private final Request request;
    private final RecipeParts parts = new RecipeParts();
    private final Set<String> notes = new LinkedHashSet<>();
    private final FileHeaders headers = new FileHeaders();
    private final Map<String, NodeResult> results = new LinkedHashMap<>();
    private final List<NodeError> errors = new ArrayList<>();
    private final List<Problem> problems = new ArrayList<>();

    Reading(Workflow workflow, Request request) {
      this.workflow = workflow;
      this.request = request;
    }

    Interpretation read() {
      List<Asked> asked = new ArrayList<>();
      for (OutputRequest output : request.outputs()) {
        OutputRequest.Place place = output.place(workflow);
        asked.add(new Asked(place.node(), place.output(), output));
      }
      Set<String> wanted = new LinkedHashSet<>();
      workflow.nodes().values().stream().filter(Reading::saves).map(Node::id).forEach(wanted::add);
      asked.forEach(output -> wanted.add(output.node().id()));
      for (Node node : order(wanted)) {
        results.put(node.id(), evaluate(node));
      }
      Map<String, String> needed = needed(wanted);
      gatherProblems(needed);
      List<Product> products = problems.isEmpty() ? products(asked) : List.of();
      return new Interpretation(
          readings(needed.keySet()), products, errors, problems, List.copyOf(notes));
    }

    private static boolean saves(Node node) {
      return NodeRegistry.all()
          .definition(node.type())
          .filter(definition -> definition.behaviour() instanceof Behaviour.Saves)
          .isPresent();
    }

    /// All nodes if that is possible; what is wanted if something else is broken.
    private List<Node> order(Set<String> wanted) {
      try {
        return workflow.inOrder(workflow.nodes().keySet(), _ -> OptionalInt.empty());
      } catch (MokumeException e) {
        return workflow.inOrder(wanted, _ -> OptionalInt.empty());
      }
    }

    private NodeResult evaluate(Node node) {
      Optional<NodeDefinition> found = NodeRegistry.all().definition(node.type());
      if (found.isEmpty()) {
        return NodeResult.hindered(node, Optional.empty(), ForeignNodes.why(node.type()));
      }
      NodeType type = found.get().type();
      return switch (found.get().behaviour()) {
        case Behaviour.Evaluates meaning ->
            evaluated(
                node,
                type,
                in ->
                    new NodeResult(
                        node,
                        Optional.of(type),
                        Optional.of(meaning.evaluate(in)),
                        Optional.empty(),
                        List.of(),
                        Optional.empty(),
                        Optional.empty()));
        case Behaviour.Saves meaning ->
            evaluated(
                node,
                type,
                in ->
                    new NodeResult(
                        node,
                        Optional.of(type),
                        Optional.empty(),
                        Optional.of(meaning.save(in)),
                        List.of(),
                        Optional.empty(),
                        Optional.empty()));
      };
    }

    private NodeResult evaluated(
        Node node, NodeType type, Function<Arguments, NodeResult> meaning) {
      ArgumentCheck check = new ArgumentCheck(node, type, request.folders(), results);
      List<NodeError> errors = new ArrayList<>(check.errors());
      NodeResult result =
          new NodeResult(
              node,
              Optional.of(type),
              Optional.empty(),
              Optional.empty(),
              List.of(),
              Optional.empty(),
              check.blockedBy());
      if (check.isComplete()) {
        Arguments arguments =
            new Arguments(
                node,
                check.values(),
                check.files(),
                parts,
                new Arguments.Surroundings(request.compat(), request.rng(), headers, notes));
        try {
          result = meaning.apply(arguments);
        } catch (MokumeException e) {
          if (errors.isEmpty()) {
            errors.add(
                new NodeError(
                    NodeError.Kind.CUSTOM_VALIDATION_FAILED,
                    node,
                    Optional.empty(),
                    withoutStop(String.valueOf(e.getMessage())),
                    e.code()));
          }
        }
      }
      return new NodeResult(
          node,
          result.type(),
          result.outcome(),
          result.saving(),
          errors,
          result.hindrance(),
          result.blockedBy());
    }

    private static String withoutStop(String sentence) {
      return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
    }

    /// The wanted nodes and all that they take values from, each with a wanted node that needs it.
    private Map<String, String> needed(Set<String> wanted) {
      Map<String, String> needed = new LinkedHashMap<>();
      wanted.forEach(id -> needed.put(id, id));
      Deque<String> open = new ArrayDeque<>(wanted);
      for (String id = open.pollFirst(); id != null; id = open.pollFirst()) {
        String root = Objects.requireNonNull(needed.get(id));
        for (String source : sources(id)) {
          if (needed.putIfAbsent(source, root) == null) {
            open.addLast(source);
          }
        }
      }
      return needed;
    }

    /// The nodes that inputs of the node's definition are linked to.
    private List<String> sources(String id) {
      NodeResult result = results.get(id);
      if (result == null || result.type().isEmpty()) {
        return List.of();
      }
      List<String> sources = new ArrayList<>();
      result
          .node()
          .inputs()
          .forEach((name, input) -> {
            if (input instanceof Input.Link(String source, _)
                && result.type().get().input(name).isPresent()) {
              sources.add(source);
            }
          });
      return sources;
    }

    private void gatherProblems(Map<String, String> needed) {
      for (NodeResult result : results.values()) {
        String root = needed.get(result.node().id());
        if (root != null) {
          errors.addAll(result.errors());
          result.errors().forEach(error -> problems.add(error.problem()));
          result.hindrance().ifPresent(why -> problems.add(hindrance(result.node(), why, root)));
        }
      }
      if (needed.isEmpty()) {
        problems.add(nothingWanted());
      }
    }

    private Problem hindrance(Node node, String why, String root) {
      Node saver = Objects.requireNonNull(workflow.nodes().get(root));
      String subject =
          root.equals(node.id())
              ? NodeError.label(node) + " is not run"
              : NodeError.label(saver) + " needs " + NodeError.label(node) + ", which is not run";
      return new Problem(ErrorCode.INVALID_RECIPE, subject + ": " + why + ".");
    }

    /// A graph that only draws pictures has merged models all the same.
    private Problem nothingWanted() {
      Set<String> used = new LinkedHashSet<>();
      results
          .values()
          .forEach(result -> {
            if (result.outcome().isPresent()) {
              used.addAll(sources(result.node().id()));
            }
          });
      List<String> ends =
          results.values().stream()
              .filter(result -> result.outcome().isPresent())
              .filter(result -> !used.contains(result.node().id()))
              .filter(
                  result -> gives(result, ValueType.MODEL) || gives(result, ValueType.MODEL_MASK))
              .map(result -> result.node().id() + " (" + result.node().title() + ")")
              .toList();
      return new Problem(
          ErrorCode.INVALID_RECIPE,
          "the workflow has no node that saves weights, so there is nothing to write. Say what to"
              + " save with --output NODE=FILE"
              + (ends.isEmpty()
                  ? "."
                  : ": its merges end in node " + String.join(", ", ends) + "."));
    }

    private static boolean gives(NodeResult result, ValueType type) {
      return result.outcome().stream()
          .flatMap(outcome -> outcome.outputs().stream())
          .anyMatch(value -> value.type() == type);
    }

    private List<Product> products(List<Asked> asked) {
      Products products = new Products(workflow, request, parts, headers);
      try {
        for (NodeResult result : results.values()) {
          if (result.saving().isPresent()) {
            List<OutputRequest> own =
                asked.stream()
                    .filter(output -> output.node().id().equals(result.node().id()))
                    .map(Asked::request)
                    .toList();
            products.save(result.node(), result.saving().get(), own);
          }
        }
        for (Asked output : asked) {
          NodeResult result = Objects.requireNonNull(results.get(output.node().id()));
          if (result.outcome().isPresent()) {
            int slot = OutputRequest.slot(result.type().orElseThrow(), output.output());
            Value value = result.outcome().get().outputs().get(slot);
            products.write(result.node(), value, output.request().file());
          }
        }
      } catch (MokumeException e) {
        problems.addAll(e.problems());
        return List.of();
      }
      return products.all();
    }

    private List<NodeReading> readings(Set<String> needed) {
      List<NodeReading> readings = new ArrayList<>();
      results
          .values()
          .forEach(result ->
              readings.add(
                  new NodeReading(
                      result.node(),
                      state(result, needed.contains(result.node().id())),
                      gives(result),
                      words(result))));
      return readings;
    }

    private static NodeReading.State state(NodeResult result, boolean isNeeded) {
      if (result.isSound()) {
        return isNeeded ? NodeReading.State.RUN : NodeReading.State.NOT_NEEDED;
      }
      return isNeeded || !result.errors().isEmpty()
          ? NodeReading.State.FAULTY
          : NodeReading.State.LEFT_OUT;
    }

    private static String gives(NodeResult result) {
      return result.outcome().stream()
          .flatMap(outcome -> outcome.outputs().stream())
          .filter(Words::isNamed)
          .map(Words::of)
          .distinct()
          .collect(Collectors.joining(", "));
    }

    private static String words(NodeResult result) {
      return result
          .outcome()
          .map(Outcome::words)
          .or(() -> result.saving().map(Products::words))
          .or(result::hindrance)
          .or(() -> result.blockedBy().map(id -> "it needs node " + id))
          .orElse("its inputs are not complete");
    }
  }
}
