package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.analysis.Matrix;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.plot.HeatMap;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.comfyui.Product;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/// Writes what a workflow makes, one file after the other, and tells of each.
record WorkflowRun(Session session, RunOptions run, boolean json) {
  /// @param report for what the engine wrote
  private record Written(Product product, Optional<MergeReport> report) {}

  int write(List<Product> products, List<String> notes) {
    products.forEach(product -> WholeFile.createFolder(product.file()));
    SequencedMap<Product, WholeFile> small = small(products);
    List<Written> all = new ArrayList<>();
    for (Product product : products) {
      Written written = new Written(product, write(product, small));
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

  /// Texts and pictures are made before anything is written: one that cannot be made stops the run.
  private SequencedMap<Product, WholeFile> small(List<Product> products) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    SequencedMap<Product, WholeFile> files = new LinkedHashMap<>();
    for (Product product : products) {
      content(product, options)
          .ifPresent(
              content -> files.put(product, new WholeFile(product.file(), content, run.output())));
    }
    List<Problem> problems =
        files.values().stream().flatMap(file -> file.problems().stream()).toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return files;
  }

  private static Optional<byte[]> content(Product product, MergeOptions options) {
    return switch (product.content()) {
      case Product.Content.Merge _ -> Optional.empty();
      case Product.Text text ->
          Optional.of(Mokume.text(text, options).getBytes(StandardCharsets.UTF_8));
      case Product.Content.Picture picture -> {
        Matrix matrix = Mokume.matrix(picture, HeatMap.MOST_ROWS, HeatMap.MOST_COLUMNS, options);
        yield Optional.of(HeatMap.png(matrix));
      }
    };
  }

  private Optional<MergeReport> write(Product product, SequencedMap<Product, WholeFile> small) {
    return switch (product.content()) {
      case Product.Content.Merge(Recipe recipe) ->
          Optional.of(new Merging(session, run, json).merge(recipe, product.file(), "merging"));
      case Product.Text _, Product.Content.Picture _ -> {
        Objects.requireNonNull(small.get(product)).write();
        yield Optional.empty();
      }
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
}
