package dev.mokume.workflow;

import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/// The texts of a PNG: chunks `tEXt`, `zTXt` and `iTXt` called `prompt` and `workflow`. Pixels are
/// stepped over. Source: Portable Network Graphics (Third Edition), sections 5 and 11.3.3.
final class PngTexts {
  private static final byte[] SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

  /// Length and type before a chunk's data; its checksum after it.
  private static final int BEFORE = 8;

  private static final int AFTER = 4;
  private static final int LONGEST_KEYWORD = 79;
  private static final int SHOWN = 5;

  private final FileBytes file;
  private final Set<String> others = new LinkedHashSet<>();
  private Embedded.@Nullable Text prompt;
  private Embedded.@Nullable Text workflow;
  private int inflated;

  private PngTexts(FileBytes file) {
    this.file = file;
  }

  static boolean recognises(byte[] start) {
    return start.length >= SIGNATURE.length
        && Arrays.equals(start, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length);
  }

  static Embedded read(FileBytes file) {
    PngTexts texts = new PngTexts(file);
    texts.readChunks();
    return new Embedded(texts.prompt, texts.workflow, texts.others.stream().limit(SHOWN).toList());
  }

  private void readChunks() {
    long offset = SIGNATURE.length;
    for (int chunk = 0; ; chunk++) {
      if (chunk == Limits.MOST_CHUNKS) {
        throw damaged(
            "the PNG has more than "
                + Amount.count(Limits.MOST_CHUNKS)
                + " chunks, the most that are read");
      }
      if (file.size() - offset < BEFORE) {
        throw truncated(offset);
      }
      ByteBuffer head = ByteBuffer.wrap(file.read(offset, BEFORE));
      long length = Integer.toUnsignedLong(head.getInt());
      String type = StandardCharsets.ISO_8859_1.decode(head).toString();
      if (length > file.size() - offset - BEFORE - AFTER) {
        throw truncated(offset);
      }
      switch (type) {
        case "IEND" -> {
          return;
        }
        case "tEXt", "zTXt", "iTXt" -> readText(type, offset, length);
        default -> {
          // Pixels, colours and what other programs leave: nothing for us.
        }
      }
      offset += BEFORE + length + AFTER;
    }
  }

  private void readText(String type, long offset, long length) {
    byte[] start = file.read(offset + BEFORE, (int) Math.min(length, LONGEST_KEYWORD + 1));
    int end = indexOfZero(start, 0);
    if (end < 0) {
      throw damaged(
          "the "
              + type
              + " chunk at byte "
              + offset
              + " has no keyword of at most "
              + LONGEST_KEYWORD
              + " characters");
    }
    String keyword = new String(start, 0, end, StandardCharsets.ISO_8859_1);
    String place = "the " + type + " chunk '" + keyword + "'";
    switch (keyword) {
      case "prompt" ->
          prompt = new Embedded.Text(place, text(type, place, offset, length, end + 1));
      case "workflow" ->
          workflow = new Embedded.Text(place, text(type, place, offset, length, end + 1));
      default -> {
        if (others.size() < SHOWN) {
          others.add(Quoted.name(keyword));
        }
      }
    }
  }

  private String text(String type, String place, long offset, long length, int from) {
    if (length > Limits.LONGEST_JSON) {
      throw damaged(
          place
              + " has "
              + Amount.bytes(length)
              + ", more than the "
              + Amount.bytes(Limits.LONGEST_JSON)
              + " that Mokume reads as a workflow");
    }
    // The checksum covers the type and the data.
    byte[] chunk = file.read(offset + 4, 4 + (int) length + AFTER);
    CRC32 crc = new CRC32();
    crc.update(chunk, 0, chunk.length - AFTER);
    int stored = ByteBuffer.wrap(chunk).getInt(chunk.length - AFTER);
    if ((int) crc.getValue() != stored) {
      throw damaged(
          String.format(
              Locale.ROOT,
              "%s has the checksum %08x, but its bytes give %08x",
              place,
              stored,
              (int) crc.getValue()));
    }
    byte[] data = Arrays.copyOfRange(chunk, 4, chunk.length - AFTER);
    return switch (type) {
      case "tEXt" -> latinOrUtf8(data, from);
      case "zTXt" -> {
        if (from >= data.length || data[from] != 0) {
          throw damaged(place + " is compressed in a way that PNG does not have");
        }
        yield latinOrUtf8(inflate(place, data, from + 1), 0);
      }
      default -> international(place, data, from);
    };
  }

  private String international(String place, byte[] data, int from) {
    int language = from + 2;
    int translated = language <= data.length ? indexOfZero(data, language) + 1 : 0;
    int start = translated > 0 ? indexOfZero(data, translated) + 1 : 0;
    if (start == 0) {
      throw damaged(place + " ends before its text begins");
    }
    return switch (data[from]) {
      case 0 -> utf8(place, data, start);
      case 1 -> {
        if (data[from + 1] != 0) {
          throw damaged(place + " is compressed in a way that PNG does not have");
        }
        yield utf8(place, inflate(place, data, start), 0);
      }
      default -> throw damaged(place + " says neither that it is compressed nor that it is not");
    };
  }

  private byte[] inflate(String place, byte[] data, int from) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] part = new byte[8192];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(data, from, data.length - from);
      while (!inflater.finished()) {
        int count = inflater.inflate(part);
        if (count == 0 && (inflater.needsInput() || inflater.needsDictionary())) {
          throw damaged(place + " ends in the middle of its compressed text");
        }
        inflated += count;
        if (inflated > Limits.MOST_INFLATED) {
          throw damaged(
              place
                  + " inflates to more than "
                  + Amount.bytes(Limits.MOST_INFLATED)
                  + ", the most that is read");
        }
        text.write(part, 0, count);
      }
    } catch (DataFormatException e) {
      throw damaged(place + " cannot be decompressed");
    } finally {
      inflater.end();
    }
    return text.toByteArray();
  }

  private String utf8(String place, byte[] data, int from) {
    try {
      return decode(data, from);
    } catch (CharacterCodingException e) {
      throw damaged(place + " is not text in UTF-8");
    }
  }

  /// The standard says Latin-1 and ComfyUI writes ASCII, but other programs put UTF-8 here.
  private static String latinOrUtf8(byte[] data, int from) {
    try {
      return decode(data, from);
    } catch (CharacterCodingException e) {
      return new String(data, from, data.length - from, StandardCharsets.ISO_8859_1);
    }
  }

  private static String decode(byte[] data, int from) throws CharacterCodingException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(ByteBuffer.wrap(data, from, data.length - from))
        .toString();
  }

  private static int indexOfZero(byte[] data, int from) {
    for (int i = from; i < data.length; i++) {
      if (data[i] == 0) {
        return i;
      }
    }
    return -1;
  }

  private MokumeException truncated(long offset) {
    return damaged("the PNG ends in the middle of the chunk at byte " + offset);
  }

  private MokumeException damaged(String problem) {
    return Malformed.workflow(file.name(), problem + ": fetch or save the image again.");
  }
}
