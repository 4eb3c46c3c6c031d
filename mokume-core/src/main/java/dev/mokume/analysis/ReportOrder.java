package dev.mokume.analysis;

import java.util.Comparator;
import java.util.regex.Pattern;

/// The order of a report's lines: by name, with numbers of one digit written as two, so that
/// `input_blocks.9` comes before `input_blocks.10`. Source: ComfyUI-DareMerge.
public final class ReportOrder {
  private static final Pattern ONE_DIGIT = Pattern.compile("(?<![0-9])[0-9](?![0-9])");

  /// By [#key].
  public static final Comparator<String> BY_KEY = Comparator.comparing(ReportOrder::key);

  private ReportOrder() {}

  /// `input_blocks.01.00` for `input_blocks.1.0`.
  public static String key(String name) {
    return ONE_DIGIT.matcher(name).replaceAll("0$0");
  }
}
