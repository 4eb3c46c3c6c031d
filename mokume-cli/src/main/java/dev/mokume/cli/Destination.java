package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plan.MergeOutput;
import dev.mokume.recipe.Recipe;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a checkpoint goes that is written in one file, or with `--max-shard` in several.
///
/// @param largestShard bytes; nothing if `--max-shard` was not given
record Destination(Optional<Long> largestShard) {
  private static final String FILE = ".safetensors";
  private static final String INDEX = FILE + ".index.json";
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{1,3})?) ?([KMGT]?)(I?)B?");

  /// @param maxShard as `--max-shard` says it
  /// @throws MokumeException if that is no size
  static Destination of(Optional<String> maxShard) {
    return new Destination(maxShard.map(Destination::bytes));
  }

  /// `5GB` is 5,000,000,000 bytes, as for huggingface_hub; `5GiB` is more.
  private static long bytes(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw invalid(
          "--max-shard: '"
              + text
              + "' is not a size; write 5GB, 500MB, 2GiB or a number of bytes.");
    }
    int power = " KMGT".indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2));
    BigDecimal unit = BigDecimal.valueOf(matcher.group(3).isEmpty() ? 1000 : 1024).pow(power);
    BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(unit);
    if (bytes.compareTo(BigDecimal.ONE) < 0) {
      throw invalid("--max-shard must be at least 1 byte but was " + text + ".");
    }
    return bytes.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue();
  }

  private static MokumeException invalid(String message) {
    return new MokumeException(ErrorCode.INVALID_RECIPE, message);
  }

  /// @throws MokumeException if the recipe's output cannot be in shards
  MergeOutput output(Recipe recipe, Path out) {
    if (largestShard.isPresent() && Merging.isPipeline(recipe)) {
      throw invalid(
          "--max-shard does not go with --names diffusers, where each part of the folder is one"
              + " file; leave one of them out.");
    }
    return new MergeOutput(recipe, file(out), largestShard.orElse(MergeOutput.USUAL_SHARD));
  }

  /// What is written under the name `out`: with `--max-shard` the index of its shards, which in a
  /// folder has the name that loaders look for.
  Path file(Path out) {
    if (largestShard.isEmpty() || Checkpoints.isIndex(out)) {
      return out;
    }
    String name = String.valueOf(out.getFileName());
    return name.toLowerCase(Locale.ROOT).endsWith(FILE)
        ? out.resolveSibling(name.substring(0, name.length() - FILE.length()) + INDEX)
        : out.resolve("model" + INDEX);
  }
}
