package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Option;

/// How large a file of weights may be, as Mokume says it and as mergekit does.
final class ShardFlags {
  private static final long BILLION = 1_000_000_000L;

  @Option(
      names = "--max-shard",
      order = 14,
      paramLabel = "SIZE",
      description = "The most that a file of weights holds, as in 2GB; default 5GB.")
  private Optional<String> maxShard = Optional.empty();

  @Option(
      names = "--out-shard-size",
      order = 15,
      paramLabel = "SIZE",
      description = "The same as mergekit says it: 5B is five billion bytes, 500M, 100K.")
  private Optional<String> outShardSize = Optional.empty();

  /// In bytes.
  long largest() {
    if (maxShard.isPresent() && outShardSize.isPresent()) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "--max-shard and --out-shard-size say the same; give one of them.");
    }
    return outShardSize
        .map(ShardFlags::ofMergekit)
        .or(() -> Destination.of(maxShard).largestShard())
        .orElse(MergeOutput.USUAL_SHARD);
  }

  /// `5B` is five billion.
  private static long ofMergekit(String text) {
    String size = text.strip().toUpperCase(Locale.ROOT);
    long unit =
        size.endsWith("K")
            ? 1_000
            : size.endsWith("M") ? 1_000_000 : size.endsWith("B") ? BILLION : 1;
    String number = unit == 1 ? size : size.substring(0, size.length() - 1);
    if (!number.matches("\\d{1,9}") || Long.parseLong(number) == 0) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "--out-shard-size: '"
              + text
              + "' is not a size; write 5B for five billion bytes, 500M, 100K.");
    }
    return Long.parseLong(number) * unit;
  }
}
