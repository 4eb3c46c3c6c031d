package dev.mokume.workflow;

import dev.mokume.error.Amount;
import dev.mokume.error.MokumeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The texts of a WebP: EXIF tags whose value begins with `prompt:` or `workflow:`. Sources: WebP
/// Container Specification; TIFF 6.0, section 2.
final class WebpTags {
  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int ENTRY = 12;
  private static final int ASCII = 2;
  private static final byte[] EXIF_PREFIX = {'E', 'x', 'i', 'f', 0, 0};
  private static final byte[] PROMPT = "prompt:".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] WORKFLOW = "workflow:".getBytes(StandardCharsets.US_ASCII);

  private final FileBytes file;
  private Embedded.@Nullable Text prompt;
  private Embedded.@Nullable Text workflow;

  private WebpTags(FileBytes file) {
    this.file = file;
  }

  static boolean recognises(byte[] start) {
    return start.length >= RIFF_HEADER
        && latin(start, 0, 4).equals("RIFF")
        && latin(start, 8, 4).equals("WEBP");
  }

  static Embedded read(FileBytes file) {
    WebpTags tags = new WebpTags(file);
    tags.readChunks();
    return new Embedded(tags.prompt, tags.workflow, List.of());
  }

  private void readChunks() {
    long offset = RIFF_HEADER;
    for (int chunk = 0; file.size() - offset >= CHUNK_HEADER; chunk++) {
      if (chunk == Limits.MOST_CHUNKS) {
        throw damaged(
            "the WebP has more than "
                + Amount.count(Limits.MOST_CHUNKS)
                + " chunks, the most that are read");
      }
      byte[] head = file.read(offset, CHUNK_HEADER);
      long length =
          Integer.toUnsignedLong(ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN).getInt(4));
      if (length > file.size() - offset - CHUNK_HEADER) {
        throw damaged("the WebP ends in the middle of the chunk at byte " + offset);
      }
      if (latin(head, 0, 4).equals("EXIF")) {
        readExif(offset + CHUNK_HEADER, length);
      }
      // Chunks begin at even places.
      offset += CHUNK_HEADER + length + (length & 1);
    }
  }

  private void readExif(long offset, long length) {
    if (length > Limits.MOST_INFLATED) {
      throw damaged(
          "the WebP's EXIF has "
              + Amount.bytes(length)
              + ", more than the "
              + Amount.bytes(Limits.MOST_INFLATED)
              + " that are read");
    }
    ByteBuffer tiff = ByteBuffer.wrap(file.read(offset, (int) length));
    if (startsWith(tiff, EXIF_PREFIX)) {
      tiff = tiff.slice(EXIF_PREFIX.length, tiff.limit() - EXIF_PREFIX.length);
    }
    if (tiff.limit() < 8) {
      throw brokenExif();
    }
    switch (tiff.getShort(0)) {
      case 0x4949 -> tiff.order(ByteOrder.LITTLE_ENDIAN);
      case 0x4D4D -> tiff.order(ByteOrder.BIG_ENDIAN);
      default -> throw brokenExif();
    }
    readDirectory(tiff, Integer.toUnsignedLong(tiff.getInt(4)));
  }

  private void readDirectory(ByteBuffer tiff, long directory) {
    if (tiff.getShort(2) != 42 || directory > tiff.limit() - 2) {
      throw brokenExif();
    }
    int count = Short.toUnsignedInt(tiff.getShort((int) directory));
    long first = directory + 2;
    if (count > Limits.MOST_TAGS || first + (long) count * ENTRY > tiff.limit()) {
      throw brokenExif();
    }
    for (int i = 0; i < count; i++) {
      int entry = (int) first + i * ENTRY;
      if (Short.toUnsignedInt(tiff.getShort(entry + 2)) == ASCII) {
        readTag(tiff, entry);
      }
    }
  }

  private void readTag(ByteBuffer tiff, int entry) {
    long length = Integer.toUnsignedLong(tiff.getInt(entry + 4));
    // Values of up to four bytes stand in place of their offset: too short for us.
    if (length <= 4) {
      return;
    }
    long at = Integer.toUnsignedLong(tiff.getInt(entry + 8));
    if (at + length > tiff.limit()) {
      throw brokenExif();
    }
    // The first of several wins, so that a text which many tags point at is copied once.
    ByteBuffer value = tiff.slice((int) at, (int) length);
    if (prompt == null && startsWith(value, PROMPT)) {
      prompt = new Embedded.Text("the EXIF tag 'prompt:'", text(value, PROMPT.length));
    } else if (workflow == null && startsWith(value, WORKFLOW)) {
      workflow = new Embedded.Text("the EXIF tag 'workflow:'", text(value, WORKFLOW.length));
    }
  }

  private static String text(ByteBuffer value, int from) {
    byte[] text = new byte[value.limit() - from];
    value.get(from, text);
    // The standard ends a value with a zero.
    int length = text.length > 0 && text[text.length - 1] == 0 ? text.length - 1 : text.length;
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  private static boolean startsWith(ByteBuffer bytes, byte[] prefix) {
    return bytes.limit() >= prefix.length
        && bytes.slice(0, prefix.length).equals(ByteBuffer.wrap(prefix));
  }

  private static String latin(byte[] bytes, int from, int length) {
    return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
  }

  private MokumeException brokenExif() {
    return damaged("the WebP's EXIF breaks the rules of that format");
  }

  private MokumeException damaged(String problem) {
    return Malformed.workflow(file.name(), problem + ": fetch or save the image again.");
  }
}
