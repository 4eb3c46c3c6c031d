package dev.mokume.internal.pickle;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.pickle.Pickled.Global;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// The attributes of the modules of a TorchScript archive, which are its parameters and buffers
/// among others, by their path: `encoder.layers.0.weight`.
///
/// A module is an object of a class of the archive's own code, filled with a dict of attributes.
/// The code is not read: an object that keeps its state in a form of its own is refused.
final class ScriptModules {
  private static final String OWN = "__torch__.";
  private static final int DEEPEST = 100;
  private static final int MOST = 1_000_000;

  private final String file;
  private final SequencedMap<String, Pickled> attributes = new LinkedHashMap<>();
  private int modules;

  private ScriptModules(String file) {
    this.file = file;
  }

  static boolean isClass(Global global) {
    return global.name().startsWith(OWN);
  }

  /// Whether `value` is an object of a class of the archive.
  static boolean isObject(Pickled value) {
    return value instanceof Call call && call.global().filter(ScriptModules::isClass).isPresent();
  }

  static SequencedMap<String, Pickled> attributes(String file, Pickled root) {
    ScriptModules modules = new ScriptModules(file);
    if (root instanceof Call call && isObject(root)) {
      modules.add("", call, 0);
    }
    return modules.attributes;
  }

  private void add(String path, Call module, int depth) {
    if (depth > DEEPEST || ++modules > MOST || attributes.size() > MOST) {
      throw refused(
          "has modules that are nested more than "
              + DEEPEST
              + " deep, or more than "
              + Amount.count(MOST)
              + " of them");
    }
    if (!(module.state().orElse(null) instanceof Dictionary state)) {
      throw refused(
          "keeps "
              + (path.isEmpty() ? "its weights" : Quoted.name(path.substring(0, path.length() - 1)))
              + " in an object of the class "
              + Quoted.name(module.global().map(Global::name).orElse(""))
              + ", which only its own code can read (quantised weights are kept so)");
    }
    state
        .named()
        .forEach((name, value) -> {
          if (value instanceof Call inner && isObject(value)) {
            add(path + name + ".", inner, depth + 1);
          } else {
            attributes.put(path + name, value);
          }
        });
  }

  private MokumeException refused(String what) {
    return new MokumeException(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        file
            + ": is a TorchScript archive that "
            + what
            + ". Save the state dict of the model that it was made from.");
  }
}
