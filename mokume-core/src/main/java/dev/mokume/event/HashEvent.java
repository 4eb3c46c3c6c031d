package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Hash`: the SHA-256 of one input, read for it from beginning to end. One that is
/// remembered from an earlier run makes no event.
@Name("dev.mokume.Hash")
@Label("Hash")
@Description("The SHA-256 of an input, for the output's provenance")
@Category("Mokume")
@StackTrace(false)
public final class HashEvent extends Event {
  /// The input's name, usually its path as given.
  @Label("File")
  public String file = "";

  @Label("Bytes")
  @DataAmount
  public long bytes;

  private HashEvent() {}

  public static HashEvent begun(String file, long bytes) {
    HashEvent event = new HashEvent();
    event.file = file;
    event.bytes = bytes;
    event.begin();
    return event;
  }
}
