package dev.mokume.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever happens to a tokenizer's file, it is read or a problem is told to a person.
class TokenizerMutationTest {
  private static final List<String> FRAGMENTS =
      List.of(
          "{", "}", "[", "]", "\"", ",", "0", "-1", "1.5", "9223372036854775808", "null", "\u0000");

  @TempDir Path folder;

  @Test
  void tokenizerJson() throws IOException {
    SmallModel model = new SmallModel(folder);
    model.bpe(List.of("x", "y", "xy"), List.of("x y"), "<s>=3");
    String bpe = model.text("tokenizer.json");
    model.unigram(List.of("<unk>=0.0", "x=-1.5"), "<s>=2");
    String unigram = model.text("tokenizer.json");
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? bpe : unigram);
      for (int change = random.nextInt(3); change >= 0; change--) {
        int at = random.nextInt(text.length());
        int end = Math.min(text.length(), at + random.nextInt(4));
        text.replace(at, end, FRAGMENTS.get(random.nextInt(FRAGMENTS.size())));
      }
      model.file("tokenizer.json", text.toString());
      readOrTold(model);
    }
  }

  @Test
  void sentencepiece() throws IOException {
    SmallModel model = new SmallModel(folder);
    byte[] sound = SmallPieces.bpe().piece("<unk>", 0, 2).piece("x", -1).piece("xx", -2).bytes();
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = sound.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(model.folder.resolve("tokenizer.model"), bytes);
      readOrTold(model);
    }
  }

  private static void readOrTold(SmallModel model) {
    try {
      assertThat(model.read().end()).isNotNegative();
    } catch (MokumeException e) {
      assertThat(e.code()).isIn(ErrorCode.MALFORMED_CHECKPOINT, ErrorCode.UNSUPPORTED_CHECKPOINT);
    }
  }
}
