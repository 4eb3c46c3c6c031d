package dev.mokume.cli;

import dev.mokume.MergeListener;
import dev.mokume.MergeOptions;
import dev.mokume.MergeReport;
import dev.mokume.Mokume;
import dev.mokume.analysis.Matrix;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plot.HeatMap;
import dev.mokume.recipe.comfyui.Product;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Writes what a workflow makes, all checkpoints and masks of it together, then LoRAs, and tells of
/// each file.
record WorkflowRun(Session session, RunOptions run, boolean json) {
  /// @param outputs of the products that the engine makes
  int write(List<Product> products, List<MergeOutput> outputs, List<String> notes) {
    products.forEach(product -> WholeFile.createFolder(product.file()));
    Made made = run.profiled(() -> make(products, outputs));
    SequencedMap<Path, MergeReport> merged = made.merged();
    Map<Path, ExtractionReport> loras = made.loras();
    run.tell(
        session,
        json,
        out -> {
          out.objects(
              "outputs", products, (item, product) -> describe(item, product, merged, loras));
          merged.values().stream()
              .findFirst()
              .ifPresent(report -> {
                out.number("bytesRead", report.bytesRead());
                out.number("seconds", report.seconds());
              });
          out.texts("notes", notes);
        },
        out -> {
          products.forEach(product -> out.println(sentence(product, merged, loras)));
          if (merged.size() > 1) {
            out.println(Merging.together(List.copyOf(merged.values())));
          }
        });
    return ExitCode.OK;
  }

  /// The reports by the products' files, which a product is told by: recipes may be deep.
  private record Made(SequencedMap<Path, MergeReport> merged, Map<Path, ExtractionReport> loras) {}

  private Made make(List<Product> products, List<MergeOutput> outputs) {
    List<WholeFile> small = small(products);
    SequencedMap<Path, MergeReport> merged = merge(outputs);
    small.forEach(WholeFile::write);
    return new Made(merged, loras(products));
  }

  private SequencedMap<Path, MergeReport> merge(List<MergeOutput> outputs) {
    SequencedMap<Path, MergeReport> merged = new LinkedHashMap<>();
    if (!outputs.isEmpty()) {
      List<MergeReport> reports = new Merging(session, run, json).merge(outputs);
      for (int i = 0; i < reports.size(); i++) {
        merged.put(outputs.get(i).file(), reports.get(i));
      }
    }
    return merged;
  }

  private Map<Path, ExtractionReport> loras(List<Product> products) {
    Map<Path, ExtractionReport> loras = new LinkedHashMap<>();
    for (Product product : products) {
      if (product.content() instanceof Product.Content.Lora lora) {
        try (ProgressLine progress = new ProgressLine(session, "extracting")) {
          loras.put(
              product.file(), Mokume.lora(lora, product.file(), run.toOptions(session, progress)));
        }
      }
    }
    return loras;
  }

  /// Texts and pictures are made before anything is written: one that cannot be made stops the run.
  private List<WholeFile> small(List<Product> products) {
    MergeOptions options = run.toOptions(session, MergeListener.NONE);
    List<WholeFile> files = new ArrayList<>();
    for (Product product : products) {
      content(product, options)
          .ifPresent(content -> files.add(new WholeFile(product.file(), content, run.output())));
    }
    List<Problem> problems = files.stream().flatMap(file -> file.problems().stream()).toList();
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    return files;
  }

  private static Optional<byte[]> content(Product product, MergeOptions options) {
    return switch (product.content()) {
      case Product.Content.Merge _, Product.Content.Lora _ -> Optional.empty();
      case Product.Text text ->
          Optional.of(Mokume.text(text, options).getBytes(StandardCharsets.UTF_8));
      case Product.Content.Picture picture -> {
        Matrix matrix = Mokume.matrix(picture, HeatMap.MOST_ROWS, HeatMap.MOST_COLUMNS, options);
        yield Optional.of(HeatMap.png(matrix));
      }
    };
  }

  private static String sentence(
      Product product, SequencedMap<Path, MergeReport> merged, Map<Path, ExtractionReport> loras) {
    MergeReport report = merged.get(product.file());
    ExtractionReport lora = loras.get(product.file());
    if (lora != null) {
      return LoraExtractCommand.sentence(lora);
    }
    if (report == null) {
      return "wrote " + product.file() + ": " + product.words();
    }
    return merged.size() == 1 ? Merging.sentence(report) : Merging.sentenceOfSeveral(report);
  }

  private static void describe(
      Json out,
      Product product,
      SequencedMap<Path, MergeReport> merged,
      Map<Path, ExtractionReport> loras) {
    out.text("node", product.node().id());
    out.text("words", product.words());
    MergeReport report = merged.get(product.file());
    ExtractionReport lora = loras.get(product.file());
    if (lora != null) {
      LoraExtractCommand.describe(out, lora);
    } else if (report == null) {
      out.text("output", product.file().toString());
    } else {
      Merging.describe(out, report);
    }
  }
}
