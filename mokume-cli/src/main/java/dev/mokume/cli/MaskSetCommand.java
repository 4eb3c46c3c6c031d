package dev.mokume.cli;

import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.SetOperation;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `mokume mask union`, `intersect`, `difference` and `xor`
@Command(sortOptions = false)
final class MaskSetCommand implements Callable<Integer> {
  private final Session session;
  private final SetOperation operation;

  @Parameters(index = "0", paramLabel = "M1", description = "The first mask.")
  private Path first = Path.of("");

  @Parameters(index = "1", paramLabel = "M2", description = "The second mask.")
  private Path second = Path.of("");

  @Mixin private final MaskOutput output = new MaskOutput();

  MaskSetCommand(Session session, SetOperation operation) {
    this.session = session;
    this.operation = operation;
  }

  static String description(SetOperation operation) {
    return switch (operation) {
      case UNION -> "Selects what either mask selects.";
      case INTERSECT -> "Selects what both masks select; tensors that only one knows are dropped.";
      case DIFFERENCE -> "Selects what the first mask selects and the second does not.";
      case XOR -> "Selects what exactly one of the masks selects.";
    };
  }

  @Override
  public Integer call() {
    Mask mask = new Mask.Combined(operation, new Mask.Stored(first), new Mask.Stored(second));
    return output.write(session, mask, List.of(first, second));
  }
}
