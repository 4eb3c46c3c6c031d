package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Copy`: bytes of one tensor that stays as it is, moved from an input to an output by
/// the system, without a worker's buffer between.
@Name("dev.mokume.Copy")
@Label("Copy")
@Description("Bytes of an input, copied into an output by the system")
@Category("Mokume")
@StackTrace(false)
public final class CopyEvent extends Event {
  /// The input's name, usually its path as given.
  @Label("File")
  public String file = "";

  @Label("Tensor")
  public String tensor = "";

  @Label("Bytes")
  @DataAmount
  public long bytes;

  public CopyEvent() {}
}
