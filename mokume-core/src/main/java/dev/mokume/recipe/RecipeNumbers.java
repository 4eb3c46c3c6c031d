package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.internal.yaml.YamlText;
import dev.mokume.plugin.MergeMethods;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/// The numbers of a recipe by their places in its canonical text, where every default is written
/// out: `output.unet.dare.seed`. List items count from 0.
public final class RecipeNumbers {
  /// The format's version is no number of the recipe.
  private static final Set<String> NO_NUMBERS = Set.of("mokume", "models", "metadata");

  private static final int LISTED = 12;
  private static final String CHANGED = "the recipe with other numbers";

  private final Recipe recipe;
  private final Map<String, Object> tree;
  private final List<Place> places = new ArrayList<>();

  private record Place(List<String> keys) {
    String text() {
      return String.join(".", keys);
    }

    /// Whether the last keys are these; a key may have dots itself, as a tensor's name has.
    boolean endsWith(String last) {
      return ("." + text()).replace('-', '_').endsWith("." + last);
    }
  }

  /// Says of a number that is wrong what it was changed by: people do not see the text that is
  /// read.
  private static final class ChangedReading extends Reading {
    private final Map<Node, String> changes = new IdentityHashMap<>();

    ChangedReading(MergeMethods methods, Node root, Map<Place, String> words) {
      super(CHANGED, Path.of("")::resolve, methods);
      collect(root, List.of(), words);
    }

    /// @return the changes of everything in the node
    private Set<String> collect(Node node, List<String> keys, Map<Place, String> words) {
      Set<String> inside = new LinkedHashSet<>();
      switch (node) {
        case MappingNode map ->
            map.getValue()
                .forEach(entry -> {
                  String key = ((ScalarNode) entry.getKeyNode()).getValue();
                  inside.addAll(collect(entry.getValueNode(), and(keys, key), words));
                });
        case SequenceNode list -> {
          for (int i = 0; i < list.getValue().size(); i++) {
            inside.addAll(collect(list.getValue().get(i), and(keys, String.valueOf(i)), words));
          }
        }
        default -> Optional.ofNullable(words.get(new Place(keys))).ifPresent(inside::add);
      }
      if (!inside.isEmpty()) {
        changes.put(node, String.join(", ", inside));
      }
      return inside;
    }

    @Override
    protected String place(Node node, int line, int column) {
      return changes.getOrDefault(node, CHANGED);
    }
  }

  private RecipeNumbers(Recipe recipe) {
    this.recipe = recipe;
    this.tree = RecipeWriter.treeOf(recipe);
    tree.forEach((key, value) -> {
      if (!NO_NUMBERS.contains(key)) {
        collect(value, List.of(key));
      }
    });
  }

  public static RecipeNumbers of(Recipe recipe) {
    return new RecipeNumbers(recipe);
  }

  private void collect(Object value, List<String> keys) {
    switch (value) {
      case Map<?, ?> map ->
          map.forEach((key, inner) -> collect(inner, and(keys, String.valueOf(key))));
      case List<?> list -> {
        for (int i = 0; i < list.size(); i++) {
          collect(list.get(i), and(keys, String.valueOf(i)));
        }
      }
      case Number _ -> places.add(new Place(keys));
      default -> {
        // Texts and truth values are not varied.
      }
    }
  }

  private static List<String> and(List<String> keys, String key) {
    List<String> longer = new ArrayList<>(keys);
    longer.add(key);
    return List.copyOf(longer);
  }

  /// What is wrong with these as the names of numbers: names that are none, and names of which
  /// another is one already.
  public List<Problem> problems(List<String> names) {
    List<Problem> problems = new ArrayList<>();
    Set<Place> named = new HashSet<>();
    for (String name : names) {
      try {
        List<Place> found = find(name);
        if (found.stream().anyMatch(named::contains)) {
          problems.add(
              new Problem(
                  ErrorCode.INVALID_RECIPE,
                  "the number '" + name + "' is varied twice; name its values once."));
        }
        named.addAll(found);
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
    return problems;
  }

  /// The recipe with other numbers.
  ///
  /// @param numbers by name: one of a single word is of every number that is called so, one with
  ///   dots of the only number whose place ends so; `-` is as good as `_`
  /// @param methods that the recipe may name
  /// @throws MokumeException `INVALID_RECIPE` if there is no such number, if a place with dots fits
  ///   several, or if the recipe does not allow a value: `alpha=2: alpha must be ...`
  public Recipe with(SequencedMap<String, BigDecimal> numbers, MergeMethods methods) {
    Map<Place, Object> changed = new LinkedHashMap<>();
    Map<Place, String> words = new LinkedHashMap<>();
    numbers.forEach((name, value) -> {
      for (Place place : find(name)) {
        changed.put(place, plain(value));
        words.put(place, name + "=" + value.toPlainString());
      }
    });
    String text = JsonText.of(changed(tree, List.of(), changed));
    Node root = YamlText.compose(text, CHANGED);
    Recipe read = RecipeReader.read(root, new ChangedReading(methods, root, words));
    Recipe same = read.withModels(recipe.models());
    // What no tensor depends on is not in the text.
    return recipe.tokenizer().map(same::withTokenizer).orElse(same);
  }

  /// Whole numbers as such, since a seed has no fraction.
  private static Object plain(BigDecimal value) {
    try {
      return value.longValueExact();
    } catch (ArithmeticException e) {
      return value.doubleValue();
    }
  }

  private List<Place> find(String name) {
    String last = name.replace('-', '_');
    List<Place> found = places.stream().filter(place -> place.endsWith(last)).toList();
    if (found.isEmpty()) {
      throw unknown(name);
    }
    if (last.contains(".") && found.size() > 1) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the recipe has several numbers %s: %s. Write more of the one's place."
              .formatted(
                  Quoted.name(name),
                  Quoted.list(found.stream().map(Place::text).toList(), LISTED)));
    }
    return found;
  }

  private MokumeException unknown(String name) {
    boolean isPlace = name.contains(".");
    Set<String> known = new LinkedHashSet<>();
    for (Place place : places) {
      boolean isItem = place.keys().getLast().chars().limit(1).allMatch(Character::isDigit);
      known.add(isPlace || isItem ? place.text() : place.keys().getLast());
    }
    return new MokumeException(
        ErrorCode.INVALID_RECIPE,
        "the recipe has no number "
            + Quoted.name(name)
            + Nearest.ending(name, known)
            + (known.isEmpty()
                ? " It has none at all."
                : " It has " + Quoted.list(known, LISTED) + "."));
  }

  private static Object changed(Object value, List<String> keys, Map<Place, Object> numbers) {
    return switch (value) {
      case Map<?, ?> map -> {
        SequencedMap<String, Object> copy = new LinkedHashMap<>();
        map.forEach((key, inner) -> {
          String name = String.valueOf(key);
          copy.put(name, changed(inner, and(keys, name), numbers));
        });
        yield copy;
      }
      case List<?> list -> {
        List<Object> copy = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
          copy.add(changed(list.get(i), and(keys, String.valueOf(i)), numbers));
        }
        yield copy;
      }
      default -> numbers.getOrDefault(new Place(keys), value);
    };
  }
}
