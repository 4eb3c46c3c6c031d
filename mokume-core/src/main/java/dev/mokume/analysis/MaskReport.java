package dev.mokume.analysis;

import dev.mokume.analysis.MaskSummary.Selection;
import dev.mokume.method.DiffusionName;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// How much a mask selects, as ComfyUI-DareMerge's Mask Reporting says it.
///
/// Tensors are called as ComfyUI holds them in memory. Of a mask for a whole checkpoint only the
/// diffusion model is told of, since that is what a MODEL of ComfyUI is.
///
/// @param tensors by their name in ComfyUI's memory, in the order of the mask
/// @param fractional tensors whose count is printed as `64.0`: masks that the node pack holds as
///   floats (all true, all false) are counted so by it
public record MaskReport(SequencedMap<String, Selection> tensors, Set<String> fractional) {
  public MaskReport {
    tensors = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(tensors));
    fractional = Set.copyOf(fractional);
  }

  /// A report that prints every count as a whole number.
  public static MaskReport of(MaskSummary summary) {
    boolean isOfCheckpoint =
        summary.tensors().keySet().stream()
            .anyMatch(name -> !DiffusionName.inMemory(name).equals(name));
    SequencedMap<String, Selection> tensors = new LinkedHashMap<>();
    summary
        .tensors()
        .forEach((name, selection) -> {
          boolean isOfModel =
              DiffusionName.within(name).isPresent() || name.startsWith("model_sampling.");
          if (!isOfCheckpoint || isOfModel) {
            tensors.put(DiffusionName.inMemory(name), selection);
          }
        });
    return new MaskReport(tensors, Set.of());
  }

  /// The same with these tensors' counts, and those of groups that they are in, printed as
  /// fractions.
  public MaskReport withFractional(Set<String> names) {
    return new MaskReport(tensors, names);
  }

  /// A line for each part of the model, `input_blocks: 1002 / 2004 (50.00%)`, in the order in which
  /// they first come. The part is the second piece of a name; names of fewer than three pieces
  /// (`model_sampling.sigmas`) are in none.
  public String size() {
    SequencedMap<String, Selection> groups = new LinkedHashMap<>();
    Set<String> fractionalGroups = new HashSet<>();
    tensors.forEach((name, selection) -> {
      String[] pieces = name.split("\\.", 3);
      if (pieces.length == 3) {
        groups.merge(pieces[1], selection, Selection::plus);
        if (fractional.contains(name)) {
          fractionalGroups.add(pieces[1]);
        }
      }
    });
    StringBuilder text = new StringBuilder();
    groups.forEach(
        (group, selection) -> append(text, group, selection, fractionalGroups.contains(group)));
    return text.toString();
  }

  /// A line for each tensor, in [ReportOrder].
  public String details() {
    StringBuilder text = new StringBuilder();
    tensors.entrySet().stream()
        .sorted(Map.Entry.comparingByKey(ReportOrder.BY_KEY))
        .forEach(entry ->
            append(text, entry.getKey(), entry.getValue(), fractional.contains(entry.getKey())));
    return text.toString();
  }

  private static void append(
      StringBuilder text, String name, Selection selection, boolean isFractional) {
    double share = selection.elements() == 0 ? 0 : selection.share();
    text.append(name)
        .append(": ")
        .append(selection.selected())
        .append(isFractional ? ".0" : "")
        .append(" / ")
        .append(selection.elements())
        .append(" (")
        .append(TwoDecimals.of(100 * share))
        .append("%)\n");
  }
}
