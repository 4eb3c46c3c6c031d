package dev.mokume.plan;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.RecipeWriter;
import java.io.File;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// Where an output comes from, as its metadata says it: the recipe, and each input's name, size and
/// SHA-256.
public final class Provenance {
  /// The recipe's canonical text, with file names for paths.
  public static final String RECIPE = "mokume.recipe";

  /// A JSON object: for each model of the recipe an array of files, each with `file`, `bytes` and
  /// `sha256`; where bytes come from a server, `version` for what it calls them (its `ETag`)
  /// instead of a hash.
  public static final String INPUTS = "mokume.inputs";

  /// The version of Mokume that wrote the file.
  public static final String VERSION = "mokume.version";

  static final String UNKNOWN_HASH = "0".repeat(64);

  private Provenance() {}

  /// The metadata as it will be but for the hashes, for which it has zeros of the same length.
  static Map<String, String> withoutHashes(Recipe recipe, SequencedMap<String, Checkpoint> models) {
    return of(recipe, models, Map.of());
  }

  /// @param hashes by source; zeros for those that are missing
  public static Map<String, String> of(
      Recipe recipe, SequencedMap<String, Checkpoint> models, Map<ByteSource, String> hashes) {
    Map<String, String> metadata = new TreeMap<>();
    metadata.put(RECIPE, RecipeWriter.provenance(recipe));
    metadata.put(INPUTS, inputs(models, hashes));
    metadata.put(VERSION, dev.mokume.error.Version.current());
    return metadata;
  }

  /// What the first model's metadata says that is still true of a merge: not hashes of its content.
  public static Map<String, String> kept(Map<String, String> metadata) {
    Map<String, String> kept = new LinkedHashMap<>();
    metadata.forEach((key, value) -> {
      if (!key.startsWith("mokume.") && !key.contains("hash") && !key.equals("format")) {
        kept.put(key, value);
      }
    });
    return kept;
  }

  /// What the metadata of a merge's output say of where it comes from.
  public static Map<String, String> ofOutput(Map<String, String> metadata) {
    Map<String, String> provenance = new TreeMap<>(metadata);
    provenance.keySet().retainAll(List.of(RECIPE, INPUTS));
    return provenance;
  }

  /// What stands under [#INPUTS].
  ///
  /// @param hashes by source; zeros for those that are missing
  public static String inputs(
      SequencedMap<String, Checkpoint> models, Map<ByteSource, String> hashes) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      models.forEach((name, model) -> {
        json.writeName(name);
        json.writeStartArray();
        for (ByteSource source : model.sources()) {
          json.writeStartObject();
          json.writeStringProperty("file", fileName(source.name()));
          json.writeName("bytes");
          json.writeNumber(source.size());
          source
              .version()
              .ifPresentOrElse(
                  version -> json.writeStringProperty("version", version),
                  () ->
                      json.writeStringProperty(
                          "sha256", hashes.getOrDefault(source, UNKNOWN_HASH)));
          json.writeEndObject();
        }
        json.writeEndArray();
      });
      json.writeEndObject();
    }
    return text.toString();
  }

  private static String fileName(String source) {
    int folders = Math.max(source.lastIndexOf('/'), source.lastIndexOf(File.separatorChar));
    return source.substring(folders + 1);
  }
}
