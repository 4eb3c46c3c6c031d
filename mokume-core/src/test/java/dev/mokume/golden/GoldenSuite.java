package dev.mokume.golden;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// One suite: its cases and the files they speak of.
record GoldenSuite(GoldenFolder folder, String name, Fields file, List<GoldenCase> cases) {
  /// The suite of that name, if the folder has it.
  static Optional<GoldenSuite> open(GoldenFolder folder, String name) {
    String path = name + "/cases.json";
    if (!folder.has(path)) {
      return Optional.empty();
    }
    Fields file = Json.object(folder.read(path));
    if (file.integer("format") != 2) {
      throw new AssertionError(
          path + " has format " + file.value("format") + "; the harness reads format 2");
    }
    List<GoldenCase> cases = file.objects("cases").stream().map(GoldenCase::new).toList();
    return Optional.of(new GoldenSuite(folder, name, file, cases));
  }

  /// A tensor file by the path that a case uses: `models/...` lies in the data folder, all else in
  /// the suite's.
  TensorFile tensors(String path) {
    return folder.tensors(path.startsWith("models/") ? path : name + "/" + path);
  }

  /// An entry of the table of gradients, in its order.
  SequencedMap<String, Double> gradient(String gradient) {
    SequencedMap<String, Double> ratios = new LinkedHashMap<>();
    for (Object entry : file.object("gradients").list(gradient)) {
      List<?> pair = (List<?>) entry;
      ratios.put((String) pair.get(0), ((Number) pair.get(1)).doubleValue());
    }
    return ratios;
  }
}
