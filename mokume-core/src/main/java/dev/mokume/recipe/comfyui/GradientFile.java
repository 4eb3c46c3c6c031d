package dev.mokume.recipe.comfyui;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.error.Reason;
import dev.mokume.recipe.Ratio;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Layer ratios in a file: one JSON object, a finite number for each tensor, by the names that
/// ComfyUI has in memory (`diffusion_model.out.0.weight`).
public final class GradientFile {
  /// Room for a number for each of 100,000 tensors.
  private static final long MAX_BYTES = 32L << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(1).build())
          .build();

  private GradientFile() {}

  /// The text of such a file.
  public static String format(Map<String, Double> ratios) {
    StringBuilder text = new StringBuilder("{");
    ratios.forEach((name, value) -> {
      text.append(text.length() > 1 ? ",\n  " : "\n  ");
      StringWriter quoted = new StringWriter();
      try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), quoted)) {
        json.writeString(name);
      }
      text.append(quoted).append(": ").append(value);
    });
    return text.append(ratios.isEmpty() ? "}\n" : "\n}\n").toString();
  }

  static Ratio read(Path file) {
    SequencedMap<String, Double> ratios = new LinkedHashMap<>();
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw malformed(file, "is larger than any such file", null);
      }
      try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), Files.readString(file))) {
        if (json.nextToken() != JsonToken.START_OBJECT) {
          throw malformed(file, "is not an object", null);
        }
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
          String name = json.currentName();
          if (!json.nextToken().isNumeric() || !Double.isFinite(json.getDoubleValue())) {
            throw malformed(file, "has no finite number for " + Quoted.name(name), null);
          }
          ratios.put(name, json.getDoubleValue());
        }
      }
    } catch (JacksonException e) {
      throw malformed(file, "is not JSON of that form", e);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT,
          "the gradient %s cannot be read (%s).".formatted(file, Reason.of(e)),
          e);
    }
    return new Ratio.ByName(ratios);
  }

  private static MokumeException malformed(Path file, String why, @Nullable Throwable cause) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT,
        "the gradient %s %s; wanted is a JSON object with a number for each tensor, as --output"
                .formatted(file, why)
            + " writes it.",
        cause);
  }
}
