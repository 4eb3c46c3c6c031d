package dev.mokume.workflow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkflowReaderTest {
  private static final String PROMPT =
      """
      {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "ran"}},
       "2": {"class_type": "CheckpointSave", "inputs": {"model": ["1", 0]}}}\
      """;

  private static final String CANVAS =
      """
      {"version": 0.4, "links": [], "nodes": [
        {"id": 7, "type": "CheckpointLoaderSimple", "widgets_values": ["drawn"]}]}\
      """;

  private static final String RAN =
      """
      1 CheckpointLoaderSimple ckpt_name="ran"
      2 CheckpointSave model=1#0\
      """;

  private static final String DRAWN = "7 CheckpointLoaderSimple ckpt_name=\"drawn\"";

  @TempDir Path folder;

  private Workflow read(byte[] content) {
    Path file = folder.resolve("file");
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return WorkflowReader.read(file, Catalogs.SMALL);
  }

  private Workflow read(String json) {
    return read(json.getBytes(UTF_8));
  }

  /// @param message what follows the name of the file
  private void assertRefused(byte[] content, String message) {
    assertThatThrownBy(() -> read(content))
        .isInstanceOfSatisfying(
            MokumeException.class,
            e -> {
              assertThat(e).hasMessage(folder.resolve("file") + ": " + message);
              assertThat(e.code()).isEqualTo(ErrorCode.INVALID_RECIPE);
            });
  }

  private void assertRefused(String json, String message) {
    assertRefused(json.getBytes(UTF_8), message);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    Arrays.stream(parts).forEach(all::writeBytes);
    return all.toByteArray();
  }

  private static byte[] latin(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Nested
  class Json {
    @Test
    void theFormThatRunsIsTakenAsItIs() {
      Workflow workflow = read(PROMPT);
      assertThat(Shown.of(workflow)).isEqualTo(RAN);
      assertThat(workflow.canvas()).isEmpty();
    }

    @Test
    void theEditorsFormIsConvertedAndKept() {
      Workflow workflow = read(CANVAS);
      assertThat(Shown.of(workflow)).isEqualTo(DRAWN);
      assertThat(workflow.canvas()).hasValueSatisfying(c -> assertThat(c.has("nodes")).isTrue());
    }

    @Test
    void whatIsSentToComfyUiHoldsBoth() {
      Workflow workflow =
          read(
              "{\"prompt\": "
                  + PROMPT
                  + ", \"client_id\": \"x\", \"extra_data\": {\"extra_pnginfo\": {\"workflow\": "
                  + CANVAS
                  + "}}}");
      assertThat(Shown.of(workflow)).isEqualTo(RAN);
      assertThat(workflow.canvas()).isPresent();
    }

    @Test
    void soDoesAnObjectOfTheTwo() {
      assertThat(Shown.of(read("{\"workflow\": " + CANVAS + ", \"prompt\": " + PROMPT + "}")))
          .isEqualTo(RAN);
      assertThat(Shown.of(read("{\"workflow\": " + CANVAS + "}"))).isEqualTo(DRAWN);
    }

    @Test
    void titlesAreWhatAPersonCalledThem() {
      Workflow workflow =
          read(
              """
              {"1": {"class_type": "A", "inputs": {}, "_meta": {"title": "Mine"}},
               "2": {"class_type": "B"}}\
              """);
      assertThat(workflow.nodes().values()).extracting(Node::title).containsExactly("Mine", "B");
    }

    @Test
    void aListIsALinkOnlyIfItIsANodeAndANumber() {
      assertThat(
              Shown.of(
                  read(
                      """
                      {"1": {"class_type": "A", "inputs": {
                        "link": ["5:3", 2], "short": ["5"], "numbers": [5, 2],
                        "list": {"__value__": ["5", 2]}}}}\
                      """)))
          .isEqualTo("1 A link=5:3#2 short=[\"5\"] numbers=[5,2] list=[\"5\",2]");
    }

    @Test
    void bareNanAndInfinityAreNumbers() {
      assertThat(
              Shown.of(
                  read(
                      """
                      {"1": {"class_type": "A", "is_changed": NaN,
                             "inputs": {"a": Infinity, "b": -Infinity}}}\
                      """)))
          .isEqualTo("1 A a=Infinity b=-Infinity");
    }

    @Test
    void aByteOrderMarkIsStepedOver() {
      assertThat(Shown.of(read("\uFEFF" + PROMPT))).isEqualTo(RAN);
    }

    @Test
    void ofTwoValuesWithOneNameTheLastCounts() {
      assertThat(
              Shown.of(read("{\"1\": {\"class_type\": \"A\", \"inputs\": {\"a\": 1, \"a\": 2}}}")))
          .isEqualTo("1 A a=2");
    }

    @Test
    void textThatDidNotComeFromAFile() {
      assertThat(Shown.of(WorkflowReader.parse("the request", PROMPT, Catalogs.SMALL)))
          .isEqualTo(RAN);
      assertThatThrownBy(() -> WorkflowReader.parse("the request", "", Catalogs.SMALL))
          .hasMessage("the request: the text is empty, but a workflow in JSON was wanted.");
    }

    @Test
    void jsonThatIsNoWorkflow() {
      String message =
          "holds JSON, but not a workflow: neither the editor's form, which has a list 'nodes', nor"
              + " the form that ComfyUI runs, whose nodes have a 'class_type'; save or export it"
              + " from ComfyUI again.";
      assertRefused("{\"a\": {\"b\": 1}}", message);
      assertRefused("[]", message);
      assertRefused("3", message);
    }

    @Test
    void nodesWithoutAClassAreAllNamed() {
      Path file = folder.resolve("file");
      assertRefused(
          """
          {"1": {"class_type": "A"}, "2": {"inputs": {}}, "3": 5,
           "4": {"class_type": "A", "inputs": []}}\
          """,
          "node '2' has no 'class_type', the name of what it does; export it again.\n"
              + file
              + ": node '3' is not an object with 'class_type' and 'inputs'; export it again.\n"
              + file
              + ": node '4' has 'inputs' that are not an object of values by name; export it"
              + " again.");
    }

    @Test
    void aHundredThousandNodes() {
      StringBuilder json = new StringBuilder("{\"n\": {\"class_type\": \"A\"}");
      for (int i = 0; i < 100_000; i++) {
        json.append(",\"").append(i).append("\":{\"class_type\":\"A\"}");
      }
      assertRefused(
          json.append('}').toString(),
          "the workflow has more than 20,000 nodes, its subgraphs laid out: the most that Mokume"
              + " reads.");
    }

    @Test
    void aThousandListsInsideEachOther() {
      assertRefused(
          "[".repeat(1_000) + "]".repeat(1_000),
          "the file goes beyond what a workflow needs, at line 1, column 202: at most 200 objects"
              + " and lists inside each other and 4,000,000 names and values are read.");
    }

    @Test
    void fourMillionValues() {
      assertRefused(
          "[" + "0,".repeat(4_000_000) + "0]",
          "the file goes beyond what a workflow needs, at line 1, column 8000001: at most 200"
              + " objects and lists inside each other and 4,000,000 names and values are read.");
    }

    @Test
    void jsonThatIsCutOff() {
      assertRefused(
          "{\"1\": {\"class_type\": \"A\",",
          "the file ends in the middle of its JSON, at line 1, column 26: it is cut off.");
    }

    @Test
    void textThatIsNoJson() {
      assertRefused(
          "mokume: 1\n", "the file is not JSON, at line 1, column 7: Unrecognized token 'mokume'.");
    }

    @Test
    void somethingBehindTheJson() {
      assertRefused(
          "{} {}",
          "the file goes on after the end of its JSON, at line 1, column 5: it is damaged.");
    }

    @Test
    void anEmptyFile() {
      assertRefused("", "the file is empty, but a workflow in JSON was wanted.");
    }

    @Test
    void textInUtf16() {
      assertRefused(
          PROMPT.getBytes(StandardCharsets.UTF_16LE),
          "the file looks like text in UTF-16, but UTF-8 was wanted; save it again as UTF-8.");
      assertRefused(
          PROMPT.getBytes(StandardCharsets.UTF_16),
          "the file looks like text in UTF-16, but UTF-8 was wanted; save it again as UTF-8.");
    }

    @Test
    void bytesThatAreNoText() {
      assertRefused(
          latin("{\"a\": \"caf\u00E9\"}"),
          "the file is not text in UTF-8; if it is a workflow, save it again as UTF-8.");
    }

    @Test
    void aFileTooLongForAWorkflow() throws IOException {
      try (var file = new java.io.RandomAccessFile(folder.resolve("long").toFile(), "rw")) {
        file.setLength(32_000_001);
      }
      assertThatThrownBy(() -> WorkflowReader.read(folder.resolve("long"), Catalogs.SMALL))
          .hasMessage(
              folder.resolve("long")
                  + ": has 32.0 MB and is none of PNG, WebP and safetensors; of JSON at most 32.0"
                  + " MB are read as a workflow.");
    }

    @Test
    void aJpeg() {
      assertRefused(
          HexFormat.of().parseHex("ffd8ffe000104a464946"),
          "is a JPEG, which ComfyUI does not embed workflows in; name the PNG that it saved.");
    }

    @Test
    void aZip() {
      assertRefused(
          HexFormat.of().parseHex("504b03041400"),
          "is a ZIP archive or a checkpoint of torch, which holds no workflow; unpack it, or name a"
              + " safetensors file, PNG, WebP or JSON.");
    }

    @Test
    void noFile() {
      assertThatThrownBy(() -> WorkflowReader.read(folder.resolve("none"), Catalogs.SMALL))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.UNREADABLE_INPUT))
          .hasMessage(folder.resolve("none") + ": there is no such file.");
    }
  }

  @Nested
  class Png {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("89504e470d0a1a0a");
    private static final byte[] HEADER =
        chunk("IHDR", HexFormat.of().parseHex("00000001000000010802000000"));
    private static final byte[] PIXELS =
        chunk("IDAT", HexFormat.of().parseHex("789c63000100000500010d0a2db4"));
    private static final byte[] END = chunk("IEND", new byte[0]);

    private static byte[] chunk(String type, byte[] data) {
      byte[] body = join(latin(type), data);
      CRC32 crc = new CRC32();
      crc.update(body);
      return join(number(data.length), body, number((int) crc.getValue()));
    }

    private static byte[] number(int value) {
      return ByteBuffer.allocate(4).putInt(value).array();
    }

    private static byte[] deflated(byte[] text) {
      Deflater deflater = new Deflater();
      deflater.setInput(text);
      deflater.finish();
      byte[] buffer = new byte[text.length + 100];
      return Arrays.copyOf(buffer, deflater.deflate(buffer));
    }

    private static byte[] text(String keyword, String text) {
      return chunk("tEXt", latin(keyword + "\0" + text));
    }

    private static byte[] png(byte[]... chunks) {
      return join(SIGNATURE, HEADER, join(chunks), PIXELS, END);
    }

    @Test
    void thePromptIsWhatRanAndTheWorkflowTheCanvas() {
      Workflow workflow = read(png(text("prompt", PROMPT), text("workflow", CANVAS)));
      assertThat(Shown.of(workflow)).isEqualTo(RAN);
      assertThat(workflow.canvas()).isPresent();
    }

    @Test
    void theWorkflowAloneIsConverted() {
      assertThat(Shown.of(read(png(text("workflow", CANVAS))))).isEqualTo(DRAWN);
    }

    @Test
    void thePromptMayBeMissingItsNodes() {
      assertThat(Shown.of(read(png(text("prompt", "null"), text("workflow", CANVAS)))))
          .isEqualTo(DRAWN);
      assertRefused(
          png(text("prompt", "null")),
          "the tEXt chunk 'prompt' holds JSON, but not a graph of nodes; name another file.");
    }

    @Test
    void compressedText() {
      assertThat(
              Shown.of(
                  read(png(chunk("zTXt", join(latin("prompt\0\0"), deflated(latin(PROMPT))))))))
          .isEqualTo(RAN);
    }

    @Test
    void internationalText() {
      assertThat(Shown.of(read(png(chunk("iTXt", latin("prompt\0\0\0en\0Eingabe\0" + PROMPT))))))
          .isEqualTo(RAN);
    }

    @Test
    void compressedInternationalText() {
      assertThat(
              Shown.of(
                  read(
                      png(
                          chunk(
                              "iTXt",
                              join(latin("prompt\0\1\0\0\0"), deflated(PROMPT.getBytes(UTF_8))))))))
          .isEqualTo(RAN);
    }

    @Test
    void utf8WhereTheStandardSaysLatin1() {
      String prompt = PROMPT.replace("ran", "木目");
      assertThat(
              Shown.of(read(png(chunk("tEXt", join(latin("prompt\0"), prompt.getBytes(UTF_8)))))))
          .startsWith("1 CheckpointLoaderSimple ckpt_name=\"木目\"");
      assertThat(Shown.of(read(png(text("prompt", PROMPT.replace("ran", "caf\u00E9"))))))
          .startsWith("1 CheckpointLoaderSimple ckpt_name=\"café\"");
    }

    @Test
    void textBehindThePixelsIsFoundToo() {
      assertThat(Shown.of(read(join(SIGNATURE, HEADER, PIXELS, text("prompt", PROMPT), END))))
          .isEqualTo(RAN);
    }

    @Test
    void noWorkflow() {
      assertRefused(
          png(text("parameters", "a cat"), text("Software", "x")),
          "this PNG holds no workflow: it has neither 'prompt' nor 'workflow', only 'parameters',"
              + " 'Software'; was it re-saved by another program, which drops them? Name the file"
              + " as ComfyUI saved it.");
      assertRefused(
          png(),
          "this PNG holds no workflow: it has neither 'prompt' nor 'workflow'; was it re-saved by"
              + " another program, which drops them? Name the file as ComfyUI saved it.");
    }

    @Test
    void promptThatIsNoJson() {
      assertRefused(
          png(text("prompt", "{\"1\": ")),
          "the tEXt chunk 'prompt' ends in the middle of its JSON, at line 1, column 7: it is cut"
              + " off.");
    }

    @Test
    void anEndInTheMiddleOfAChunk() {
      byte[] whole = png(text("prompt", PROMPT));
      assertRefused(
          Arrays.copyOf(whole, 60),
          "the PNG ends in the middle of the chunk at byte 33: fetch or save the image again.");
    }

    @Test
    void anEndBeforeTheLastChunk() {
      assertRefused(
          join(SIGNATURE, HEADER),
          "the PNG ends in the middle of the chunk at byte 33: fetch or save the image again.");
    }

    @Test
    void aLengthBeyondTheFile() {
      assertRefused(
          join(SIGNATURE, HexFormat.of().parseHex("ffffffff74455874")),
          "the PNG ends in the middle of the chunk at byte 8: fetch or save the image again.");
    }

    @Test
    void aWrongChecksum() {
      byte[] chunk = text("prompt", "{}");
      chunk[chunk.length - 1] ^= 1;
      assertRefused(
          png(chunk),
          "the tEXt chunk 'prompt' has the checksum c89486fa, but its bytes give c89486fb: fetch or"
              + " save the image again.");
    }

    @Test
    void aChunkWithoutAKeyword() {
      assertRefused(
          png(chunk("tEXt", latin("x".repeat(80)))),
          "the tEXt chunk at byte 33 has no keyword of at most 79 characters: fetch or save the"
              + " image again.");
    }

    @Test
    void aCompressionThatDoesNotExist() {
      assertRefused(
          png(chunk("zTXt", latin("prompt\0\7x"))),
          "the zTXt chunk 'prompt' is compressed in a way that PNG does not have: fetch or save the"
              + " image again.");
      assertRefused(
          png(chunk("iTXt", latin("prompt\0\1\7\0\0x"))),
          "the iTXt chunk 'prompt' is compressed in a way that PNG does not have: fetch or save the"
              + " image again.");
    }

    @Test
    void aFlagThatDoesNotExist() {
      assertRefused(
          png(chunk("iTXt", latin("prompt\0\2\0\0\0x"))),
          "the iTXt chunk 'prompt' says neither that it is compressed nor that it is not: fetch or"
              + " save the image again.");
    }

    @Test
    void aChunkThatEndsBeforeItsText() {
      assertRefused(
          png(chunk("iTXt", latin("prompt\0\0\0en\0"))),
          "the iTXt chunk 'prompt' ends before its text begins: fetch or save the image again.");
      assertRefused(
          png(chunk("iTXt", latin("prompt\0"))),
          "the iTXt chunk 'prompt' ends before its text begins: fetch or save the image again.");
    }

    @Test
    void compressedTextThatIsDamaged() {
      assertRefused(
          png(chunk("zTXt", latin("prompt\0\0xx"))),
          "the zTXt chunk 'prompt' cannot be decompressed: fetch or save the image again.");
    }

    @Test
    void compressedTextThatIsCutOff() {
      byte[] deflated = deflated(latin(PROMPT));
      assertRefused(
          png(chunk("zTXt", join(latin("prompt\0\0"), Arrays.copyOf(deflated, 20)))),
          "the zTXt chunk 'prompt' ends in the middle of its compressed text: fetch or save the"
              + " image again.");
    }

    @Test
    void internationalTextThatIsNoUtf8() {
      assertRefused(
          png(chunk("iTXt", latin("prompt\0\0\0\0\0\u00E9"))),
          "the iTXt chunk 'prompt' is not text in UTF-8: fetch or save the image again.");
    }

    @Test
    void aTextLongerThanAnyWorkflow() {
      assertRefused(
          png(text("prompt", "x".repeat(32_000_000))),
          "the tEXt chunk 'prompt' has 32.0 MB, more than the 32.0 MB that Mokume reads as a"
              + " workflow: fetch or save the image again.");
    }

    @Test
    void aTextThatInflatesWithoutEnd() {
      byte[] bomb = deflated(new byte[65_000_000]);
      assertThat(bomb).hasSizeLessThan(100_000);
      assertRefused(
          png(chunk("zTXt", join(latin("prompt\0\0"), bomb))),
          "the zTXt chunk 'prompt' inflates to more than 64.0 MB, the most that is read: fetch or"
              + " save the image again.");
    }

    @Test
    void manyTextsThatInflateCountTogether() {
      byte[] half = chunk("zTXt", join(latin("prompt\0\0"), deflated(new byte[33_000_000])));
      assertRefused(
          png(half, half),
          "the zTXt chunk 'prompt' inflates to more than 64.0 MB, the most that is read: fetch or"
              + " save the image again.");
    }

    @Test
    void moreChunksThanAnImageHas() {
      byte[] empty = chunk("tIME", new byte[0]);
      byte[] many = new byte[empty.length * 100_000];
      for (int i = 0; i < 100_000; i++) {
        System.arraycopy(empty, 0, many, i * empty.length, empty.length);
      }
      assertRefused(
          png(many),
          "the PNG has more than 100,000 chunks, the most that are read: fetch or save the image"
              + " again.");
    }
  }

  @Nested
  class Webp {
    private static byte[] little(int value) {
      return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    private static byte[] chunk(String type, byte[] data) {
      return join(latin(type), little(data.length), data, new byte[data.length & 1]);
    }

    private static byte[] webp(byte[]... chunks) {
      byte[] body = join(latin("WEBP"), chunk("VP8 ", new byte[5]), join(chunks));
      return join(latin("RIFF"), little(body.length), body);
    }

    /// A directory of texts in the byte order, the first tag 0x010F and the next one more.
    private static byte[] exif(ByteOrder order, String... texts) {
      int data = 8 + 2 + 12 * texts.length + 4;
      int total = data + Arrays.stream(texts).mapToInt(t -> t.length() + 1).sum();
      ByteBuffer tiff = ByteBuffer.allocate(total).order(order);
      tiff.put(latin(order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM"))
          .putShort((short) 42)
          .putInt(8);
      tiff.putShort((short) texts.length);
      int at = data;
      for (int i = 0; i < texts.length; i++) {
        int length = texts[i].length() + 1;
        tiff.putShort((short) (0x010F + i)).putShort((short) 2).putInt(length).putInt(at);
        at += length;
      }
      tiff.putInt(0);
      for (String text : texts) {
        tiff.put(latin(text + "\0"));
      }
      return tiff.array();
    }

    @Test
    void tagsThatSayWhatTheyAre() {
      for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
        Workflow workflow =
            read(
                webp(
                    chunk("EXIF", exif(order, "workflow:" + CANVAS, "prompt:" + PROMPT, "Canon"))));
        assertThat(Shown.of(workflow)).isEqualTo(RAN);
        assertThat(workflow.canvas()).isPresent();
      }
    }

    @Test
    void withTheWordThatJpegsHaveBeforeIt() {
      assertThat(
              Shown.of(
                  read(
                      webp(
                          chunk(
                              "EXIF",
                              join(
                                  latin("Exif\0\0"),
                                  exif(ByteOrder.BIG_ENDIAN, "workflow:" + CANVAS)))))))
          .isEqualTo(DRAWN);
    }

    @Test
    void noWorkflow() {
      String message =
          "this WebP holds no workflow: it has neither 'prompt' nor 'workflow'; was it re-saved by"
              + " another program, which drops them? Name the file as ComfyUI saved it.";
      assertRefused(webp(), message);
      assertRefused(webp(chunk("XMP ", latin("<x:xmpmeta/>"))), message);
      assertRefused(webp(chunk("EXIF", exif(ByteOrder.LITTLE_ENDIAN, "Canon"))), message);
    }

    @Test
    void anEndInTheMiddleOfAChunk() {
      byte[] whole = webp(chunk("EXIF", exif(ByteOrder.LITTLE_ENDIAN, "prompt:" + PROMPT)));
      assertRefused(
          Arrays.copyOf(whole, whole.length - 4),
          "the WebP ends in the middle of the chunk at byte 26: fetch or save the image again.");
    }

    @Test
    void exifThatIsBroken() {
      byte[] sound = exif(ByteOrder.LITTLE_ENDIAN, "prompt:" + PROMPT);
      String message =
          "the WebP's EXIF breaks the rules of that format: fetch or save the image again.";
      assertRefused(webp(chunk("EXIF", Arrays.copyOf(sound, 7))), message);
      // Neither II nor MM; not 42; a directory, a count of tags and a value beyond the end.
      for (int place : new int[] {0, 2, 7, 9, 21}) {
        byte[] broken = sound.clone();
        broken[place] = (byte) 0xEE;
        assertRefused(webp(chunk("EXIF", broken)), message);
      }
    }
  }

  @Nested
  class CheckpointFile {
    private static byte[] safetensors(String header) {
      return join(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length()).array(),
          latin(header));
    }

    private static String quoted(String json) {
      return "\"" + json.replace("\n", " ").replace("\"", "\\\"") + "\"";
    }

    @Test
    void itsMetadataHoldsWhatItWasMadeBy() {
      Workflow workflow =
          read(
              safetensors(
                  "{\"__metadata__\": {\"prompt\": "
                      + quoted(PROMPT)
                      + ", \"workflow\": "
                      + quoted(CANVAS)
                      + "}}"));
      assertThat(Shown.of(workflow)).isEqualTo(RAN);
      assertThat(workflow.canvas()).isPresent();
    }

    @Test
    void noWorkflow() {
      assertRefused(
          safetensors("{\"__metadata__\": {\"format\": \"pt\"}}"),
          "this checkpoint holds no workflow: it has neither 'prompt' nor 'workflow'; was it"
              + " re-saved by another program, which drops them? Name the file as ComfyUI saved"
              + " it.");
    }

    @Test
    void aDamagedCheckpointIsToldAsSuch() {
      assertThatThrownBy(() -> read(safetensors("{\"x\": ")))
          .isInstanceOfSatisfying(
              MokumeException.class,
              e -> assertThat(e.code()).isEqualTo(ErrorCode.MALFORMED_CHECKPOINT));
    }
  }
}
