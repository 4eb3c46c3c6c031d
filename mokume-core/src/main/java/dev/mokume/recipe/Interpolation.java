package dev.mokume.recipe;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// How two tensors `a` and `b` are blended at t, the share of `b`. Source: ComfyUI-DareMerge's
/// METHODS; `LINEAR` is its `comfy`. `docs/methods.md` gives each formula.
public enum Interpolation {
  /// `(1 - t) a + t b`, as ComfyUI's patches do it.
  LINEAR,
  /// `(1 - t) a + t b`.
  LERP,
  /// Along the arc between the directions of the whole tensors.
  SLERP,
  /// The first columns from `a`, the rest from `b`, blended at the seam.
  SLICE,
  /// As `SLICE`, back to `a` after a tenth of the columns.
  CYCLIC,
  /// The share of `b` rises and falls linearly over the columns.
  GRADIENT,
  /// Linear, with the first channel shifted by the distance of the two.
  HSLERP,
  /// Linear, rescaled to its own range.
  BISLERP,
  /// `a + (b - a) t`.
  COLORIZE,
  /// Half a cosine wave, backwards as the node pack has it: at t = 0 all of `b`, at t = 1 all of
  /// `a`.
  COSINE,
  /// `a + (b - a) (3 t^2 - 2 t^3)`.
  CUBIC,
  /// `(a + b t) / (1 + t)`.
  SCALED_ADD;

  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// By [#id()]; DareMerge's spellings (`comfy`, `scaled_add`) are understood too.
  public static Interpolation parse(String text) {
    String id = text.equals("comfy") ? "linear" : text.replace('_', '-');
    List<String> ids = Arrays.stream(values()).map(Interpolation::id).toList();
    return Arrays.stream(values())
        .filter(value -> value.id().equals(id))
        .findFirst()
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "there is no interpolation '"
                    + text
                    + "'"
                    + Nearest.ending(text, ids)
                    + " The interpolations are "
                    + String.join(", ", ids)
                    + "."));
  }
}
