package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Compute`: a strip of one tensor, computed by one worker from what it has read:
/// decoded, merged, encoded, or gone through for a statistic.
@Name("dev.mokume.Compute")
@Label("Compute")
@Description("A strip of a tensor, computed by one worker")
@Category("Mokume")
@StackTrace(false)
public final class ComputeEvent extends Event {
  @Label("Tensor")
  public String tensor = "";

  /// Of that tensor, from 1.
  @Label("Pass")
  public int pass;

  /// Of the strip. A pass that takes a sample looks at few of them.
  @Label("Elements")
  public long elements;

  /// Encoded: of all inputs, of what passes keep, and of all outputs.
  @Label("Bytes")
  @DataAmount
  public long bytes;

  public ComputeEvent() {}
}
