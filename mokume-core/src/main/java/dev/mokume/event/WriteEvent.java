package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Write`: bytes of one tensor, written by one worker to their place in an output.
@Name("dev.mokume.Write")
@Label("Write")
@Description("Bytes of an output, written by one worker")
@Category("Mokume")
@StackTrace(false)
public final class WriteEvent extends Event {
  /// The output's name, usually its path as given.
  @Label("File")
  public String file = "";

  @Label("Tensor")
  public String tensor = "";

  /// Of that tensor, from 1.
  @Label("Pass")
  public int pass;

  @Label("Bytes")
  @DataAmount
  public long bytes;

  public WriteEvent() {}
}
