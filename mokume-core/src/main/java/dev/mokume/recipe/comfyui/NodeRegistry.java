package dev.mokume.recipe.comfyui;

import dev.mokume.workflow.WidgetCatalog;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedCollection;
import java.util.SequencedMap;

/// Every type of node that Mokume runs, or names and refuses.
public final class NodeRegistry implements WidgetCatalog {
  private static final NodeRegistry ALL = new NodeRegistry();

  private final SequencedMap<String, NodeDefinition> definitions = new LinkedHashMap<>();

  private NodeRegistry() {
    List.of(
            LoaderNodes.all(),
            CoreMergeNodes.all(),
            SaverNodes.all(),
            PrimitiveNodes.all(),
            DareMergeNodes.all(),
            DareMaskNodes.all(),
            DareGradientNodes.all(),
            ReportNodes.all(),
            LoraNodes.all())
        .forEach(family ->
            family.forEach(definition -> definitions.put(definition.type().name(), definition)));
  }

  /// The one registry there is.
  public static NodeRegistry all() {
    return ALL;
  }

  /// What the type of that name tells about itself.
  public Optional<NodeType> type(String name) {
    return definition(name).map(NodeDefinition::type);
  }

  /// Every type, by family.
  public SequencedCollection<NodeType> types() {
    return definitions.values().stream().map(NodeDefinition::type).toList();
  }

  Optional<NodeDefinition> definition(String name) {
    return Optional.ofNullable(definitions.get(name));
  }

  @Override
  public Optional<List<Widget>> widgets(String type) {
    return type(type)
        .map(known ->
            known.inputs().stream()
                .filter(input -> input.type().isWidget())
                .filter(input -> input.presence() != InputSpec.Presence.HIDDEN)
                .map(input ->
                    new Widget(
                        input.name(),
                        input.type().name(),
                        input.traits().contains(InputSpec.Trait.CONTROLLED)))
                .toList());
  }
}
