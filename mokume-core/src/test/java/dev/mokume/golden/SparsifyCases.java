package dev.mokume.golden;

import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.Weights;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// `dare_ties_sparsification(a, b, ...)`: the DARE step alone, which is a DARE merge that takes the
/// later model whole.
final class SparsifyCases implements CaseRunner {
  private final Workspace workspace;

  SparsifyCases(Workspace workspace) {
    this.workspace = workspace;
  }

  private record Group(SparseUpdate update, boolean compat, boolean torch) {
    static Group of(GoldenCase goldenCase) {
      return new Group(
          update(goldenCase.params()), goldenCase.isCompat(), goldenCase.drawsFromTorch());
    }

    private static SparseUpdate update(Fields params) {
      return new SparseUpdate(
          params.number("drop_rate"),
          SparseUpdate.Vote.valueOf(params.text("ties").toUpperCase(Locale.ROOT)),
          params.text("rescale").equals("on"),
          params.integer("seed"));
    }
  }

  @Override
  public void run(GoldenSuite suite, List<GoldenCase> cases, Verdicts verdicts) {
    Map<Group, List<GoldenCase>> groups =
        cases.stream()
            .collect(Collectors.groupingBy(Group::of, LinkedHashMap::new, Collectors.toList()));
    TensorBatch batch = new TensorBatch(suite, workspace, verdicts);
    groups.forEach((group, members) ->
        batch.run(
            members.stream().map(member -> pair(suite, member)).toList(),
            (a, b) ->
                new Weights.Dare(
                    a,
                    b,
                    new Ratio.Constant(1),
                    group.update(),
                    1,
                    Interpolation.LINEAR,
                    Optional.empty())));
  }

  private static TensorBatch.Pair pair(GoldenSuite suite, GoldenCase goldenCase) {
    Map<String, GoldenTensor> file = suite.tensors(goldenCase.inputs().text("file")).tensors();
    GoldenTensor expected = ExpectedTensors.stored(suite, goldenCase.expected()).get("out");
    return new TensorBatch.Pair(
        goldenCase,
        file.get(goldenCase.inputs().text("a")),
        file.get(goldenCase.inputs().text("b")),
        List.of(expected));
  }
}
