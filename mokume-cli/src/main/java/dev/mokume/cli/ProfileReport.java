package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where the time of a merge or a plan went, and what bounds a merge: the longest of what the disk,
/// memory, arithmetic and the hash of the inputs would each take if it were alone.
///
/// @param fromDisk bytes that were read from the disk, not from the page cache
record ProfileReport(Profile profile, long fromDisk, MachineRates machine) {
  /// What can bound a merge.
  enum Limit {
    DISK("the disk"),
    MEMORY("memory"),
    ARITHMETIC("arithmetic"),
    HASHING("hashing the inputs");

    private final String words;

    Limit(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /// The stages that workers are at.
  private static final List<Stage> OF_WORKERS =
      List.of(Stage.READ, Stage.COMPUTE, Stage.WRITE, Stage.COPY, Stage.SPILL);

  /// The seconds that the merge would take if there were nothing but this limit.
  ///
  /// The disk: what was not in the page cache, at its rate, and the waits for the output, which a
  /// file system may put off until one file takes the place of another. Memory: all that is read
  /// and written, copied once. Arithmetic: what computing took, spread over all threads. Hashing:
  /// all that was hashed, by its one thread.
  double least(Limit limit) {
    return switch (limit) {
      case DISK ->
          (fromDisk > 0 && machine.reading() > 0 ? fromDisk / machine.reading() : 0)
              + profile.wallSeconds(Stage.SYNC)
              + profile.wallSeconds(Stage.RENAME);
      case MEMORY -> moved() / machine.copying();
      case ARITHMETIC -> profile.threadSeconds(Stage.COMPUTE) / Math.max(1, profile.threads());
      case HASHING ->
          profile.bytes(Stage.HASH) == 0 ? 0 : profile.bytes(Stage.HASH) / machine.hashing();
    };
  }

  /// What bounds the merge.
  Limit limit() {
    return Stream.of(Limit.values()).max(Comparator.comparingDouble(this::least)).orElseThrow();
  }

  private long moved() {
    return OF_WORKERS.stream()
        .filter(stage -> stage != Stage.COMPUTE)
        .mapToLong(profile::bytes)
        .sum();
  }

  /// How near a stage comes to what its bytes would take at the rate of the disk, of memory or of
  /// hashing; NaN for stages that are bound by none of them.
  private double share(Profile.Part part) {
    return switch (part.stage()) {
      case READ -> part.bytesPerSecond() / (isCold() ? machine.reading() : machine.copying());
      case COMPUTE, WRITE, COPY, SPILL -> part.bytesPerSecond() / machine.copying();
      case HASH -> part.bytesPerSecond() / machine.hashing();
      case PLAN, SYNC, RENAME -> Double.NaN;
    };
  }

  /// Whether most of what was read was not in the page cache.
  private boolean isCold() {
    return machine.reading() > 0 && 2 * fromDisk > profile.bytes(Stage.READ);
  }

  void print(PrintWriter out) {
    if (!isOfMerge()) {
      // A section behind those of the plan.
      out.println();
      out.println("Profile");
    }
    Table table = Table.of("stage", ">wall", ">threads", ">bytes", ">GB/s", ">of the bound");
    for (Profile.Part part : profile.parts()) {
      table.row(
          name(part),
          Merging.seconds(part.wallSeconds()),
          Merging.seconds(part.threadSeconds()),
          part.bytes() == 0 ? "" : Amount.bytes(part.bytes()),
          gigabytes(part.bytesPerSecond()),
          percent(share(part)));
    }
    if (isOfMerge()) {
      table.row("other", "", Merging.seconds(other()), "", "", "");
    }
    table.row("in all", Merging.seconds(profile.seconds()), "", "", "", "");
    table.print(out, "  ");
    if (isOfMerge()) {
      printBounds(out);
    }
  }

  /// Or else of a plan, or of an update that changes nothing, which nothing of this machine bounds.
  private boolean isOfMerge() {
    return profile.threads() > 0 && moved() > 0;
  }

  private void printBounds(PrintWriter out) {
    Limit limit = limit();
    out.println(
        "  each alone: "
            + Stream.of(Limit.values())
                .map(each -> each.words() + " " + Merging.seconds(least(each)))
                .collect(Collectors.joining(", ")));
    out.println("  this machine: " + rates());
    out.println(
        "  bounded by %s: %s GB/s expected at the most, %s GB/s reached, %s of it"
            .formatted(
                limit.words(),
                gigabytes(moved() / least(limit)),
                gigabytes(moved() / profile.seconds()),
                percent(least(limit) / profile.seconds())));
  }

  private String rates() {
    String rates = "copies " + gigabytes(machine.copying()) + " GB/s";
    if (machine.hashing() > 0) {
      rates += ", hashes " + gigabytes(machine.hashing()) + " GB/s a thread";
    }
    if (machine.reading() > 0) {
      rates += ", reads " + gigabytes(machine.reading()) + " GB/s from the disk";
    }
    return rates;
  }

  /// The seconds that workers spent between strips: preparing tensors, ending passes, waiting for
  /// one another.
  private double other() {
    double busy = OF_WORKERS.stream().mapToDouble(profile::threadSeconds).sum();
    return Math.max(0, profile.threads() * profile.tensorSeconds() - busy);
  }

  void describe(Json out) {
    out.number("threads", profile.threads());
    out.number("seconds", profile.seconds());
    out.objects(
        "stages",
        profile.parts(),
        (item, part) -> {
          item.text("stage", part.stage().words());
          if (part.pass() > 0) {
            item.number("pass", part.pass());
          }
          item.number("wallSeconds", part.wallSeconds());
          item.number("threadSeconds", part.threadSeconds());
          item.number("bytes", part.bytes());
          item.number("bytesPerSecond", part.bytesPerSecond());
          item.number("ofTheBound", share(part));
        });
    if (isOfMerge()) {
      describeBounds(out);
    }
  }

  private void describeBounds(Json out) {
    out.number("otherThreadSeconds", other());
    out.number("bytesFromDisk", fromDisk);
    out.number("copyBytesPerSecond", machine.copying());
    out.number("hashBytesPerSecond", machine.hashing());
    out.number("diskBytesPerSecond", machine.reading());
    out.object(
        "leastSeconds",
        least -> {
          for (Limit limit : Limit.values()) {
            least.number(limit.name().toLowerCase(Locale.ROOT), least(limit));
          }
        });
    out.text("boundedBy", limit().name().toLowerCase(Locale.ROOT));
    out.number("expectedBytesPerSecond", moved() / least(limit()));
    out.number("reachedBytesPerSecond", moved() / profile.seconds());
  }

  private String name(Profile.Part part) {
    boolean several = profile.parts().stream().anyMatch(each -> each.pass() > 1);
    return part.stage().words() + (several && part.pass() > 0 ? ", pass " + part.pass() : "");
  }

  private static String gigabytes(double bytesPerSecond) {
    double value = bytesPerSecond / 1e9;
    return Double.isFinite(value)
        ? String.format(Locale.ROOT, value < 9.995 ? "%.2f" : "%.1f", value)
        : "";
  }

  private static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.0f %%", 100 * share) : "";
  }
}
