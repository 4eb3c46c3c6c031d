package dev.mokume.internal.pickle;

import dev.mokume.internal.pickle.Pickled.Global;
import dev.mokume.internal.pickle.Pickled.Persistent;
import dev.mokume.internal.pickle.Pickled.Plain;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// Goes through everything that can be reached from values, each thing once however deep it lies
/// and whatever the rings, and no thing twice in the life of a walk.
final class Walk {
  private final Set<Pickled> seen = Collections.newSetFromMap(new IdentityHashMap<>());

  /// The first foreign name that `value` is made of.
  Optional<Global> foreign(Pickled value, Imports imports) {
    Global[] found = new Global[1];
    go(
        value,
        next -> {
          if (next instanceof Global global && found[0] == null && imports.isForeign(global)) {
            found[0] = global;
          }
          return found[0] == null;
        });
    return Optional.ofNullable(found[0]);
  }

  /// How many tensors are in `value` that were not counted yet; itself, if it is one.
  int tensors(Pickled value) {
    int[] count = new int[1];
    go(
        value,
        next -> {
          boolean isTensor = TensorReader.isTensor(next);
          count[0] += isTensor ? 1 : 0;
          return !isTensor;
        });
    return count[0];
  }

  /// @param enters told of each value; whether its parts are walked too
  private void go(Pickled value, Predicate<Pickled> enters) {
    Deque<Pickled> open = new ArrayDeque<>();
    open.push(value);
    while (!open.isEmpty()) {
      Pickled next = open.pop();
      if (seen.add(next) && enters.test(next)) {
        parts(next, open::push);
      }
    }
  }

  private static void parts(Pickled value, Consumer<Pickled> to) {
    switch (value) {
      case Sequence sequence -> sequence.values().reversed().forEach(to);
      case Dictionary dictionary -> {
        for (Dictionary.Entry entry : dictionary.entries().reversed()) {
          to.accept(entry.value());
          to.accept(entry.key());
        }
      }
      case Call call -> {
        call.state().ifPresent(to);
        call.arguments().reversed().forEach(to);
        to.accept(call.callable());
      }
      case Persistent(var id) -> to.accept(id);
      case Plain _ -> {
        // It has no parts.
      }
    }
  }
}
