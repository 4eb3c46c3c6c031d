package dev.mokume.internal.gguf;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A checkpoint in several files, `NAME-00001-of-00003.gguf` and so on. The first one's keys are
/// those of the whole; each names its number and how many there are.
///
/// Source: `llama-gguf-split` of llama.cpp.
final class GgufSet {
  private static final Pattern NAME =
      Pattern.compile("(?<start>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\\.gguf");
  private static final int SHOWN = 3;

  private final String name;
  private final List<GgufFile.Opened> parts = new ArrayList<>();
  private final List<Problem> problems = new ArrayList<>();

  private GgufSet(String name) {
    this.name = name;
  }

  /// Whether a file is the first of a set.
  static boolean isFirst(String file) {
    Matcher matcher = NAME.matcher(file);
    return matcher.matches() && matcher.group("number").equals("00001");
  }

  /// How the name of one of `count` files ends.
  static String ending(long number, long count) {
    return String.format(Locale.ROOT, "-%05d-of-%05d.gguf", number, count);
  }

  /// @param file the name of the first one, without folders
  static GgufCheckpoint open(String name, String file, CheckpointFormat.Shards files) {
    GgufSet set = new GgufSet(name);
    try {
      return set.open(file, files);
    } catch (RuntimeException e) {
      set.parts.forEach(part -> part.checkpoint().close());
      throw e;
    }
  }

  private GgufCheckpoint open(String file, CheckpointFormat.Shards files) {
    Matcher matcher = NAME.matcher(file);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(file + " is not the first of a set");
    }
    int count = Integer.parseInt(matcher.group("count"));
    List<String> missing = new ArrayList<>();
    for (int number = 1; number <= count; number++) {
      String part = matcher.group("start") + ending(number, count);
      openPart(part, number, count, files, missing);
    }
    if (!missing.isEmpty()) {
      malformed(
          "%s of the %s files of the set are not beside it: %s; fetch them as well."
              .formatted(missing.size(), count, Quoted.list(missing, SHOWN)));
    }
    throwIfAny();
    SequencedMap<String, StoredTensor> tensors = tensors();
    throwIfAny();
    return new GgufCheckpoint(
            name,
            parts.getFirst().checkpoint().values(),
            tensors,
            parts.stream().flatMap(part -> part.checkpoint().sources().stream()).toList())
        .translated();
  }

  private void openPart(
      String part, int number, int count, CheckpointFormat.Shards files, List<String> missing) {
    try {
      ByteSource source = files.open(part);
      GgufFile.Opened opened = openPart(source);
      parts.add(opened);
      OptionalLong saidNumber = opened.header().number(KeyValue.SPLIT_NUMBER);
      OptionalLong saidCount = opened.header().number(KeyValue.SPLIT_COUNT);
      if (saidNumber.orElse(-1) != number - 1 || saidCount.orElse(-1) != count) {
        malformed(
            "%s does not say that it is file %s of %s ('split.no' is %s, counted from 0, and 'split.count' %s): the files are not of one set."
                .formatted(Quoted.name(part), number, count, said(saidNumber), said(saidCount)));
      }
    } catch (MokumeException e) {
      if (e.getCause() instanceof NoSuchFileException) {
        missing.add(part);
      } else {
        problems.addAll(e.problems());
      }
    }
  }

  private static String said(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "missing";
  }

  private static GgufFile.Opened openPart(ByteSource source) {
    try {
      return GgufFile.open(source);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private SequencedMap<String, StoredTensor> tensors() {
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (GgufFile.Opened part : parts) {
      part.checkpoint()
          .tensors()
          .forEach((tensor, stored) -> {
            if (tensors.put(tensor, stored) != null) {
              malformed(
                  "tensor %s lies in two files, so it cannot be told which one is meant."
                      .formatted(Quoted.name(tensor)));
            }
          });
    }
    long wanted =
        parts.getFirst().header().number(KeyValue.SPLIT + "tensors.count").orElse(tensors.size());
    if (wanted != tensors.size()) {
      malformed(
          "the set has %s, but says that it has %s: the files are not of one set."
              .formatted(Amount.count(tensors.size(), "tensor", "tensors"), Amount.count(wanted)));
    }
    return tensors;
  }

  private void malformed(String what) {
    problems.add(new Problem(ErrorCode.MALFORMED_CHECKPOINT, name + ": " + what));
  }

  private void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
  }
}
