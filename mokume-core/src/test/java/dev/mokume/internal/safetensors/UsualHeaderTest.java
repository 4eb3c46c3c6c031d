package dev.mokume.internal.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.MemorySource;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UsualHeaderTest {
  private static final String USUAL =
      """
      {"__metadata__":{"format":"pt","title":""},\
      "a.weight":{"dtype":"F16","shape":[2,320],"data_offsets":[0,1280]},\
      "b":{"dtype":"X9","shape":[],"data_offsets":[1280,1281]}}  \
      """;

  @Test
  void readsWhatTheReferenceWrites() {
    assertThat(read(USUAL))
        .contains(
            new Header(
                Map.of("format", "pt", "title", ""),
                List.of(
                    new Header.Entry(
                        new TensorSpec("a.weight", DType.F16, Shape.of(2, 320)), 0, 1280),
                    new Header.Entry(
                        new TensorSpec("b", DType.unknown("X9"), Shape.of()), 1280, 1281)),
                8 + USUAL.length()));
  }

  @Test
  void metadataMayBeAbsentEmptyOrLast() {
    String tensor = "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}";

    assertThat(read("{" + tensor + "}")).map(Header::metadata).contains(Map.of());
    assertThat(read("{\"__metadata__\":{}," + tensor + "}"))
        .map(Header::metadata)
        .contains(Map.of());
    assertThat(read("{" + tensor + ",\"__metadata__\":{\"k\":\"v\"}}"))
        .map(Header::metadata)
        .contains(Map.of("k", "v"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{ \"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"a\": {\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"shape\":[1],\"dtype\":\"U8\",\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"more\":1}}",
        "{\"a\":{\"dtype\":\"\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[01],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1.0],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}},",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}\n",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},}",
        "{\"a\\n\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"ä\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
        "{\"__metadata__\":{\"k\":\"v\",\"k\":\"w\"}}",
        "{\"__metadata__\":{\"k\":1}}",
        "{\"__metadata__\":{},\"__metadata__\":{}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[9999999999999999999],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[999999999999,999999999999],\"data_offsets\":[0,1]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
      })
  void leavesTheRestToTheParser(String header) {
    assertThat(read(header)).isEmpty();
  }

  /// Where it reads a header at all, the parser reads the same, and refuses nothing.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void readsWhatTheParserReads(long seed) {
    Random random = new Random(seed);
    int usual = 0;
    for (int round = 0; round < 5_000; round++) {
      StringBuilder text = new StringBuilder(USUAL);
      int place = 1 + random.nextInt(text.length() - 1);
      switch (random.nextInt(4)) {
        case 0 -> text.setCharAt(place, (char) random.nextInt(128));
        case 1 -> text.deleteCharAt(place);
        case 2 -> text.insert(place, text.charAt(random.nextInt(text.length())));
        default -> text.setCharAt(place, text.charAt(random.nextInt(text.length())));
      }
      Optional<Header> read = read(text.toString());
      if (read.isPresent()) {
        assertThat(read).contains(Header.parse(source(text.toString()), text.length()));
        usual++;
      }
    }
    assertThat(usual).as("some mutations leave a usual header").isPositive();
  }

  private static Optional<Header> read(String header) {
    return UsualHeader.read(source(header), header.getBytes(StandardCharsets.UTF_8).length);
  }

  private static MemorySource source(String header) {
    return new MemorySource("memory", Safetensors.bytes(header));
  }
}
