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

  /// Whether anything is wrong with the config that is being read.
  private boolean isWrong;

  ConfigReading(String source) {
    super(source, UnaryOperator.identity());
  }

  private record Unknown(String key, Form form) {}

  @Override
  protected void unknownKey(Node node, String key, Form form) {
    unknown.put(node, new Unknown(key, form));
  }

  @Override
  public void problem(Node node, String message) {
    isWrong = true;
    super.problem(node, message);
  }

  void beginConfig() {
    unknown.clear();
    isWrong = false;
  }

  /// A sentence for each of the config's keys that was ignored, in the order of the text.
  ///
  /// Where something is wrong with it these keys are problems too: one that is missing may be one
  /// that is misspelt.
  List<String> endConfig() {
    if (isWrong) {
      unknown.forEach((node, key) -> super.unknownKey(node, key.key(), key.form()));
    }
    return unknown.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> index(entry.getKey())))
        .map(entry -> sentence(entry.getKey(), entry.getValue()))
        .toList();
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
