package dev.mokume.recipe.mergekit;

import dev.mokume.error.Nearest;
import dev.mokume.error.Quoted;
import dev.mokume.internal.yaml.Form;
import dev.mokume.internal.yaml.YamlReading;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.nodes.Node;

/// A text of configs being read. mergekit ignores a key that it does not know, wherever it stands:
/// it is told, and nothing is wrong with the config.
final class ConfigReading extends YamlReading {
  /// By their nodes: a map that aliases repeat has its keys once.
  private final SequencedMap<Node, Unknown> unknown = new LinkedHashMap<>();

  ConfigReading(String source) {
    super(source, UnaryOperator.identity());
  }

  private record Unknown(String key, Form form) {}

  @Override
  protected void unknownKey(Node node, String key, Form form) {
    unknown.put(node, new Unknown(key, form));
  }

  /// A sentence for each key that was ignored since this was last asked, in the order of the text.
  ///
  /// Where something is wrong these keys are problems too: one that is missing may be one that is
  /// misspelt.
  List<String> ignored() {
    if (hasProblems()) {
      unknown.forEach((node, key) -> super.unknownKey(node, key.key(), key.form()));
    }
    List<String> sentences =
        unknown.entrySet().stream()
            .sorted(Comparator.comparingInt(entry -> index(entry.getKey())))
            .map(entry -> sentence(entry.getKey(), entry.getValue()))
            .toList();
    unknown.clear();
    return sentences;
  }

  private String sentence(Node node, Unknown unknown) {
    return "%s: %s has no key %s, which is ignored%s"
        .formatted(
            place(node),
            unknown.form().name(),
            Quoted.name(unknown.key()),
            Nearest.ending(unknown.key(), unknown.form().keys()));
  }

  private static int index(Node node) {
    return node.getStartMark().map(Mark::getIndex).orElse(0);
  }
}
