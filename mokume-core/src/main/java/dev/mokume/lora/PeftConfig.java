package dev.mokume.lora;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The `adapter_config.json` that PEFT writes beside an adapter. Of the rank the file's tensors
/// tell themselves, so `r` and `rank_pattern` are not needed; nor are the lists of modules.
///
/// @param alpha `lora_alpha`, or `alpha` of LoHa and LoKr
/// @param alphas `alpha_pattern`: by the end of a module's name
/// @param rootOfRank `use_rslora`: alpha is divided by the root of the rank
/// @param transposed `fan_in_fan_out`: the changed weights have rows for columns
record PeftConfig(
    double alpha, Map<String, Double> alphas, boolean rootOfRank, boolean transposed) {
  static final String FILE = "adapter_config.json";

  /// What PEFT leaves out is its own default.
  private static final double USUAL_ALPHA = 8;

  private static final long MAX_BYTES = 4L << 20;
  private static final int MOST_PATTERNS = 100_000;

  /// A module's name, or its end; PEFT takes regular expressions, which are of no use for names.
  private static final Pattern NAME = Pattern.compile("\\^?(?:[A-Za-z0-9_.-]|\\\\\\.)+\\$?");

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(32)
                          .maxDocumentLength(MAX_BYTES)
                          .build())
                  .build())
          .build();

  PeftConfig {
    alphas = Map.copyOf(alphas);
  }

  /// The config beside an adapter file; nothing if there is none.
  ///
  /// @throws MokumeException `MALFORMED_CHECKPOINT` if it is not as PEFT writes it;
  ///   `UNSUPPORTED_CHECKPOINT` if it asks for what Mokume does not know
  static Optional<PeftConfig> beside(Path adapter) {
    boolean belongs =
        Files.isDirectory(adapter) || String.valueOf(adapter.getFileName()).startsWith("adapter_");
    if (!belongs) {
      return Optional.empty();
    }
    Optional<ByteSource> file = Checkpoints.beside(adapter, FILE);
    try {
      return file.map(source -> read(source.name(), source));
    } finally {
      file.ifPresent(ByteSource::close);
    }
  }

  private static PeftConfig read(String file, ByteSource source) {
    if (source.size() > MAX_BYTES) {
      throw malformed(file, "is larger than any such file", null);
    }
    byte[] text = new byte[(int) source.size()];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(text.length + 1L).asSlice(0, text.length);
      source.read(0, bytes);
      MemorySegment.copy(bytes, 0, MemorySegment.ofArray(text), 0, text.length);
    }
    JsonNode root;
    try {
      root = MAPPER.readTree(text);
    } catch (JacksonException e) {
      throw malformed(file, "is not JSON", e);
    }
    if (!root.isObject()) {
      throw malformed(file, "is not an object", null);
    }
    return new PeftConfig(
        alpha(file, root),
        alphas(file, root.path("alpha_pattern")),
        flag(file, root, "use_rslora"),
        flag(file, root, "fan_in_fan_out"));
  }

  private static double alpha(String file, JsonNode root) {
    JsonNode alpha = root.hasNonNull("lora_alpha") ? root.path("lora_alpha") : root.path("alpha");
    return alpha.isMissingNode() || alpha.isNull()
        ? USUAL_ALPHA
        : finite(file, "lora_alpha", alpha);
  }

  private static Map<String, Double> alphas(String file, JsonNode patterns) {
    Map<String, Double> alphas = new LinkedHashMap<>();
    if (patterns.isMissingNode() || patterns.isNull()) {
      return alphas;
    }
    if (!patterns.isObject() || patterns.size() > MOST_PATTERNS) {
      throw malformed(file, "has an alpha_pattern that is no object of numbers", null);
    }
    for (Map.Entry<String, JsonNode> pattern : patterns.properties()) {
      if (!NAME.matcher(pattern.getKey()).matches()) {
        throw new MokumeException(
            ErrorCode.UNSUPPORTED_CHECKPOINT,
            file
                + ": its alpha_pattern has "
                + Quoted.name(pattern.getKey())
                + ", a regular expression. Mokume reads the names of modules and their ends; write"
                + " the names out.");
      }
      alphas.put(plain(pattern.getKey()), finite(file, "alpha_pattern", pattern.getValue()));
    }
    return alphas;
  }

  private static String plain(String pattern) {
    String start = pattern.startsWith("^") ? pattern.substring(1) : pattern;
    String text = start.endsWith("$") ? start.substring(0, start.length() - 1) : start;
    return text.replace("\\.", ".");
  }

  private static double finite(String file, String what, JsonNode number) {
    if (!number.isNumber() || !Double.isFinite(number.doubleValue())) {
      throw malformed(file, "has a " + what + " that is no number", null);
    }
    return number.doubleValue();
  }

  private static boolean flag(String file, JsonNode root, String name) {
    JsonNode flag = root.path(name);
    if (flag.isMissingNode() || flag.isNull()) {
      return false;
    }
    if (!flag.isBoolean()) {
      throw malformed(file, "has a " + name + " that is neither true nor false", null);
    }
    return flag.booleanValue();
  }

  private static MokumeException malformed(String file, String how, @Nullable Throwable cause) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT,
        file + ": " + how + "; wanted is the config that PEFT writes beside an adapter.",
        cause);
  }

  /// What a module's product is multiplied by.
  double scale(String module, long rank) {
    String name =
        module.startsWith(Adapter.PEFT) ? module.substring(Adapter.PEFT.length()) : module;
    Double own = alphas.get(name);
    for (int dot = name.indexOf('.'); own == null && dot >= 0; dot = name.indexOf('.', dot + 1)) {
      own = alphas.get(name.substring(dot + 1));
    }
    return (own == null ? alpha : own) / (rootOfRank ? Math.sqrt(rank) : rank);
  }
}
