package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// Whose behaviour to reproduce, its defects included. `docs/compat.md` says what each profile
/// changes.
public enum Compat {
  NONE,
  DAREMERGE,
  DAREMERGE_2024_01,
  COMFYUI,
  MERGEKIT;

  /// As users write it: `daremerge-2024-01`.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Whether DareMerge's defects are reproduced, of either generation.
  public boolean isDareMerge() {
    return this == DAREMERGE || this == DAREMERGE_2024_01;
  }

  public static Compat parse(String id) {
    List<String> ids = Arrays.stream(values()).map(Compat::id).toList();
    return Arrays.stream(values())
        .filter(value -> value.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "there is no compat profile '"
                    + id
                    + "'"
                    + Nearest.suggestion(id, ids)
                    + " The profiles are "
                    + String.join(", ", ids)
                    + "."));
  }
}
