package dev.mokume.internal.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// A zip archive, written field by field so that a test can have any of them wrong.
final class TestArchive {
  /// The fields of an entry; the directory's and the local header's are the same until a test says
  /// otherwise.
  static final class Entry {
    final String name;
    final byte[] data;
    int flags;
    int localFlags;
    int method;
    long compressed;
    long length;
    long localLength;
    String localName;
    byte[] extra = new byte[0];
    byte[] localExtra = new byte[0];

    /// Where the directory says that the entry is, beyond where it is.
    long shift;

    private long header;

    private Entry(String name, byte[] data, int method, long length) {
      this.name = name;
      this.localName = name;
      this.data = data;
      this.method = method;
      this.compressed = data.length;
      this.length = length;
      this.localLength = length;
    }
  }

  private final List<Entry> entries = new ArrayList<>();
  private boolean zip64;
  private String comment = "";

  TestArchive stored(String name, byte... data) {
    return stored(name, data, entry -> {});
  }

  TestArchive stored(String name, byte[] data, Consumer<Entry> change) {
    Entry entry = new Entry(name, data, 0, data.length);
    change.accept(entry);
    entries.add(entry);
    return this;
  }

  TestArchive deflated(String name, byte... data) {
    return deflated(name, data, entry -> {});
  }

  TestArchive deflated(String name, byte[] data, Consumer<Entry> change) {
    Entry entry = new Entry(name, deflate(data), 8, data.length);
    change.accept(entry);
    entries.add(entry);
    return this;
  }

  TestArchive comment(String text) {
    comment = text;
    return this;
  }

  /// With the end of a large archive before the usual one, whose numbers are saturated.
  TestArchive zip64() {
    zip64 = true;
    return this;
  }

  static byte[] deflate(byte[] data) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater raw = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bytes, raw)) {
      out.write(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Entry entry : entries) {
      entry.header = out.size();
      byte[] name = entry.localName.getBytes(StandardCharsets.UTF_8);
      int flags = entry.localFlags == 0 ? entry.flags : entry.localFlags;
      boolean behind = (flags & 8) != 0;
      out.writeBytes(
          fields(30)
              .putInt(0x04034b50)
              .putShort((short) 20)
              .putShort((short) flags)
              .putShort((short) entry.method)
              .putInt(0)
              .putInt(0)
              .putInt(behind ? 0 : (int) entry.compressed)
              .putInt(behind ? 0 : (int) entry.localLength)
              .putShort((short) name.length)
              .putShort((short) entry.localExtra.length)
              .array());
      out.writeBytes(name);
      out.writeBytes(entry.localExtra);
      out.writeBytes(entry.data);
    }
    long directory = out.size();
    for (Entry entry : entries) {
      byte[] name = entry.name.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(
          fields(46)
              .putInt(0x02014b50)
              .putShort((short) 20)
              .putShort((short) 20)
              .putShort((short) entry.flags)
              .putShort((short) entry.method)
              .putInt(0)
              .putInt(0)
              .putInt((int) entry.compressed)
              .putInt((int) entry.length)
              .putShort((short) name.length)
              .putShort((short) entry.extra.length)
              .putShort((short) 0)
              .putShort((short) 0)
              .putShort((short) 0)
              .putInt(0)
              .putInt((int) (entry.header + entry.shift))
              .array());
      out.writeBytes(name);
      out.writeBytes(entry.extra);
    }
    end(out, directory, out.size() - directory);
    return out.toByteArray();
  }

  private void end(ByteArrayOutputStream out, long directory, long length) {
    if (zip64) {
      long end = out.size();
      out.writeBytes(
          fields(56)
              .putInt(0x06064b50)
              .putLong(44)
              .putShort((short) 45)
              .putShort((short) 45)
              .putInt(0)
              .putInt(0)
              .putLong(entries.size())
              .putLong(entries.size())
              .putLong(length)
              .putLong(directory)
              .array());
      out.writeBytes(fields(20).putInt(0x07064b50).putInt(0).putLong(end).putInt(1).array());
    }
    byte[] text = comment.getBytes(StandardCharsets.UTF_8);
    out.writeBytes(
        fields(22)
            .putInt(0x06054b50)
            .putInt(0)
            .putShort((short) (zip64 ? -1 : entries.size()))
            .putShort((short) (zip64 ? -1 : entries.size()))
            .putInt(zip64 ? -1 : (int) length)
            .putInt(zip64 ? -1 : (int) directory)
            .putShort((short) text.length)
            .array());
    out.writeBytes(text);
  }

  /// The extra field of a large entry.
  static byte[] wide(long... numbers) {
    ByteBuffer extra =
        fields(4 + 8 * numbers.length).putShort((short) 1).putShort((short) (8 * numbers.length));
    for (long number : numbers) {
      extra.putLong(number);
    }
    return extra.array();
  }

  private static ByteBuffer fields(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
