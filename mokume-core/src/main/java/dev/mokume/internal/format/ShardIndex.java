package dev.mokume.internal.format;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The `model.safetensors.index.json` of a sharded set: which shard holds which tensor. What else
/// stands in it is skipped: tools disagree about the total size that it gives.
///
/// @param shardOf from tensor name to the shard's file name, a plain name without folders
public record ShardIndex(SequencedMap<String, String> shardOf) {
  private static final String WEIGHT_MAP = "weight_map";
  private static final int LONGEST = 100_000_000;
  private static final int MOST_TENSORS = 1_000_000;

  public static ShardIndex read(ByteSource source) {
    if (source.size() == 0 || source.size() > LONGEST) {
      throw Findings.malformed(
          source.name(),
          "has "
              + source.size()
              + " bytes, but an index of shards is a JSON object of at most "
              + LONGEST
              + " bytes.");
    }
    try (StrictJson json = new StrictJson(source, 0, source.size(), "the index")) {
      return json.object(parser -> new ShardIndex(parse(source.name(), parser)));
    }
  }

  private static SequencedMap<String, String> parse(String file, JsonParser json) {
    @Nullable SequencedMap<String, String> shardOf = null;
    String field;
    while ((field = json.nextName()) != null) {
      JsonToken start = json.nextToken();
      if (!field.equals(WEIGHT_MAP)) {
        json.skipChildren();
      } else if (shardOf != null) {
        throw Findings.malformed(file, "has 'weight_map' twice: the index is damaged.");
      } else {
        shardOf = weightMap(file, start, json);
      }
    }
    if (shardOf == null || shardOf.isEmpty()) {
      throw Findings.malformed(
          file,
          "has no tensors under 'weight_map', so it is not the index of a sharded checkpoint, or it"
              + " is damaged.");
    }
    return shardOf;
  }

  private static SequencedMap<String, String> weightMap(
      String file, JsonToken start, JsonParser json) {
    if (start != JsonToken.START_OBJECT) {
      throw Findings.malformed(
          file,
          "has "
              + StrictJson.kind(start)
              + " as its 'weight_map', but an object from tensor to file was wanted.");
    }
    SequencedMap<String, String> shardOf = new LinkedHashMap<>();
    Map<String, String> files = new HashMap<>();
    String tensor;
    while ((tensor = json.nextName()) != null) {
      JsonToken token = json.nextToken();
      if (token != JsonToken.VALUE_STRING) {
        throw Findings.malformed(
            file,
            "has "
                + StrictJson.kind(token)
                + " as the shard of tensor "
                + Quoted.name(tensor)
                + ", but a file name was wanted: the index is damaged.");
      }
      String shard = json.getString();
      if (!isPlainName(shard)) {
        throw Findings.malformed(
            file,
            "places tensor "
                + Quoted.name(tensor)
                + " in "
                + Quoted.name(shard)
                + ", but a shard is a file beside the index, named without folders. Do not use this"
                + " file unless you trust where it comes from.");
      }
      if (shardOf.put(tensor, files.computeIfAbsent(shard, name -> name)) != null) {
        throw Findings.malformed(
            file, "names tensor " + Quoted.name(tensor) + " twice: the index is damaged.");
      }
      if (shardOf.size() > MOST_TENSORS) {
        throw Findings.malformed(
            file,
            "names more than "
                + Amount.count(MOST_TENSORS)
                + " tensors, the most that is allowed.");
      }
    }
    return shardOf;
  }

  private static boolean isPlainName(String shard) {
    return !shard.isBlank()
        && shard.length() <= 255
        && !shard.startsWith(".")
        && shard
            .chars()
            .noneMatch(c -> c == '/' || c == '\\' || c == ':' || Character.isISOControl(c));
  }
}
