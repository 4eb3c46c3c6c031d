package dev.mokume.error;

/// How numbers are said in messages, whatever the locale.
///
/// Digits are put together here: Java's formatter takes a short command 10 ms to set up.
public final class Amount {
  private static final String[] UNITS = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};

  private Amount() {}

  /// `1,234,567`
  public static String count(long count) {
    StringBuilder text = new StringBuilder().append(count);
    int first = count < 0 ? 1 : 0;
    for (int i = text.length() - 3; i > first; i -= 3) {
      text.insert(i, ',');
    }
    return text.toString();
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
    long step = Math.powExact(10L, 3 * unit - decimals);
    StringBuilder text =
        new StringBuilder().append(bytes / step + (bytes % step < step / 2 ? 0 : 1));
    if (decimals > 0) {
      text.insert(text.length() - decimals, '.');
    }
    return text.append(' ').append(UNITS[unit]).toString();
  }
}
