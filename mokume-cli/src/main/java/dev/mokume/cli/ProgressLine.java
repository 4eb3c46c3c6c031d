package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.checkpoint.Note;
import dev.mokume.error.Amount;
import dev.mokume.lowrank.RunSettings;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/// One line at the bottom of a terminal that says how far a run is, how fast it goes and how long
/// it will take.
///
/// It appears only for a person, and only when a run lasts longer than a second; notes and warnings
/// are told in any case. A line of our own instead of a library: the library's terminal layer would
/// cost every run its start-up time.
final class ProgressLine implements MergeListener, RunSettings.Progress, AutoCloseable {
  private static final long PATIENCE = 1_000_000_000L;
  private static final long INTERVAL = 100_000_000L;
  private static final int LONGEST_BAR = 24;
  private static final int SHORTEST_BAR = 4;
  private static final int WIDTH = 79;

  private final PrintWriter err;
  private final boolean shown;
  private final String what;
  private final LongSupplier nanoTime;
  private final AtomicBoolean drawing = new AtomicBoolean();
  private final long start;
  private volatile long next;
  private volatile boolean visible;

  ProgressLine(Session session, String what) {
    this(session.err(), session.interactive(), what, System::nanoTime);
  }

  ProgressLine(PrintWriter err, boolean shown, String what, LongSupplier nanoTime) {
    this.err = err;
    this.shown = shown;
    this.what = what;
    this.nanoTime = nanoTime;
    this.start = nanoTime.getAsLong();
    this.next = start + PATIENCE;
  }

  @Override
  public void progressed(long done, long total) {
    // Whoever comes while another thread draws goes back to work.
    if (!shown || nanoTime.getAsLong() - next < 0 || !drawing.compareAndSet(false, true)) {
      return;
    }
    try {
      long now = nanoTime.getAsLong();
      next = now + INTERVAL;
      visible = true;
      err.print("\r" + padded(line(done, total, (now - start) / 1e9)));
      err.flush();
    } finally {
      drawing.set(false);
    }
  }

  @Override
  public void advanced(long done, long total) {
    progressed(done, total);
  }

  @Override
  public void told(Note note) {
    switch (note.kind()) {
      case READING -> noted(note.text());
      case SKIPPED -> warned(note.text());
    }
  }

  @Override
  public void noted(String message) {
    tell("note: " + message);
  }

  @Override
  public void warned(String message) {
    tell("warning: " + message);
  }

  private void tell(String line) {
    synchronized (err) {
      erase();
      err.println(line);
      err.flush();
    }
  }

  /// Takes the line away.
  @Override
  public void close() {
    erase();
    err.flush();
  }

  /// `merging [======> ] 28 % 1.20 of 4.27 GB 1.9 GB/s 2 s left`, as long a bar as there is room
  /// for.
  String line(long done, long total, double seconds) {
    double share = total <= 0 ? 0 : Math.min(1, (double) done / total);
    String words = words(done, total, share, seconds);
    int room = WIDTH - what.length() - words.length() - 4;
    int length = Math.clamp(room, SHORTEST_BAR, LONGEST_BAR);
    int filled = (int) (share * length);
    String bar =
        "=".repeat(filled) + (filled < length ? ">" + " ".repeat(length - filled - 1) : "");
    return what + "  [" + bar + "]" + words;
  }

  private static String words(long done, long total, double share, double seconds) {
    double rate = done / Math.max(seconds, 1e-9);
    String left = rate > 0 ? duration((total - done) / rate) + " left" : "";
    return String.format(Locale.ROOT, " %3d %%  ", (int) (share * 100))
        + Amount.bytes(done)
        + " of "
        + Amount.bytes(total)
        + "  "
        + Amount.bytes((long) rate)
        + "/s  "
        + left;
  }

  /// `8 s`, `2 min 05 s`, `1 h 10 min`.
  static String duration(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }
    return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
  }

  private static String padded(String line) {
    return line.length() >= WIDTH
        ? line.substring(0, WIDTH)
        : line + " ".repeat(WIDTH - line.length());
  }

  private void erase() {
    if (visible) {
      visible = false;
      err.print("\r" + " ".repeat(WIDTH) + "\r");
    }
  }
}
