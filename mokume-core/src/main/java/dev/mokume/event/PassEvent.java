package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Pass`: one pass of a tensor, from its first tile to its last; those of several
/// tensors overlap.
@Name("dev.mokume.Pass")
@Label("Pass")
@Description("One pass over a tensor, by all workers together")
@Category("Mokume")
@StackTrace(false)
public final class PassEvent extends Event {
  @Label("Tensor")
  public String tensor = "";

  /// From 1; one that is repeated, because a sample misled it, has its number twice.
  @Label("Pass")
  public int pass;

  /// Of the tensor.
  @Label("Elements")
  public long elements;

  private PassEvent() {}

  public static PassEvent begun(String tensor, int pass, long elements) {
    PassEvent event = new PassEvent();
    event.tensor = tensor;
    event.pass = pass;
    event.elements = elements;
    event.begin();
    return event;
  }
}
