package dev.mokume.recipe.mergekit;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// The parameters of one place of a config, by name.
///
/// @param places where each stands, for messages: `config.yml:7:5`
record Parameters(SequencedMap<String, Setting> settings, SequencedMap<String, String> places) {
  static final Parameters NONE = new Parameters(new LinkedHashMap<>(), new LinkedHashMap<>());

  Parameters {
    settings = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(settings));
    places = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(places));
  }

  /// The value of that name for a tensor; nothing if it is not given or fits other tensors only.
  Optional<Value> at(String name, String tensor, double t) {
    Setting setting = settings.get(name);
    return setting == null ? Optional.empty() : setting.at(tensor, t);
  }
}
