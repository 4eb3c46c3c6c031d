package dev.mokume.recipe;

import dev.mokume.error.Nearest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/// The names that a recipe gives, what each is for, and which part uses which.
final class NamedParts {
  /// What a name is for.
  enum Kind {
    MODEL("model"),
    WEIGHTS("weights"),
    MASK("mask"),
    RATIO("ratio");

    final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  private record Part(Kind kind, String name) {
    @Override
    public String toString() {
      return kind.word + " '" + name + "'";
    }
  }

  private final Reading reading;
  private final Map<Part, Node> declared = new LinkedHashMap<>();
  private final Map<Part, Set<Part>> uses = new HashMap<>();
  private @Nullable Part current;

  NamedParts(Reading reading) {
    this.reading = reading;
  }

  /// Models, stacks among them, and weights are told apart by their names alone, so they share one
  /// set of names.
  void declare(Kind kind, String name, Node key) {
    Kind twin = kind == Kind.WEIGHTS ? Kind.MODEL : kind;
    if (twin != kind && declared.containsKey(new Part(twin, name))) {
      reading.problem(
          key, "'%s' is both a model and the name of weights; rename one of them".formatted(name));
    }
    declared.put(new Part(kind, name), key);
  }

  /// What is read from here on is the definition of that part.
  void define(Kind kind, String name) {
    current = new Part(kind, name);
  }

  /// What is read from here on is no named part's definition.
  void defineNothing() {
    current = null;
  }

  /// The first of `kinds` that has that name; told if none has.
  Optional<Kind> use(Node node, String what, String name, Kind... kinds) {
    for (Kind kind : kinds) {
      Part part = new Part(kind, name);
      if (declared.containsKey(part)) {
        if (current != null) {
          uses.computeIfAbsent(current, _ -> new LinkedHashSet<>()).add(part);
        }
        return Optional.of(kind);
      }
    }
    tellUnknown(node, what, name, List.of(kinds));
    return Optional.empty();
  }

  private void tellUnknown(Node node, String what, String name, List<Kind> kinds) {
    String wanted = String.join(" or ", kinds.stream().map(kind -> kind.word).toList());
    Optional<Part> other =
        declared.keySet().stream().filter(part -> part.name().equals(name)).findFirst();
    if (other.isPresent()) {
      reading.problem(
          node,
          "%s must be a %s, but '%s' is a %s"
              .formatted(what, wanted, name, other.get().kind().word));
      return;
    }
    List<String> names =
        declared.keySet().stream()
            .filter(part -> kinds.contains(part.kind()))
            .map(Part::name)
            .toList();
    String known =
        names.isEmpty() ? "; the recipe has none" : "; there are " + String.join(", ", names);
    reading.problem(
        node,
        "%s: there is no %s '%s'%s"
            .formatted(
                what,
                wanted,
                name,
                Nearest.to(name, names)
                    .map(near -> "; did you mean '" + near + "'?")
                    .orElse(known)));
  }

  /// Tells every ring of parts that use each other.
  void tellRings() {
    Set<Part> done = new HashSet<>();
    for (Part part : declared.keySet()) {
      follow(part, new ArrayList<>(), done);
    }
  }

  private void follow(Part part, List<Part> way, Set<Part> done) {
    int start = way.indexOf(part);
    if (start >= 0) {
      List<String> ring =
          new ArrayList<>(way.subList(start, way.size()).stream().map(Part::toString).toList());
      ring.add(part.toString());
      Node key = declared.get(part);
      if (key != null) {
        reading.problem(key, "%s refers to itself: %s".formatted(part, String.join(" -> ", ring)));
      }
      return;
    }
    if (!done.add(part)) {
      return;
    }
    way.add(part);
    for (Part used : uses.getOrDefault(part, Set.of())) {
      follow(used, way, done);
    }
    way.removeLast();
  }
}
