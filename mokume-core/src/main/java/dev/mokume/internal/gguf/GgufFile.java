package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// One file: its header held against its length. Every byte belongs to the header, to exactly one
/// tensor, or to the room that the alignment leaves, so nothing can hide in a file.
final class GgufFile {
  private static final Comparator<GgufHeader.Entry> BY_PLACE =
      Comparator.comparingLong(GgufHeader.Entry::offset)
          .thenComparingLong(GgufHeader.Entry::length);

  private final ByteSource source;
  private final GgufHeader header;
  private final long dataLength;

  private GgufFile(ByteSource source, GgufHeader header) {
    this.source = source;
    this.header = header;
    this.dataLength = Math.max(0, source.size() - header.dataStart());
  }

  /// A file that is a whole checkpoint, or a part of one.
  record Opened(GgufHeader header, GgufCheckpoint checkpoint) {}

  static Opened open(ByteSource source) {
    GgufFile file = new GgufFile(source, GgufHeader.read(source));
    List<GgufHeader.Entry> entries = new ArrayList<>(file.header.tensors());
    entries.sort(BY_PLACE);
    file.check(entries);
    return new Opened(
        file.header,
        new GgufCheckpoint(
            source.name(),
            new HeaderValues(source, file.header.values()),
            file.tensors(entries),
            List.of(source)));
  }

  private SequencedMap<String, StoredTensor> tensors(List<GgufHeader.Entry> entries) {
    SequencedMap<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
    for (GgufHeader.Entry entry : entries) {
      StoredTensor stored =
          new StoredTensor(
              entry.spec(), source, header.dataStart() + entry.offset(), entry.length());
      tensors.put(entry.name(), stored);
    }
    return tensors;
  }

  private void check(List<GgufHeader.Entry> entries) {
    GgufHeader.@Nullable Entry before = null;
    for (GgufHeader.Entry entry : entries) {
      checkPlace(entry);
      checkAfter(before, entry);
      before = entry;
    }
    long end = before == null ? 0 : before.end();
    if (dataLength > aligned(end)) {
      throw malformed(
          "goes on for %s after %s: a GGUF file ends there, and what follows is not looked at. Fetch the file again, or cut it to %s bytes."
              .formatted(
                  Amount.count(dataLength - end, "byte", "bytes"),
                  before == null
                      ? "its header, which names no tensor"
                      : "its last tensor " + place(before),
                  header.dataStart() + end));
    }
  }

  private void checkPlace(GgufHeader.Entry entry) {
    if (entry.offset() % header.alignment() != 0) {
      throw malformed(
          "tensor %s does not begin at a multiple of %s, the file's alignment: the header is damaged."
              .formatted(place(entry), header.alignment()));
    }
    if (entry.end() > dataLength) {
      throw malformed(
          "tensor %s ends behind the file, which has only %s of data. %s are missing: the download broke off; fetch the file again."
              .formatted(
                  place(entry),
                  Amount.count(dataLength, "byte", "bytes"),
                  Amount.bytes(entry.end() - dataLength)));
    }
  }

  private void checkAfter(GgufHeader.@Nullable Entry before, GgufHeader.Entry entry) {
    long end = before == null ? 0 : before.end();
    if (before != null && entry.offset() < end) {
      throw malformed(
          "tensors %s and %s overlap: the header is damaged."
              .formatted(place(before), place(entry)));
    }
    if (entry.offset() > aligned(end)) {
      throw malformed(
          "the %s between %s and tensor %s belong to no tensor, which the format forbids."
              .formatted(
                  Amount.count(entry.offset() - end, "byte", "bytes"),
                  before == null ? "the start of the data" : "tensor " + place(before),
                  place(entry)));
    }
  }

  private long aligned(long offset) {
    return Math.ceilDiv(offset, header.alignment()) * header.alignment();
  }

  private MokumeException malformed(String what) {
    return new MokumeException(ErrorCode.MALFORMED_CHECKPOINT, source.name() + ": " + what);
  }

  private static String place(GgufHeader.Entry entry) {
    return "%s (bytes %s to %s of the data)"
        .formatted(Quoted.name(entry.name()), entry.offset(), entry.end());
  }
}
