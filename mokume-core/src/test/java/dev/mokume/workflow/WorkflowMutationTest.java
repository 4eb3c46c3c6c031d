package dev.mokume.workflow;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever happens to a file, it is read or refused with a message; nothing else is thrown.
class WorkflowMutationTest {
  private static final int MUTATIONS = 4_000;

  /// Where in the PNG the text's chunk has its type: behind the signature, the header and a length.
  private static final int TEXT = 8 + 25 + 4;

  private static final String CANVAS =
      """
      {"version":1,"nodes":[{"id":1,"type":"g","mode":0,"inputs":[{"name":"a","type":"A","link":1,
      "widget":{"name":"a"}}],"widgets_values":[1]},{"id":2,"type":"workflow>w","mode":4,
      "widgets_values":[[2]]},{"id":3,"type":"Reroute","inputs":[{"link":2}],"outputs":[{"type":0}]}],
      "links":[[1,2,0,1,0,"A"],{"id":2,"origin_id":1,"origin_slot":0,"target_id":3,"target_slot":0}],
      "definitions":{"subgraphs":[{"id":"g","name":"G","inputs":[{"name":"a"}],"nodes":[{"id":5,
      "type":"KSampler","inputs":[{"name":"seed","link":1}]}],"links":[[1,-10,0,5,0,"A"],
      [2,5,0,-20,0,"A"]]}]},"extra":{"groupNodes":{"w":{"nodes":[{"type":"KSampler","inputs":[{}]}],
      "links":[[0,0,0,0]],"external":[[0,0,"A"]],"config":{"0":{"input":{"x":{"visible":false}}}}}}}}\
      """;

  @TempDir Path folder;

  @Test
  void json() throws IOException {
    assertSurvives(CANVAS.getBytes(ISO_8859_1), UnaryOperator.identity());
  }

  @Test
  void png() throws IOException {
    byte[] text = "iTXtprompt\0\0\0\0\0{\"1\":{\"class_type\":\"A\"}}".getBytes(ISO_8859_1);
    ByteBuffer png = ByteBuffer.allocate(TEXT + text.length + 4 + 12);
    png.put(HexFormat.of().parseHex("89504e470d0a1a0a0000000d49484452"));
    png.putInt(TEXT - 4, text.length - 4).put(TEXT, text);
    png.put(png.capacity() - 8, "IEND".getBytes(ISO_8859_1));
    byte[] sound = withChecksum(png.array());
    assertThat(Shown.of(read(sound))).isEqualTo("1 A");
    assertSurvives(sound, WorkflowMutationTest::withChecksum);
  }

  /// Puts right what would hide all other damage to the one text of a PNG.
  private static byte[] withChecksum(byte[] png) {
    int end = png.length - 16;
    if (end > TEXT) {
      CRC32 crc = new CRC32();
      crc.update(png, TEXT, end - TEXT);
      ByteBuffer.wrap(png).putInt(end, (int) crc.getValue());
    }
    return png;
  }

  @Test
  void webp() throws IOException {
    byte[] text = "prompt:{\"1\":{\"class_type\":\"A\"}}\0".getBytes(ISO_8859_1);
    ByteBuffer webp = ByteBuffer.allocate(20 + 26 + text.length).order(ByteOrder.LITTLE_ENDIAN);
    webp.put("RIFF".getBytes(ISO_8859_1)).putInt(38 + text.length);
    webp.put("WEBPEXIF".getBytes(ISO_8859_1)).putInt(26 + text.length);
    webp.put("II".getBytes(ISO_8859_1)).putShort((short) 42).putInt(8).putShort((short) 1);
    webp.putShort((short) 0x0110).putShort((short) 2).putInt(text.length).putInt(26).putInt(0);
    webp.put(text);
    assertThat(Shown.of(read(webp.array()))).isEqualTo("1 A");
    assertSurvives(webp.array(), UnaryOperator.identity());
  }

  private Workflow read(byte[] content) throws IOException {
    return WorkflowReader.read(Files.write(folder.resolve("file"), content), Catalogs.SMALL);
  }

  private void assertSurvives(byte[] sound, UnaryOperator<byte[]> mended) throws IOException {
    Random random = new Random(1);
    int readable = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      byte[] mutated = mended.apply(mutated(sound, random));
      try {
        read(mutated);
        readable++;
      } catch (MokumeException e) {
        assertThat(e.getMessage()).startsWith(folder.resolve("file") + ": ");
      }
    }
    assertThat(readable).isBetween(1, MUTATIONS - 1);
  }

  /// Some bytes replaced by others of the file or by any, and now and then an end that is too soon.
  private static byte[] mutated(byte[] sound, Random random) {
    byte[] mutated = sound.clone();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      mutated[random.nextInt(mutated.length)] =
          random.nextInt(4) == 0 ? (byte) random.nextInt(256) : sound[random.nextInt(sound.length)];
    }
    return random.nextInt(8) == 0
        ? Arrays.copyOf(mutated, random.nextInt(mutated.length))
        : mutated;
  }
}
