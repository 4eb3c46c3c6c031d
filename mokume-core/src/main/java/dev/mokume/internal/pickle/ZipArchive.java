package dev.mokume.internal.pickle;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The files in a zip archive: its directory, held against the headers that lie before each file.
///
/// Source: PKWARE's APPNOTE 6.3.10, sections 4.3 to 4.5. Names are keys and never paths. Checksums
/// are not looked at: torch can be told to write none (`torch.serialization.set_crc32_options`).
final class ZipArchive {
  private static final int END = 0x06054b50;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_LOCATOR = 0x07064b50;
  private static final int DIRECTORY = 0x02014b50;
  private static final int LOCAL = 0x04034b50;

  private static final int END_LENGTH = 22;
  private static final int END_64_LENGTH = 56;
  private static final int LOCATOR_LENGTH = 20;
  private static final int DIRECTORY_LENGTH = 46;
  private static final int LOCAL_LENGTH = 30;
  private static final int LONGEST_COMMENT = 0xffff;

  private static final int EXTRA_64 = 1;
  private static final long SATURATED = 0xffff_ffffL;
  private static final int SATURATED_COUNT = 0xffff;

  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  /// Flags: encrypted, strongly encrypted, directory encrypted; sizes stand behind the data.
  private static final int ENCRYPTED = 1 | 1 << 6 | 1 << 13;

  private static final int SIZES_BEHIND = 1 << 3;

  /// What deflate makes of one byte at the most.
  private static final int STRONGEST_DEFLATE = 1032;

  private static final int MOST_ENTRIES = 100_000;
  private static final long LONGEST_DIRECTORY = 64L << 20;

  private final ByteSource file;

  private ZipArchive(ByteSource file) {
    this.file = file;
  }

  /// The files by name, in the order of the directory.
  ///
  /// @throws MokumeException `MALFORMED_CHECKPOINT` if something in the archive does not agree, and
  ///   `UNSUPPORTED_CHECKPOINT` if it is encrypted or compressed otherwise than by deflate
  static SequencedMap<String, ArchiveEntry> entries(ByteSource file) {
    return new ZipArchive(file).read();
  }

  /// Where the directory is; all files lie before it.
  private record Directory(long offset, long length, long count) {}

  /// What the directory says of a file.
  private record Listing(
      byte[] name,
      int flags,
      int method,
      long compressed,
      long length,
      long header,
      String shown) {}

  private SequencedMap<String, ArchiveEntry> read() {
    Directory directory = directory();
    List<Listing> listings = listings(directory);
    SequencedMap<String, ArchiveEntry> entries = new LinkedHashMap<>();
    List<long[]> ranges = new ArrayList<>();
    for (Listing listing : listings) {
      ArchiveEntry entry = entry(listing, directory);
      if (entries.put(entry.name(), entry) != null) {
        throw malformed("has two files called " + listing.shown);
      }
      ranges.add(new long[] {listing.header, entry.offset() + entry.compressed()});
    }
    checkOverlaps(ranges);
    return Collections.unmodifiableSequencedMap(entries);
  }

  private void checkOverlaps(List<long[]> ranges) {
    ranges.sort(Comparator.comparingLong(range -> range[0]));
    long end = 0;
    for (long[] range : ranges) {
      if (range[0] < end) {
        throw malformed("has files that overlap, at byte " + range[0]);
      }
      end = range[1];
    }
  }

  private Directory directory() {
    long size = file.size();
    int length = (int) Math.min(size, END_LENGTH + LONGEST_COMMENT);
    ByteBuffer tail = bytes(size - length, length);
    for (int at = length - END_LENGTH; at >= 0; at--) {
      boolean isEnd =
          tail.getInt(at) == END && unsigned16(tail, at + 20) == length - at - END_LENGTH;
      if (isEnd) {
        return directory(size - length + at, tail.slice(at, END_LENGTH).order(tail.order()));
      }
    }
    throw Findings.malformed(
        file.name(),
        "begins like a zip archive, but its directory, which stands at the end, is not there: the"
            + " download broke off; fetch the file again.");
  }

  private Directory directory(long at, ByteBuffer end) {
    long count = unsigned16(end, 10);
    long length = unsigned32(end, 12);
    long offset = unsigned32(end, 16);
    long stop = at;
    boolean oneDisk =
        unsigned16(end, 4) == unsigned16(end, 6)
            && (unsigned16(end, 4) == 0 || unsigned16(end, 4) == SATURATED_COUNT)
            && unsigned16(end, 8) == count;
    if (at >= LOCATOR_LENGTH) {
      ByteBuffer locator = bytes(at - LOCATOR_LENGTH, LOCATOR_LENGTH);
      if (locator.getInt(0) == END_64_LOCATOR) {
        stop = locator.getLong(8);
        if (stop < 0 || stop > at - LOCATOR_LENGTH - END_64_LENGTH) {
          throw malformed("has a directory that does not lie where its end says");
        }
        ByteBuffer end64 = bytes(stop, END_64_LENGTH);
        oneDisk &= end64.getInt(16) == 0 && end64.getInt(20) == 0;
        oneDisk &= end64.getLong(24) == end64.getLong(32);
        boolean agrees =
            end64.getInt(0) == END_64
                && agrees(count, SATURATED_COUNT, end64.getLong(32))
                && agrees(length, SATURATED, end64.getLong(40))
                && agrees(offset, SATURATED, end64.getLong(48));
        if (!agrees) {
          throw malformed("has two ends of its directory, which do not agree");
        }
        count = end64.getLong(32);
        length = end64.getLong(40);
        offset = end64.getLong(48);
      }
    }
    if (!oneDisk) {
      throw malformed("is a part of an archive in several parts");
    }
    if (count < 0 || count > MOST_ENTRIES || length < 0 || length > LONGEST_DIRECTORY) {
      throw malformed(
          "says that it has "
              + Long.toUnsignedString(count)
              + " files and a directory of "
              + Long.toUnsignedString(length)
              + " bytes, but at most "
              + Amount.count(MOST_ENTRIES)
              + " and "
              + Amount.bytes(LONGEST_DIRECTORY)
              + " are read");
    }
    if (offset < 0 || offset > stop || length != stop - offset) {
      throw malformed("has a directory that does not lie where its end says");
    }
    return new Directory(offset, length, count);
  }

  private static boolean agrees(long small, long saturated, long large) {
    return small == saturated || small == large;
  }

  private List<Listing> listings(Directory directory) {
    List<Listing> listings = new ArrayList<>();
    try (SourceReader in =
        new SourceReader(file, directory.offset, directory.length, "the directory")) {
      for (long i = 0; i < directory.count; i++) {
        listings.add(listing(in));
      }
      if (in.remaining() > 0) {
        throw malformed("has a directory that goes on behind its last file");
      }
    }
    return listings;
  }

  private Listing listing(SourceReader in) {
    ByteBuffer head = ByteBuffer.wrap(in.bytes(DIRECTORY_LENGTH)).order(ByteOrder.LITTLE_ENDIAN);
    if (head.getInt(0) != DIRECTORY) {
      throw malformed("has a directory with something else in it");
    }
    byte[] name = in.bytes(unsigned16(head, 28));
    ByteBuffer extra =
        ByteBuffer.wrap(in.bytes(unsigned16(head, 30))).order(ByteOrder.LITTLE_ENDIAN);
    in.skip(unsigned16(head, 32));
    String shown = Quoted.name(text(name));
    Wide wide = new Wide(extra, shown);
    long length = wide.value(unsigned32(head, 24));
    long compressed = wide.value(unsigned32(head, 20));
    long header = wide.value(unsigned32(head, 42));
    if (length < 0 || compressed < 0 || header < 0) {
      throw malformed("has a size or a place of 2^63 or more for " + shown);
    }
    return new Listing(
        name, unsigned16(head, 8), unsigned16(head, 10), compressed, length, header, shown);
  }

  /// Numbers that did not fit 32 bits, in the order in which they did not.
  private final class Wide {
    private final ByteBuffer numbers;
    private final String shown;

    Wide(ByteBuffer extra, String shown) {
      this.numbers = numbers(extra);
      this.shown = shown;
    }

    private static ByteBuffer numbers(ByteBuffer extra) {
      while (extra.remaining() >= 4) {
        int kind = Short.toUnsignedInt(extra.getShort());
        int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
        if (kind == EXTRA_64) {
          return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
        }
        extra.position(extra.position() + length);
      }
      return ByteBuffer.allocate(0);
    }

    long value(long narrow) {
      if (narrow != SATURATED) {
        return narrow;
      }
      if (numbers.remaining() < Long.BYTES) {
        throw malformed("does not tell the size or the place of " + shown);
      }
      return numbers.getLong();
    }
  }

  /// Holds a listing against the header that lies before the file.
  private ArchiveEntry entry(Listing listing, Directory directory) {
    if ((listing.flags & ENCRYPTED) != 0) {
      throw unsupported("has " + listing.shown + " encrypted; unpack it with its password first");
    }
    if (listing.method != STORED && listing.method != DEFLATED) {
      throw unsupported(
          "has "
              + listing.shown
              + " compressed by method "
              + listing.method
              + ", but only deflate is read; pack it again without compression");
    }
    boolean deflated = listing.method == DEFLATED;
    boolean isPossible =
        deflated
            ? listing.length / STRONGEST_DEFLATE <= listing.compressed
            : listing.length == listing.compressed;
    if (!isPossible) {
      throw malformed(
          "says that "
              + listing.shown
              + " has "
              + Amount.count(listing.length)
              + " bytes, which its "
              + Amount.count(listing.compressed)
              + " in the archive cannot be");
    }
    if (listing.header > directory.offset - LOCAL_LENGTH - listing.name.length) {
      throw malformed("has no file where " + listing.shown + " should lie");
    }
    long nameEnd = listing.header + LOCAL_LENGTH + listing.name.length;
    ByteBuffer local = bytes(listing.header, LOCAL_LENGTH + listing.name.length);
    int extra = unsigned16(local, 28);
    boolean agrees =
        local.getInt(0) == LOCAL
            && unsigned16(local, 6) == listing.flags
            && unsigned16(local, 8) == listing.method
            && unsigned16(local, 26) == listing.name.length
            && Arrays.equals(
                local.array(),
                LOCAL_LENGTH,
                local.capacity(),
                listing.name,
                0,
                listing.name.length);
    long offset = nameEnd + extra;
    if (agrees && offset <= directory.offset && (listing.flags & SIZES_BEHIND) == 0) {
      Wide wide = new Wide(bytes(nameEnd, extra), listing.shown);
      agrees =
          wide.value(unsigned32(local, 22)) == listing.length
              && wide.value(unsigned32(local, 18)) == listing.compressed;
    }
    if (!agrees) {
      throw malformed(
          "tells one thing about "
              + listing.shown
              + " in its directory and another before the file itself");
    }
    if (offset > directory.offset || listing.compressed > directory.offset - offset) {
      throw malformed(
          "says that "
              + listing.shown
              + " has "
              + Amount.count(listing.compressed)
              + " bytes, more than there are");
    }
    return new ArchiveEntry(
        text(listing.name), deflated, offset, listing.compressed, listing.length);
  }

  private static String text(byte[] name) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      return new String(name, StandardCharsets.ISO_8859_1);
    }
  }

  private ByteBuffer bytes(long offset, int length) {
    if (length > file.size() - offset) {
      throw malformed("ends before its headers do");
    }
    if (length == 0) {
      return ByteBuffer.allocate(0);
    }
    try (SourceReader in = new SourceReader(file, offset, length, "the archive")) {
      return ByteBuffer.wrap(in.bytes(length)).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private static int unsigned16(ByteBuffer bytes, int at) {
    return Short.toUnsignedInt(bytes.getShort(at));
  }

  private static long unsigned32(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }

  private MokumeException malformed(String what) {
    return Findings.malformed(file.name(), "is a zip archive that " + what + ": it is damaged.");
  }

  private MokumeException unsupported(String what) {
    return new MokumeException(
        ErrorCode.UNSUPPORTED_CHECKPOINT, file.name() + ": is a zip archive that " + what + ".");
  }
}
