package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Read`: bytes of one input, read by one worker into its buffer. The bytes of all
/// these events and of [CopyEvent] are those of [dev.mokume.MergeReport#bytesRead()].
@Name("dev.mokume.Read")
@Label("Read")
@Description("Bytes of an input, read by one worker")
@Category("Mokume")
@StackTrace(false)
public final class ReadEvent extends Event {
  /// The input's name, usually its path as given.
  @Label("File")
  public String file = "";

  /// The tensor that the bytes are read for: the one that is made of them.
  @Label("Tensor")
  public String tensor = "";

  /// Of that tensor, from 1.
  @Label("Pass")
  public int pass;

  @Label("Bytes")
  @DataAmount
  public long bytes;

  public ReadEvent() {}
}
