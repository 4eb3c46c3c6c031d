package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Sync`: the wait until the disk has the bytes of an output (fsync).
@Name("dev.mokume.Sync")
@Label("Sync")
@Description("The wait until the disk has an output")
@Category("Mokume")
@StackTrace(false)
public final class SyncEvent extends Event {
  /// The output's name, usually its path as given.
  @Label("File")
  public String file = "";

  /// Of the whole output; the system may have written some of them before.
  @Label("Bytes")
  @DataAmount
  public long bytes;

  private SyncEvent() {}

  public static SyncEvent begun(String file, long bytes) {
    SyncEvent event = new SyncEvent();
    event.file = file;
    event.bytes = bytes;
    event.begin();
    return event;
  }
}
