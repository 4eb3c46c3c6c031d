package dev.mokume.internal.safetensors;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.Findings;
import dev.mokume.internal.format.OpenCheckpoint;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// One file: its header held against its length. Every byte belongs to the header or to exactly one
/// tensor, so nothing can hide in a file and nothing can be read twice.
final class SafetensorsFile {
  /// A lambda of our own, unlike those of [Comparator], is in the ahead-of-time cache.
  private static final Comparator<Header.Entry> BY_PLACE =
      (a, b) ->
          a.begin() == b.begin()
              ? Long.compare(a.end(), b.end())
              : Long.compare(a.begin(), b.begin());

  private final ByteSource source;
  private final Header header;
  private final long dataLength;
  private final Findings findings;

  private SafetensorsFile(ByteSource source, Header header) {
    this.source = source;
    this.header = header;
    this.dataLength = source.size() - header.dataStart();
    this.findings = new Findings(source.name());
  }

  static OpenCheckpoint open(ByteSource source) {
    SafetensorsFile file = new SafetensorsFile(source, Header.read(source));
    List<Header.Entry> entries = file.header.entries();
    entries.sort(BY_PLACE);
    file.checkEach(entries);
    file.findings.throwIfAny();
    file.checkTogether(entries);
    file.findings.throwIfAny();
    return new OpenCheckpoint(
        source.name(), file.header.metadata(), file.tensors(entries), List.of(source), List.of());
  }

  /// Entries go as their tensors come: a heap that holds hundreds of thousands of the one has no
  /// room for both.
  private SequencedMap<String, StoredTensor> tensors(List<Header.Entry> entries) {
    SequencedMap<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
    while (!entries.isEmpty()) {
      Header.Entry entry = entries.removeLast();
      tensors.putFirst(
          entry.name(),
          new StoredTensor(
              entry.spec(), source, header.dataStart() + entry.begin(), entry.length()));
    }
    return tensors;
  }

  private void checkEach(List<Header.Entry> entries) {
    List<Header.Entry> beyond = new ArrayList<>();
    for (Header.Entry entry : entries) {
      if (entry.begin() > entry.end()) {
        findings.add(
            tensor(entry)
                + " begins at byte "
                + entry.begin()
                + " of the data, behind its end at byte "
                + entry.end()
                + ": the header is damaged.");
      } else {
        checkLength(entry);
        if (entry.end() > dataLength) {
          beyond.add(entry);
        }
      }
    }
    if (!beyond.isEmpty()) {
      addBeyond(beyond);
    }
  }

  private void addBeyond(List<Header.Entry> beyond) {
    Header.Entry first = beyond.getFirst();
    long end = beyond.stream().mapToLong(Header.Entry::end).max().orElseThrow();
    String more =
        beyond.size() == 1
            ? ""
            : ", and so do " + Amount.count(beyond.size() - 1L, "tensor", "tensors") + " after it";
    findings.add(
        tensor(first)
            + " ends at byte "
            + first.end()
            + " of the data, but the file has only "
            + dataLength
            + " bytes of data"
            + more
            + ". "
            + Amount.bytes(end - dataLength)
            + " are missing: the download broke off; fetch the file again.");
  }

  private void checkLength(Header.Entry entry) {
    TensorSpec spec = entry.spec();
    int bits = spec.dtype().bits(); // No dtype of this format lies in blocks.
    if (bits == 0) {
      return; // A dtype that we do not know: its length is what the offsets say.
    }
    if (spec.elementCount() > Long.MAX_VALUE / bits) {
      findings.add(described(entry) + " would take more than 2^63 bits: the header is damaged.");
      return;
    }
    long wanted = spec.elementCount() * bits;
    if (wanted % 8 != 0) {
      findings.add(
          described(entry)
              + " would take "
              + wanted
              + " bits, which is not a whole number of bytes: the header is"
              + " damaged.");
    } else if (wanted / 8 != entry.length()) {
      findings.add(
          described(entry)
              + " takes "
              + wanted / 8
              + " bytes, but its offsets "
              + entry.begin()
              + " to "
              + entry.end()
              + " hold "
              + entry.length()
              + ": the header is damaged.");
    }
  }

  private void checkTogether(List<Header.Entry> entries) {
    Header.Entry before = null;
    long end = 0;
    for (Header.Entry entry : entries) {
      if (before != null && entry.begin() < end) {
        findings.add(
            "tensors "
                + place(before)
                + " and "
                + place(entry)
                + " overlap: the header is damaged.");
      } else if (entry.begin() > end) {
        String from = before == null ? "the start of the data" : "tensor " + place(before);
        findings.add(
            "the "
                + Amount.count(entry.begin() - end, "byte", "bytes")
                + " between "
                + from
                + " and tensor "
                + place(entry)
                + " belong to no tensor, which the format forbids. Save the file again with the"
                + " tool that made it.");
      }
      if (before == null || entry.end() >= end) {
        before = entry;
        end = entry.end();
      }
    }
    if (dataLength > end) {
      String last =
          before == null ? "its header, which names no tensor" : "its last tensor " + place(before);
      findings.add(
          "goes on for "
              + Amount.count(dataLength - end, "byte", "bytes")
              + " after "
              + last
              + ": a safetensors file ends there, and what follows is not looked at. Fetch the file"
              + " again, or cut it to "
              + (header.dataStart() + end)
              + " bytes.");
    }
  }

  private static String tensor(Header.Entry entry) {
    return "tensor " + Quoted.name(entry.name());
  }

  private static String described(Header.Entry entry) {
    return tensor(entry)
        + " of dtype "
        + Quoted.printable(entry.spec().dtype().name())
        + " and shape "
        + entry.spec().shape();
  }

  private static String place(Header.Entry entry) {
    return Quoted.name(entry.name())
        + " (bytes "
        + entry.begin()
        + " to "
        + entry.end()
        + " of the data)";
  }
}
