package dev.mokume.cli;

import dev.mokume.error.Amount;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import java.io.PrintWriter;

/// How much of an output that is brought up to date is made anew, and how much is copied from what
/// it was.
record Kept(Part made, Part kept) {
  /// Tensors, and their bytes in the output.
  record Part(int tensors, long bytes) {
    static final Part NONE = new Part(0, 0);

    private Part and(PlannedTensor tensor) {
      return new Part(tensors + 1, bytes + tensor.outputBytes());
    }

    /// `7 tensors of 25 MB`
    String words() {
      return Amount.count(tensors, "tensor", "tensors")
          + (tensors == 0 ? "" : " of " + Amount.bytes(bytes));
    }

    private void describe(Json out) {
      out.number("tensors", tensors);
      out.number("bytes", bytes);
    }
  }

  static Kept of(MergePlan plan) {
    Kept sum = new Kept(Part.NONE, Part.NONE);
    for (PlannedTensor tensor : plan.tensors()) {
      sum =
          tensor.treatment() == Treatment.KEPT
              ? new Kept(sum.made, sum.kept.and(tensor))
              : new Kept(sum.made.and(tensor), sum.kept);
    }
    return sum;
  }

  void print(PrintWriter out) {
    out.println();
    out.println("Update");
    Table table = Table.of("", "");
    table.row("makes anew", made.words());
    table.row("keeps", kept.words());
    table.print(out, "  ");
  }

  void describe(Json out) {
    out.object(
        "update",
        parts -> {
          parts.object("made", made::describe);
          parts.object("kept", kept::describe);
        });
  }
}
