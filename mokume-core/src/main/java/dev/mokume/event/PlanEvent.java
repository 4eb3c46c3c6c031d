package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Plan`: inputs opened, headers read, everything settled that can be before a weight
/// is read. An update has two, one before and one after its inputs are hashed.
@Name("dev.mokume.Plan")
@Label("Plan")
@Description("A merge, planned from the headers of its inputs")
@Category("Mokume")
@StackTrace(false)
public final class PlanEvent extends Event {
  /// How many are planned together.
  @Label("Outputs")
  public int outputs;

  private PlanEvent() {}

  public static PlanEvent begun(int outputs) {
    PlanEvent event = new PlanEvent();
    event.outputs = outputs;
    event.begin();
    return event;
  }
}
