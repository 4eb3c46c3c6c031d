package dev.mokume.architecture;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

/// The names that a model's tensors have in its original code and in a library's (diffusers,
/// transformers), stage by stage. One table serves both directions.
///
/// A stage is told by the start of a name, to a dot. In it, `#` stands for a number that both ways
/// of naming have in common.
final class NameMap {
  /// Of models that are named in one way only.
  static final NameMap NONE = new NameMap();

  /// No model has longer names; looking for the stage of one would take time.
  private static final int LONGEST = 512;

  private record Stage(String original, String other, Vocabulary names) {}

  private final Map<String, Stage> byOriginal = new HashMap<>();
  private final Map<String, Stage> byOther = new HashMap<>();

  private NameMap() {}

  static NameMap of() {
    return new NameMap();
  }

  /// Adds a stage. One that starts with all of another's start goes before that.
  ///
  /// @param original empty for what is in no other stage
  NameMap stage(String original, String other, Vocabulary names) {
    Stage stage = new Stage(original, other, names);
    byOriginal.put(original, stage);
    byOther.put(other, stage);
    return this;
  }

  /// What a tensor of the original becomes; nothing if the library has nothing of the kind.
  List<Piece> toOther(String name) {
    return pieces(
        name, byOriginal, (stage, inner) -> under(stage.other, stage.names.toOther(inner)));
  }

  /// What a tensor of the library's becomes; nothing if the original has nothing of the kind.
  List<Piece> toOriginal(String name) {
    return pieces(
        name, byOther, (stage, inner) -> under(stage.original, stage.names.toOriginal(inner)));
  }

  private static List<Piece> pieces(
      String name, Map<String, Stage> stages, BiFunction<Stage, String, List<Piece>> within) {
    if (name.length() > LONGEST) {
      return List.of();
    }
    for (int dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
      Stage stage = stages.get(name.substring(0, dot + 1));
      if (stage != null) {
        return within.apply(stage, name.substring(dot + 1));
      }
    }
    int start = number(name);
    int end = start < 0 ? -1 : name.indexOf('.', start);
    if (end > 0) {
      Stage stage = stages.get(name.substring(0, start) + "#.");
      if (stage != null) {
        String number = name.substring(start, end);
        return within.apply(stage, name.substring(end + 1)).stream()
            .map(piece -> piece.named(piece.localName().replace("#", number)))
            .toList();
      }
    }
    Stage ends = stages.get("");
    return ends == null ? List.of() : within.apply(ends, name);
  }

  /// Where the first segment that is a number starts; -1 if there is none.
  private static int number(String name) {
    for (int start = name.indexOf('.') + 1; start > 0; start = name.indexOf('.', start) + 1) {
      if (Segments.number(name, start) >= 0) {
        return start;
      }
    }
    return -1;
  }

  private static List<Piece> under(String start, List<Piece> pieces) {
    return pieces.stream().map(piece -> piece.named(start + piece.localName())).toList();
  }
}
