package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Merge`: one merge, from after its plan until its outputs have their names; or one
/// measurement, which has no outputs. One that fails makes no event.
@Name("dev.mokume.Merge")
@Label("Merge")
@Description("A merge, of all outputs that are made together")
@Category("Mokume")
@StackTrace(false)
public final class MergeEvent extends Event {
  @Label("Outputs")
  public int outputs;

  /// Workers, at the most.
  @Label("Threads")
  public int threads;

  /// From inputs, hashes not counted.
  @Label("Bytes Read")
  @DataAmount
  public long bytesRead;

  /// Of all outputs, headers counted.
  @Label("Bytes Written")
  @DataAmount
  public long bytesWritten;

  private MergeEvent() {}

  public static MergeEvent begun(int outputs, int threads) {
    MergeEvent event = new MergeEvent();
    event.outputs = outputs;
    event.threads = threads;
    event.begin();
    return event;
  }
}
