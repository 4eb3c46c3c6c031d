package dev.mokume.inspection;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/// How often each tag stood in the captions that a LoRA was trained on: in its metadata a JSON
/// object of counts by tag for each data set. Source: kohya-ss/sd-scripts, which writes it.
final class TagFrequency {
  static final String KEY = "ss_tag_frequency";

  private static final int MOST_TAGS = 1_000_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxNameLength(65_536)
                  .maxNumberLength(100)
                  .build())
          // Tags are somebody's free text: a table of them would only take memory.
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .build();

  private TagFrequency() {}

  /// The tags of all data sets together, the most frequent first and equally frequent ones in the
  /// order of the file; none if the metadata does not say.
  ///
  /// @param file for the message
  static List<String> of(String file, Map<String, String> metadata) {
    String text = metadata.get(KEY);
    if (text == null) {
      return List.of();
    }
    SequencedMap<String, Double> counts = new LinkedHashMap<>();
    try (JsonParser json = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw malformed(file, "is not a JSON object");
      }
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        // What is no data set is passed over, as the trainer's own readers do.
        if (json.nextToken() == JsonToken.START_OBJECT) {
          addDataSet(json, counts, file);
        } else {
          json.skipChildren();
        }
      }
    } catch (JacksonException e) {
      throw malformed(file, "is not JSON");
    }
    return counts.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .map(Map.Entry::getKey)
        .toList();
  }

  private static void addDataSet(
      JsonParser json, SequencedMap<String, Double> counts, String file) {
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String tag = Objects.requireNonNull(json.currentName());
      if (json.nextToken().isNumeric()) {
        counts.merge(tag, json.getDoubleValue(), Double::sum);
        if (counts.size() > MOST_TAGS) {
          throw malformed(file, "has more than " + Amount.count(MOST_TAGS) + " tags");
        }
      } else {
        json.skipChildren();
      }
    }
  }

  private static MokumeException malformed(String file, String how) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT,
        file
            + ": the metadata entry '"
            + KEY
            + "' "
            + how
            + ", so its tags cannot be told. Its size and details can.");
  }
}
