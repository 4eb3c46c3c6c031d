package dev.mokume.recipe.mergekit;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.stream.Collectors;

/// The order in which configs of one file are run that name each other's results.
public final class ConfigOrder {
  private final SequencedMap<String, MergekitConfig> named = new LinkedHashMap<>();
  private final SequencedSet<MergekitConfig> ordered = new LinkedHashSet<>();
  private final String source;

  private ConfigOrder(List<MergekitConfig> configs, String source) {
    this.source = source;
    configs.forEach(config -> config.name().ifPresent(name -> named.put(name, config)));
  }

  /// The configs, each after those whose results it uses; the one without a name last.
  ///
  /// @param source what to call the file in messages
  /// @throws MokumeException `INVALID_RECIPE` if they use each other in a ring, if two have no
  ///   name, or if a name would lead out of the folder of results
  public static List<MergekitConfig> of(List<MergekitConfig> configs, String source) {
    ConfigOrder order = new ConfigOrder(configs, source);
    List<MergekitConfig> last = configs.stream().filter(config -> config.name().isEmpty()).toList();
    if (last.size() > 1) {
      throw order.invalid(
          last.size()
              + " configs have no name, but only the last result needs none; give the"
              + " others a name.");
    }
    for (String name : order.named.keySet()) {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw order.invalid(
            "'"
                + name
                + "' cannot be the name of a folder; use letters, digits, '.', '_' and '-'"
                + " in a config's name.");
      }
    }
    order.named.values().forEach(config -> order.add(config, new ArrayList<>()));
    last.forEach(config -> order.add(config, new ArrayList<>()));
    return List.copyOf(order.ordered);
  }

  private void add(MergekitConfig config, List<String> way) {
    if (ordered.contains(config)) {
      return;
    }
    Optional<String> name = config.name();
    if (name.isPresent() && way.contains(name.get())) {
      List<String> ring = new ArrayList<>(way.subList(way.indexOf(name.get()), way.size()));
      ring.add(name.get());
      throw invalid(
          "configs use each other's results in a ring: "
              + ring.stream().collect(Collectors.joining(" uses "))
              + ".");
    }
    List<String> further = new ArrayList<>(way);
    name.ifPresent(further::add);
    config.models().stream()
        .map(ModelReference::path)
        .filter(named::containsKey)
        .forEach(used -> add(Objects.requireNonNull(named.get(used)), further));
    ordered.add(config);
  }

  private MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, source + ": " + message);
  }
}
