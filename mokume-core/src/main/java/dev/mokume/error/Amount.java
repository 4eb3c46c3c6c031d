package dev.mokume.error;

import java.util.Locale;

/// How numbers are said in messages, whatever the locale.
public final class Amount {
  private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Amount() {}

  /// `1,234,567`
  public static String count(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /// `1 tensor` or `1,234 tensors`
  public static String count(long count, String singular, String plural) {
    return count(count) + " " + (count == 1 ? singular : plural);
  }

  /// `6.94 GB`, in powers of 1,000; below 1,000 exactly.
  public static String bytes(long bytes) {
    if (bytes < 1000) {
      return bytes == 1 ? "1 byte" : bytes + " bytes";
    }
    double value = bytes;
    int unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return String.format(Locale.ROOT, "%." + decimals + "f %s", value, UNITS[unit]);
  }
}
