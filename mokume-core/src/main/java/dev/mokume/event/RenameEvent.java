package dev.mokume.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/// `dev.mokume.Rename`: whole outputs get their names, and the disk has them.
@Name("dev.mokume.Rename")
@Label("Rename")
@Description("Whole outputs get their names")
@Category("Mokume")
@StackTrace(false)
public final class RenameEvent extends Event {
  @Label("Files")
  public int files;

  private RenameEvent() {}

  public static RenameEvent begun(int files) {
    RenameEvent event = new RenameEvent();
    event.files = files;
    event.begin();
    return event;
  }
}
