package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.Product;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Writes what a workflow makes, one file after the other, and tells of each.
record WorkflowRun(Session session, RunOptions run, boolean json) {
  /// @param report for what the engine wrote
  private record Written(Product product, Optional<MergeReport> report) {}

  int write(List<Product> products, List<String> notes) {
    List<Written> all = new ArrayList<>();
    for (Product product : products) {
      createFolder(product.file());
      Written written = new Written(product, write(product));
      all.add(written);
      if (!json) {
        session.out().println(sentence(written));
      }
    }
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.objects("outputs", all, WorkflowRun::describe);
            out.texts("notes", notes);
          });
    }
    return ExitCode.OK;
  }

  private Optional<MergeReport> write(Product product) {
    return switch (product.content()) {
      case Product.Content.Merge(Recipe recipe) ->
          Optional.of(new Merging(session, run, json).merge(recipe, product.file(), "merging"));
      case Product.Text text -> {
        String content = Mokume.text(text, run.toOptions(session, MergeListener.NONE));
        write(product.file(), content.getBytes(StandardCharsets.UTF_8));
        yield Optional.empty();
      }
      case Product.Content.Picture _ ->
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              product.file() + ": pictures are not drawn by this command yet.");
    };
  }

  private static String sentence(Written written) {
    return written
        .report()
        .map(Merging::sentence)
        .orElseGet(() -> "wrote " + written.product().file() + ": " + written.product().words());
  }

  private static void describe(Json out, Written written) {
    out.text("node", written.product().node().id());
    out.text("words", written.product().words());
    written
        .report()
        .ifPresentOrElse(
            report -> Merging.describe(out, report),
            () -> out.text("output", written.product().file().toString()));
  }

  private static void createFolder(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    try {
      if (folder != null) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw unwritable(file, "its folder cannot be made", e);
    }
  }

  private void write(Path file, byte[] content) {
    if (Files.exists(file) && !run.force()) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          file + " exists; --force replaces it, or name another file.");
    }
    try {
      Files.write(file, content);
    } catch (IOException e) {
      throw unwritable(file, "it cannot be written", e);
    }
  }

  private static MokumeException unwritable(Path file, String why, IOException cause) {
    return new MokumeException(
        ErrorCode.UNWRITABLE_OUTPUT,
        "%s: %s (%s).".formatted(file, why, cause.getClass().getSimpleName()),
        cause);
  }
}
