package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Spill`: values between two passes that do not fit into memory, written to the
/// temporary file for them or read from it.
@Name("dev.mokume.Spill")
@Label("Spill")
@Description("Values between two passes, moved to or from a temporary file")
@Category("Mokume")
@StackTrace(false)
public final class SpillEvent extends Event {
  @Label("Bytes")
  @DataAmount
  public long bytes;

  private SpillEvent() {}

  public static SpillEvent begun(long bytes) {
    SpillEvent event = new SpillEvent();
    event.bytes = bytes;
    event.begin();
    return event;
  }
}
