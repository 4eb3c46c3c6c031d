package dev.mokume.internal.yaml;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import java.nio.file.FileSystems;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/// A text being read: what is wrong with it so far, and the values of its scalars.
///
/// A value that is wrong is told and replaced by a harmless one, so that reading can go on and find
/// the rest; what was read is thrown away in the end.
public class YamlReading {
  /// A text with a thousand mistakes is not a recipe; and aliases can repeat one mistake without
  /// end.
  private static final int MAX_PROBLEMS = 100;

  /// Values read, aliases counted each time that they are used: a few lines of aliases of aliases
  /// stand for billions.
  private static final int MAX_VALUES = 1_000_000;

  private final String source;
  private final UnaryOperator<Path> files;
  private final List<Placed> problems = new ArrayList<>();
  private int depth;
  private int values;

  /// @param source what to call the text in messages
  /// @param files where the file is that a relative path in it names
  public YamlReading(String source, UnaryOperator<Path> files) {
    this.source = source;
    this.files = files;
  }

  /// A problem and where it is, lines and columns from 1.
  private record Placed(int line, int column, String message) {}

  /// With every problem in the order of the text.
  public void throwIfAny() {
    if (!problems.isEmpty()) {
      throw exception();
    }
  }

  private MokumeException exception() {
    return new MokumeException(
        problems.stream()
            .sorted(Comparator.comparingInt(Placed::line).thenComparingInt(Placed::column))
            .map(placed -> new Problem(ErrorCode.INVALID_RECIPE, placed.message()))
            .toList());
  }

  public void problem(Node node, String message) {
    problems.add(new Placed(line(node), column(node), place(node) + ": " + message));
    if (problems.size() >= MAX_PROBLEMS) {
      throw exception();
    }
  }

  /// A key that no map of that form has.
  protected void unknownKey(Node node, String key, Form form) {
    problem(
        node,
        "%s has no key '%s'%s"
            .formatted(form.name(), key, oneOf(key, form.keys(), "Its keys are")));
  }

  /// Where a message says that something is, for people.
  public final String place(Node node) {
    return place(node, line(node), column(node));
  }

  /// The same.
  ///
  /// @param line from 1, as is `column`
  protected String place(Node node, int line, int column) {
    return source + ":" + line + ":" + column;
  }

  private static int line(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(0) + 1;
  }

  private static int column(Node node) {
    return node.getStartMark().map(Mark::getColumn).orElse(0) + 1;
  }

  /// Into an expression that holds others; [#leave] ends it.
  public void enter(Node node) {
    count(node);
    if (++depth > YamlText.MAX_DEPTH) {
      problem(
          node,
          "expressions are nested more than "
              + YamlText.MAX_DEPTH
              + " deep; does an alias hold itself?");
      throw exception();
    }
  }

  public void leave() {
    depth--;
  }

  private void count(Node node) {
    if (++values > MAX_VALUES) {
      problem(
          node,
          "the recipe has more than "
              + MAX_VALUES
              + " values, aliases counted as often as they are used");
      throw exception();
    }
  }

  public double number(Node node, String what, Range range) {
    count(node);
    if (node instanceof ScalarNode scalar && (isA(scalar, Tag.FLOAT) || isA(scalar, Tag.INT))) {
      double value = parse(scalar.getValue());
      if (range.allows().test(value)) {
        return value;
      }
    }
    problem(node, "%s must be %s but is %s".formatted(what, range.words(), describe(node)));
    return 0;
  }

  public boolean isNumber(Node node) {
    return node instanceof ScalarNode scalar && (isA(scalar, Tag.FLOAT) || isA(scalar, Tag.INT));
  }

  /// Whether it is a number, or would be one without its quotes.
  public boolean isMeantAsNumber(Node node) {
    return isNumber(node) || node instanceof ScalarNode scalar && looksLikeNumber(scalar);
  }

  public long integer(Node node, String what, long least, long most) {
    count(node);
    if (node instanceof ScalarNode scalar && isA(scalar, Tag.INT)) {
      try {
        long value = Long.parseLong(scalar.getValue());
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Told below: beyond 64 bits, or in another base than ten.
      }
    }
    String range = least == Long.MIN_VALUE ? "of at most 64 bits" : "from " + least + " to " + most;
    problem(node, "%s must be a whole number %s but is %s".formatted(what, range, describe(node)));
    return Math.max(least, Math.min(most, 1));
  }

  public boolean bool(Node node, String what) {
    count(node);
    if (node instanceof ScalarNode scalar && isA(scalar, Tag.BOOL)) {
      return scalar.getValue().equalsIgnoreCase("true");
    }
    problem(node, "%s must be true or false but is %s".formatted(what, describe(node)));
    return false;
  }

  /// Any scalar as it is written, numbers included.
  public String text(Node node, String what) {
    count(node);
    if (node instanceof ScalarNode scalar
        && !isA(scalar, Tag.NULL)
        && !scalar.getValue().isBlank()) {
      return scalar.getValue();
    }
    problem(node, "%s must be text but is %s".formatted(what, describe(node)));
    return "";
  }

  public <E extends Enum<E>> E choice(Node node, String what, E[] values) {
    return choice(node, what, values, Arrays.stream(values).map(YamlReading::id).toList());
  }

  /// @param ids what each of `values` is called
  public <E> E choice(Node node, String what, E[] values, List<String> ids) {
    String text = text(node, what);
    String id = text.toLowerCase(Locale.ROOT).replace('_', '-');
    int index = ids.indexOf(id);
    if (index < 0 && !text.isEmpty()) {
      problem(
          node, "%s has no value '%s'%s".formatted(what, text, oneOf(text, ids, "It is one of")));
    }
    return values[Math.max(0, index)];
  }

  public static String id(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// `; did you mean 'x'? Its keys are a, b, x` or without the question.
  public static String oneOf(String found, Collection<String> known, String intro) {
    String all = intro + " " + String.join(", ", known);
    return Nearest.to(found, known)
        .map(near -> "; did you mean '" + near + "'? " + all)
        .orElse("; " + all.substring(0, 1).toLowerCase(Locale.ROOT) + all.substring(1));
  }

  public Path path(Node node, String what) {
    String text = text(node, what);
    try {
      if (text.equals("~") || text.startsWith("~/")) {
        return Path.of(System.getProperty("user.home") + text.substring(1));
      }
      Path place = Checkpoints.place(text);
      return place.getFileSystem() == FileSystems.getDefault() ? files.apply(place) : place;
    } catch (InvalidPathException e) {
      problem(node, "%s is not a path: %s".formatted(what, e.getReason()));
      return Path.of("");
    } catch (MokumeException e) {
      problem(node, "%s: %s".formatted(what, e.getMessage()));
      return Path.of("");
    }
  }

  public static String describe(Node node) {
    return switch (node) {
      case ScalarNode scalar when isA(scalar, Tag.NULL) -> "missing";
      case ScalarNode scalar when isA(scalar, Tag.STR) && looksLikeNumber(scalar) ->
          "the text '" + scalar.getValue() + "'; write it without quotes";
      case ScalarNode scalar when isA(scalar, Tag.STR) -> "'" + scalar.getValue() + "'";
      case ScalarNode scalar -> scalar.getValue();
      case SequenceNode _ -> "a list";
      case MappingNode _ -> "a map";
      default -> "something else";
    };
  }

  private static boolean looksLikeNumber(ScalarNode scalar) {
    return !scalar.isPlain() && scalar.getValue().matches("[-+]?[0-9]*\\.?[0-9]+");
  }

  private static boolean isA(ScalarNode scalar, Tag tag) {
    return scalar.getTag().equals(tag);
  }

  /// The text of a number that YAML's core schema knows.
  private static double parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case ".nan" -> Double.NaN;
      case ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
      case "-.inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        try {
          yield text.startsWith("0x") || text.startsWith("0o")
              ? Double.NaN
              : Double.parseDouble(text);
        } catch (NumberFormatException e) {
          yield Double.NaN;
        }
      }
    };
  }
}
