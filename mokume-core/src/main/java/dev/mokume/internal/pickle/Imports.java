package dev.mokume.internal.pickle;

import dev.mokume.error.Quoted;
import dev.mokume.internal.pickle.Pickled.Global;
import java.util.LinkedHashSet;
import java.util.SequencedSet;

/// The foreign names that a file asks Python for: those that no weight needs.
final class Imports {
  /// Said of whatever is refused for what it asks.
  static final String REFUSED =
      "Mokume loads and calls nothing that a file names. Do not use this file unless you trust"
          + " where it comes from.";

  private static final int SHOWN = 5;

  private final boolean script;
  private final SequencedSet<String> foreign = new LinkedHashSet<>();

  /// @param script whether the file is a TorchScript archive, which has classes of its own
  Imports(boolean script) {
    this.script = script;
  }

  /// Notes a name, if it is foreign.
  void add(Global global) {
    if (isForeign(global)) {
      foreign.add(global.name());
    }
  }

  boolean isForeign(Global global) {
    return Known.of(global).isEmpty() && !(script && ScriptModules.isClass(global));
  }

  boolean isEmpty() {
    return foreign.isEmpty();
  }

  /// `'posix.system'`
  String list() {
    return Quoted.list(foreign, SHOWN);
  }

  /// `, and asks for 'posix.system'`, or nothing.
  String asked() {
    return foreign.isEmpty() ? "" : ", and asks for " + list();
  }
}
