package dev.mokume.sweep;

import dev.mokume.architecture.Block;
import dev.mokume.architecture.Component;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.FileSource;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.internal.format.StrictJson;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/// What a sweep has found out and written so far, in a file beside its outputs, so that a killed
/// one goes on where it was.
///
/// The file has a JSON object a line. The first tells the version of the format (`mokume_sweep`),
/// the fingerprint of what is varied and of its inputs (`recipe`), and of how many elements one is
/// looked at (`sample`). Each other is of a variant: its `distances`, a row for each model and
/// block; or, before it is written (`writes`), what its file was until then (`over`). Lines are
/// added at the end; one that a killed sweep wrote half is not read.
///
/// A file that is there is this sweep's if it was to be written and is no longer what it was: one
/// that was there before may have been made of other inputs.
public final class SweepState {
  /// Its name in the folder of the outputs.
  public static final String FILE = "sweep.jsonl";

  private static final int VERSION = 2;

  /// More than a million variants take.
  private static final long LARGEST = 1L << 30;

  private final Path file;
  private final String fingerprint;
  private final int part;
  private final SequencedMap<String, List<Distance>> distances = new LinkedHashMap<>();
  private final SequencedMap<String, String> replaced = new LinkedHashMap<>();
  private final StringBuilder unwritten = new StringBuilder();
  private boolean isBegun;

  private SweepState(Path file, String fingerprint, int part) {
    this.file = file;
    this.fingerprint = fingerprint;
    this.part = part;
  }

  /// The state of the sweep whose outputs go to `folder`, or a new one.
  ///
  /// @param fingerprint of the recipe and its inputs
  /// @param part one in how many elements is looked at; distances over another sample are forgotten
  /// @param anew whether to forget whatever is there
  /// @throws MokumeException `UNWRITABLE_OUTPUT` if the folder has another sweep;
  ///   `MALFORMED_CHECKPOINT` if the file is damaged
  public static SweepState open(Path folder, String fingerprint, int part, boolean anew) {
    Path file = folder.resolve(FILE);
    SweepState state = new SweepState(file, fingerprint, part);
    if (!anew && Files.exists(file)) {
      state.read();
    }
    return state;
  }

  /// The distances of a variant, if they are known.
  public Optional<List<Distance>> distances(String variant) {
    return Optional.ofNullable(distances.get(variant));
  }

  /// Notes the distances of a variant.
  public void put(String variant, List<Distance> found) {
    distances.put(variant, List.copyOf(found));
    unwritten.append(distancesLine(variant));
  }

  /// Notes that a variant is about to be written; to be kept ([#write]) before its file changes.
  ///
  /// @param now what tells its file from any other, as it is until then; empty if there is none
  public void begin(String variant, String now) {
    replaced.put(variant, now);
    unwritten.append(writesLine(variant));
  }

  /// Whether this sweep has written a variant's file.
  ///
  /// @param now what tells the file from any other, as it is; empty if there is none
  public boolean hasWritten(String variant, String now) {
    return !now.isEmpty() && replaced.containsKey(variant) && !now.equals(replaced.get(variant));
  }

  /// Whether a variant may be written where the file `now` is: there is none, or it is the one that
  /// this sweep was told to replace before it was stopped.
  public boolean mayWrite(String variant, String now) {
    return now.isEmpty() || now.equals(replaced.get(variant));
  }

  private void read() {
    try (FileSource source = FileSource.open(file)) {
      if (source.size() > LARGEST) {
        throw malformed("has " + source.size() + " bytes, more than the state of any sweep");
      }
      try (StrictJson json =
          new StrictJson(source, 0, wholeLines(source), "the state of the sweep")) {
        Reading reading = new Reading();
        json.objects(reading::line);
        reading.end();
      }
    }
  }

  /// How many bytes there are up to the end of the last line that has one.
  private static long wholeLines(FileSource source) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment piece = arena.allocate(8_192);
      for (long end = source.size(); end > 0; ) {
        long start = Math.max(0, end - piece.byteSize());
        source.read(start, piece.asSlice(0, end - start));
        for (long i = end - start; i > 0; i--) {
          if (piece.get(ValueLayout.JAVA_BYTE, i - 1) == '\n') {
            return start + i;
          }
        }
        end = start;
      }
      return 0;
    }
  }

  /// Takes over what lines say, unless they are of another sample.
  private final class Reading {
    private boolean isHeadRead;
    private boolean isOfSample;

    void line(JsonParser parser) {
      if (isHeadRead) {
        variant(parser);
      } else {
        head(parser);
        isHeadRead = true;
      }
    }

    void end() {
      if (!isHeadRead) {
        throw malformed("has no whole line");
      }
    }

    private void head(JsonParser parser) {
      String recipe = "";
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "mokume_sweep" -> {
            if (whole(parser) != VERSION) {
              throw malformed("is of another version of Mokume");
            }
          }
          case "recipe" -> recipe = text(parser);
          case "sample" -> isOfSample = whole(parser) == part;
          default -> throw malformed("has a field that no sweep writes");
        }
      }
      if (!recipe.equals(fingerprint)) {
        throw new MokumeException(
            ErrorCode.UNWRITABLE_OUTPUT,
            file
                + ": is of a sweep of another recipe, of inputs that have changed since, or of"
                + " another version of Mokume. Write to another folder, or begin anew with"
                + " --force, which replaces its outputs one by one.");
      }
    }

    private void variant(JsonParser parser) {
      String variant = "";
      String writes = "";
      String over = "";
      SequencedMap<String, SequencedMap<Block, Distance.Part>> models = new LinkedHashMap<>();
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "variant" -> variant = text(parser);
          case "writes" -> writes = text(parser);
          case "over" -> over = text(parser);
          case "distances" -> {
            if (parser.currentToken() != JsonToken.START_ARRAY) {
              throw malformed("has distances that are no list");
            }
            while (parser.nextToken() == JsonToken.START_ARRAY) {
              row(parser, models);
            }
          }
          default -> throw malformed("has a field that no sweep writes");
        }
      }
      if (!writes.isEmpty()) {
        replaced.put(writes, over);
      } else if (isOfSample) {
        List<Distance> found = new ArrayList<>();
        models.forEach((model, blocks) -> found.add(new Distance(model, blocks)));
        distances.put(variant, found);
      }
    }
  }

  private void row(
      JsonParser parser, SequencedMap<String, SequencedMap<Block, Distance.Part>> models) {
    String model = nextText(parser);
    Block block = new Block(Component.parse(nextText(parser)), nextText(parser));
    Distance.Part part =
        new Distance.Part(
            (int) nextWhole(parser),
            nextWhole(parser),
            nextReal(parser),
            nextReal(parser),
            nextWhole(parser),
            nextWhole(parser),
            nextWhole(parser));
    if (parser.nextToken() != JsonToken.END_ARRAY) {
      throw malformed("has a row of another length");
    }
    models.computeIfAbsent(model, _ -> new TreeMap<>()).put(block, part);
  }

  private String nextText(JsonParser parser) {
    parser.nextToken();
    return text(parser);
  }

  private String text(JsonParser parser) {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw malformed("has " + StrictJson.kind(parser.currentToken()) + " in place of a text");
    }
    return parser.getString();
  }

  private long nextWhole(JsonParser parser) {
    parser.nextToken();
    return whole(parser);
  }

  private long whole(JsonParser parser) {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw malformed(
          "has " + StrictJson.kind(parser.currentToken()) + " in place of a whole number");
    }
    return parser.getLongValue();
  }

  /// JSON knows no NaN and no infinity.
  private double nextReal(JsonParser parser) {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.VALUE_NULL) {
      return Double.NaN;
    }
    if (!token.isNumeric()) {
      throw malformed("has " + StrictJson.kind(token) + " in place of a number");
    }
    return parser.getDoubleValue();
  }

  private MokumeException malformed(String what) {
    return new MokumeException(
        ErrorCode.MALFORMED_CHECKPOINT,
        file + ": " + what + ". Begin the sweep anew with --force, or write to another folder.");
  }

  /// Replaces the file by all that is known; when that is done already, adds what is new to it.
  ///
  /// @throws MokumeException if that cannot be done
  public void write() {
    if (isBegun) {
      add(unwritten.toString());
    } else {
      AtomicFileOutput.write(
          file,
          bytes(
              line(this::head)
                  + lines(distances, this::distancesLine)
                  + lines(replaced, this::writesLine)),
          AtomicFileOutput.Options.defaults().replaceExisting(true).durable(false));
      isBegun = true;
    }
    unwritten.setLength(0);
  }

  private void add(String lines) {
    try {
      Files.write(file, bytes(lines), StandardOpenOption.WRITE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          file
              + ": cannot be added to ("
              + Reason.of(e)
              + "). What was whole by then stays, and the same sweep goes on from there.",
          e);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String lines(SequencedMap<String, ?> variants, UnaryOperator<String> line) {
    return variants.keySet().stream().map(line).collect(Collectors.joining());
  }

  private String distancesLine(String variant) {
    return line(json -> variant(json, variant));
  }

  private String writesLine(String variant) {
    return line(json -> {
      json.writeStringProperty("writes", variant);
      json.writeStringProperty("over", replaced.getOrDefault(variant, ""));
    });
  }

  private static String line(Consumer<JsonGenerator> members) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      members.accept(json);
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private void head(JsonGenerator json) {
    json.writeName("mokume_sweep");
    json.writeNumber(VERSION);
    json.writeStringProperty("recipe", fingerprint);
    json.writeName("sample");
    json.writeNumber(part);
  }

  private void variant(JsonGenerator json, String variant) {
    json.writeStringProperty("variant", variant);
    json.writeName("distances");
    json.writeStartArray();
    for (Distance distance : distances(variant).orElseThrow()) {
      distance.blocks().forEach((block, sums) -> row(json, distance, block, sums));
    }
    json.writeEndArray();
  }

  private static void row(JsonGenerator json, Distance distance, Block block, Distance.Part sums) {
    json.writeStartArray();
    json.writeString(distance.model());
    json.writeString(block.component().id());
    json.writeString(block.name());
    json.writeNumber(sums.tensors());
    json.writeNumber(sums.elements());
    real(json, sums.difference());
    real(json, sums.norm());
    json.writeNumber(sums.changed());
    json.writeNumber(sums.signed());
    json.writeNumber(sums.opposed());
    json.writeEndArray();
  }

  private static void real(JsonGenerator json, double value) {
    if (Double.isFinite(value)) {
      json.writeNumber(value);
    } else {
      json.writeNull();
    }
  }
}
