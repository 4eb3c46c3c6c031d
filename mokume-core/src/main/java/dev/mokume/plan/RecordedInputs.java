package dev.mokume.plan;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What an output's metadata say of the files that it was made of ([Provenance#INPUTS]).
///
/// @param files by the recipe's name for what they are behind
record RecordedInputs(SequencedMap<String, List<RecordedFile>> files) {
  /// A file as it was then.
  ///
  /// @param sha256 in hexadecimal digits, zeros if nobody took it; for bytes from a server what
  ///   that called them
  record RecordedFile(String name, long bytes, String sha256) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(8)
                          .maxDocumentLength(16L << 20)
                          .build())
                  .build())
          .build();

  /// @param output that says so, for messages
  /// @throws MokumeException if it is not as [Provenance] writes it
  static RecordedInputs of(String text, String output) {
    SequencedMap<String, List<RecordedFile>> files = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, JsonNode> input : MAPPER.readTree(text).properties()) {
        List<RecordedFile> behind = new ArrayList<>();
        for (JsonNode file : input.getValue().asArray()) {
          JsonNode sha256 = file.has("version") ? file.path("version") : file.path("sha256");
          behind.add(
              new RecordedFile(
                  file.path("file").stringValue(),
                  file.path("bytes").longValue(),
                  sha256.stringValue()));
        }
        files.put(input.getKey(), behind);
      }
    } catch (JacksonException e) {
      throw new MokumeException(
          ErrorCode.MALFORMED_CHECKPOINT,
          output + " does not say of which files it was made, as Mokume writes it.",
          e);
    }
    return new RecordedInputs(files);
  }
}
