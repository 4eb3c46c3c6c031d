package dev.mokume.tokenizer;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// The `tokenizer.model` of sentencepiece: a list of pieces, each with a score and a type, and how
/// it was trained.
///
/// @param tokenizer what it says
/// @param pieces by token, as their messages stand in the file
/// @param others every other field, as it stands in the file
record SentencePieceModel(Tokenizer tokenizer, Map<String, byte[]> pieces, byte[] others) {
  /// Five times Gemma's.
  private static final long MAX_BYTES = 32L << 20;

  private static final int PIECE = 1;
  private static final int TRAINER = 2;

  private static final int TEXT = 1;
  private static final int SCORE = 2;
  private static final int TYPE = 3;
  private static final int MODEL_TYPE = 3;

  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;

  private static final int UNIGRAM = 1;
  private static final int BPE = 2;

  /// @throws MokumeException `MALFORMED_CHECKPOINT` if it is no such file
  static SentencePieceModel read(Path file) {
    byte[] bytes;
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw malformed(file, "is larger than any file of its kind");
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw JsonFile.unreadable(file, e);
    }
    try {
      return new Reading(file).message(new Protobuf(ByteBuffer.wrap(bytes)));
    } catch (IllegalArgumentException | ArithmeticException | CharacterCodingException e) {
      throw malformed(file, "is no model of sentencepiece (" + e.getMessage() + ")");
    }
  }

  private static MokumeException malformed(Path file, String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, file + ": " + what + ".");
  }

  private static final class Reading {
    private final Path file;
    private final TokenTable tokens;
    private final SequencedMap<String, AddedToken> added = new LinkedHashMap<>();
    private final Map<String, Double> scores = new HashMap<>();
    private final Map<String, byte[]> pieces = new HashMap<>();
    private final ByteArrayOutputStream others = new ByteArrayOutputStream();
    private long modelType = UNIGRAM;

    Reading(Path file) {
      this.file = file;
      this.tokens = new TokenTable(file);
    }

    SentencePieceModel message(Protobuf model) throws CharacterCodingException {
      long id = 0;
      while (model.next()) {
        if (model.is(PIECE, Protobuf.BYTES)) {
          piece(id++, model.bytes());
          continue;
        }
        if (model.is(TRAINER, Protobuf.BYTES)) {
          trainer(new Protobuf(model.bytes()));
        }
        others.writeBytes(bytes(model.whole()));
      }
      if (id == 0) {
        throw malformed(file, "has no piece, so it is no model of sentencepiece");
      }
      Kind kind =
          modelType == UNIGRAM ? Kind.UNIGRAM : modelType == BPE ? Kind.BPE : Kind.WORD_LEVEL;
      return new SentencePieceModel(
          new Tokenizer(
              kind, Tokenizer.SENTENCE_PIECE, "", tokens.sorted(), added, List.of(), scores),
          pieces,
          others.toByteArray());
    }

    private void piece(long id, ByteBuffer message) throws CharacterCodingException {
      Protobuf fields = new Protobuf(message);
      String text = "";
      double score = 0;
      long type = NORMAL;
      while (fields.next()) {
        if (fields.is(TEXT, Protobuf.BYTES)) {
          text = StandardCharsets.UTF_8.newDecoder().decode(fields.bytes()).toString();
        } else if (fields.is(SCORE, Protobuf.FOUR_BYTES)) {
          score = fields.real();
        } else if (fields.is(TYPE, Protobuf.NUMBER)) {
          type = fields.number();
        }
      }
      if (!Double.isFinite(score)) {
        throw malformed(file, "has a piece " + id + " whose score is no number");
      }
      tokens.put(text, id);
      scores.putIfAbsent(tokens.text(text), score);
      pieces.putIfAbsent(tokens.text(text), bytes(message));
      if (type == CONTROL || type == UNKNOWN) {
        added.putIfAbsent(text, AddedToken.special(text));
      } else if (type == USER_DEFINED) {
        added.putIfAbsent(text, AddedToken.plain(text));
      }
    }

    private void trainer(Protobuf fields) {
      while (fields.next()) {
        if (fields.is(MODEL_TYPE, Protobuf.NUMBER)) {
          modelType = fields.number();
        }
      }
    }
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.limit()];
    buffer.get(0, bytes);
    return bytes;
  }

  /// Writes the same model with other pieces. Those that it has stay as they are; a new one of BPE
  /// is merged after all of them.
  void write(Path file, Tokenizer merged) {
    JsonFile.writing(
        file,
        out -> {
          double next =
              tokenizer.scores().values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
          for (Piece piece : Piece.inOrder(merged)) {
            byte[] message = pieces.get(piece.token());
            if (message == null && piece.added()) {
              message = message(piece.token(), 0, type(merged.added().get(piece.token())));
            } else if (message == null) {
              next -= 1;
              double score = tokenizer.kind() == Kind.BPE ? next : piece.score();
              message = message(piece.token(), score, NORMAL);
            }
            ByteArrayOutputStream field = new ByteArrayOutputStream();
            Protobuf.writeBytes(field, PIECE, message);
            field.writeTo(out);
          }
          out.write(others);
        });
  }

  /// @param added null for a piece that only fills a gap
  private static int type(@Nullable AddedToken added) {
    return added == null || added.special() ? CONTROL : USER_DEFINED;
  }

  private static byte[] message(String token, double score, int type) {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    Protobuf.writeBytes(message, TEXT, token.getBytes(StandardCharsets.UTF_8));
    Protobuf.writeReal(message, SCORE, (float) score);
    if (type != NORMAL) {
      Protobuf.writeNumber(message, TYPE, type);
    }
    return message.toByteArray();
  }
}
