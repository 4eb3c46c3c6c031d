package dev.mokume.internal.pickle;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.pickle.Dictionary.Entry;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Finds the weights in what a training program saved: the dict that holds tensors, which often
/// lies in another one beside an optimizer's state and much else.
///
/// The order, at each level, down to [#DEEPEST]:
///
/// 1. the first of [#HOLDERS] that is there and holds tensors;
/// 2. the dict itself, if it holds tensors;
/// 3. the only other dict that holds tensors, an optimizer's or a scheduler's not counted; of
///    several none is sure, so the file is refused;
/// 4. the dict itself, if it holds arrays of NumPy.
final class WeightSearch {
  /// Where weights lie by custom: of several the first, so an average before what it averages.
  private static final List<String> HOLDERS =
      List.of(
          "state_dict",
          "model_state_dict",
          "params_ema",
          "params-ema",
          "params",
          "model_ema",
          "g_ema",
          "ema",
          "model",
          "module",
          "net",
          "network",
          "generator");

  private static final int DEEPEST = 4;
  private static final int SHOWN = 5;

  /// What programs that train on several devices or compile put before each name.
  private static final List<String> PREFIXES = List.of("module.", "_orig_mod.");

  private final String file;
  private final Map<Dictionary, Boolean> holds = new IdentityHashMap<>();
  private final Walk walk = new Walk();

  /// The weights as they were found.
  ///
  /// @param path the keys that lead to them, none if they lie at the top
  /// @param holder the dict that they are in
  /// @param unread dicts that lie beside them and hold tensors too, with the number of those
  record Found(List<String> path, Dictionary holder, SequencedMap<String, Integer> unread) {}

  private WeightSearch(String file) {
    this.file = file;
  }

  /// @return nothing if there are no tensors at all
  static Optional<Found> in(String file, Dictionary root) {
    return new WeightSearch(file).search(root, List.of(), new LinkedHashMap<>());
  }

  private Optional<Found> search(
      Dictionary dict, List<String> path, SequencedMap<String, Integer> unread) {
    if (path.size() > DEEPEST) {
      return Optional.empty();
    }
    SequencedMap<String, Pickled> named = dict.named();
    for (String holder : HOLDERS) {
      if (named.get(holder) instanceof Dictionary inner && holds(inner, path)) {
        return within(dict, holder, inner, path, unread);
      }
    }
    if (dict.entries().stream().map(Entry::value).anyMatch(WeightSearch::isTorch)) {
      return Optional.of(new Found(path, dict, unread));
    }
    SequencedMap<String, Dictionary> others = new LinkedHashMap<>();
    named.forEach((name, value) -> {
      if (value instanceof Dictionary inner && !isOfTraining(name) && holds(inner, path)) {
        others.put(name, inner);
      }
    });
    if (others.size() > 1) {
      throw new MokumeException(
          ErrorCode.UNSUPPORTED_CHECKPOINT,
          file
              + ": holds tensors in "
              + Amount.count(others.size())
              + " dicts, "
              + Quoted.list(others.sequencedKeySet(), SHOWN)
              + ", and it cannot be told which of them are the weights. Save the one that is meant"
              + " in a file of its own.");
    }
    if (others.size() == 1) {
      Map.Entry<String, Dictionary> only = others.firstEntry();
      return within(dict, only.getKey(), only.getValue(), path, unread);
    }
    return dict.entries().stream().map(Entry::value).anyMatch(TensorReader::isArray)
        ? Optional.of(new Found(path, dict, unread))
        : Optional.empty();
  }

  private boolean holds(Dictionary dict, List<String> path) {
    Boolean known = holds.get(dict);
    if (known == null) {
      holds.put(dict, false); // Until it is known: a dict that holds itself ends here.
      known = search(dict, longer(path, ""), new LinkedHashMap<>()).isPresent();
      holds.put(dict, known);
    }
    return known;
  }

  private Optional<Found> within(
      Dictionary dict,
      String name,
      Dictionary inner,
      List<String> path,
      SequencedMap<String, Integer> unread) {
    walk.tensors(inner);
    for (Entry entry : dict.entries()) {
      if (entry.value() != inner) {
        int tensors = walk.tensors(entry.value());
        if (tensors > 0) {
          String key = entry.key() instanceof Pickled.Text(var text) ? text : "a key of no text";
          unread.merge(String.join(".", longer(path, key)), tensors, Integer::sum);
        }
      }
    }
    return search(inner, longer(path, name), unread);
  }

  private static List<String> longer(List<String> path, String name) {
    List<String> longer = new ArrayList<>(path);
    longer.add(name);
    return longer;
  }

  private static boolean isTorch(Pickled value) {
    return TensorReader.isTensor(value) && !TensorReader.isArray(value);
  }

  private static boolean isOfTraining(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("opt") || lower.contains("scheduler");
  }

  /// The prefixes that stand before every name, as often as they do.
  static String prefix(Iterable<String> names) {
    StringBuilder common = new StringBuilder();
    boolean found = true;
    while (found) {
      found = false;
      for (String prefix : PREFIXES) {
        if (all(names, common + prefix)) {
          common.append(prefix);
          found = true;
        }
      }
    }
    return common.toString();
  }

  private static boolean all(Iterable<String> names, String prefix) {
    boolean any = false;
    for (String name : names) {
      any = true;
      if (!name.startsWith(prefix) || name.length() == prefix.length()) {
        return false;
      }
    }
    return any;
  }
}
