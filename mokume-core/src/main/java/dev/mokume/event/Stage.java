package dev.mokume.event;

/// What a merge's time goes to, in the order in which it begins.
public enum Stage {
  PLAN("plan"),
  HASH("hash"),
  READ("read"),
  COMPUTE("compute"),
  WRITE("write"),
  COPY("copy"),
  SPILL("spill"),
  SYNC("fsync"),
  RENAME("rename");

  private final String words;

  Stage(String words) {
    this.words = words;
  }

  public String words() {
    return words;
  }
}
