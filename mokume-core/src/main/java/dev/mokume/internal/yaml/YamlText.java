package dev.mokume.internal.yaml;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// YAML text as nodes with their places, within bounds.
public final class YamlText {
  /// Nesting of lists and maps.
  public static final int MAX_DEPTH = 200;

  private static final int MAX_CHARACTERS = 16 << 20;

  private YamlText() {}

  /// @param source what to call the text in messages
  /// @throws MokumeException `INVALID_RECIPE` if the text is not one YAML document, or nests too
  ///   deeply
  public static Node compose(String text, String source) {
    return composed(text, source, Composer::getSingleNode)
        .orElseThrow(() -> invalid(source + ": the recipe is empty; it starts with 'mokume: 1'."));
  }

  /// The documents of a text, in order.
  ///
  /// @param source what to call the text in messages
  /// @throws MokumeException `INVALID_RECIPE` if the text is not YAML, or nests too deeply
  public static List<Node> composeAll(String text, String source) {
    return composed(
        text,
        source,
        composer -> {
          List<Node> documents = new ArrayList<>();
          composer.forEachRemaining(documents::add);
          return documents;
        });
  }

  private static <T> T composed(String text, String source, Function<Composer, T> compose) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setSchema(new CoreSchema())
            .setCodePointLimit(MAX_CHARACTERS)
            .setAllowRecursiveKeys(false)
            .build();
    try {
      Parser parser = new ParserImpl(settings, new StreamReader(settings, text));
      return compose.apply(new Composer(settings, new Bounded(parser, source)));
    } catch (MarkedYamlEngineException e) {
      Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
      String place =
          mark.map(at -> ":" + (at.getLine() + 1) + ":" + (at.getColumn() + 1)).orElse("");
      throw invalid("%s%s: this is not YAML: %s.".formatted(source, place, what(e)));
    } catch (YamlEngineException e) {
      throw invalid("%s: this is not YAML: %s.".formatted(source, e.getMessage()));
    }
  }

  /// Stops before the composer, which recurses, gets too deep.
  private static final class Bounded implements Parser {
    private final Parser parser;
    private final String source;
    private int depth;

    Bounded(Parser parser, String source) {
      this.parser = parser;
      this.source = source;
    }

    @Override
    public boolean hasNext() {
      return parser.hasNext();
    }

    @Override
    public boolean checkEvent(Event.ID choice) {
      return parser.checkEvent(choice);
    }

    @Override
    public Event peekEvent() {
      return parser.peekEvent();
    }

    @Override
    public Event next() {
      Event event = parser.next();
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        case Alias, Comment, DocumentEnd, DocumentStart, Scalar, StreamEnd, StreamStart -> {}
      }
      if (depth > MAX_DEPTH) {
        throw invalid(
            "%s: lists and maps are nested more than %s deep.".formatted(source, MAX_DEPTH));
      }
      return event;
    }
  }

  private static String what(MarkedYamlEngineException e) {
    String problem = e.getProblem() == null ? "it breaks off" : e.getProblem();
    return e.getContext() == null || e.getContext().isBlank()
        ? problem
        : e.getContext() + ", " + problem;
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }
}
