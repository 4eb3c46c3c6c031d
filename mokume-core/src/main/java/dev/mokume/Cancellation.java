package dev.mokume;

/// Asks a running merge to stop. The merge then leaves no file behind and throws with the code
/// `CANCELLED`.
public final class Cancellation {
  private volatile boolean cancelled;

  /// Not cancelled yet.
  public Cancellation() {}

  public void cancel() {
    cancelled = true;
  }

  public boolean isCancelled() {
    return cancelled;
  }
}
