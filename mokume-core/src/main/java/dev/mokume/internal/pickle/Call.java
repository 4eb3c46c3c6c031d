package dev.mokume.internal.pickle;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What Python would get by calling something, or by making an object of a class and filling it.
final class Call implements Pickled {
  private final Pickled callable;
  private final Pickled arguments;
  private @Nullable Pickled state;

  Call(Pickled callable, Pickled arguments) {
    this.callable = callable;
    this.arguments = arguments;
  }

  void fill(Pickled with) {
    state = with;
  }

  Pickled callable() {
    return callable;
  }

  /// The name that is called, if it is one.
  Optional<Global> global() {
    return callable instanceof Global global ? Optional.of(global) : Optional.empty();
  }

  List<Pickled> arguments() {
    return arguments.items();
  }

  /// The attributes of an object, if it was filled.
  Optional<Pickled> state() {
    return Optional.ofNullable(state);
  }
}
