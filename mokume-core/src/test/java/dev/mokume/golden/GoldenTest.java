package dev.mokume.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Runs every case of the golden data through Mokume: the checked-in copy, or the folder that
/// `-Dmokume.golden` names.
///
/// The last lines of the output count the cases of each suite and of all. No case is ever skipped:
/// one that the harness does not understand has failed.
@TestInstance(Lifecycle.PER_CLASS)
class GoldenTest {
  /// The suites whose subject Mokume has. Others in the folder belong to later work and are not
  /// counted.
  static final List<String> SUITES =
      List.of(
          "dm_methods",
          "dm_block",
          "dm_clip",
          "dm_dare",
          "dm_gradients",
          "dm_masks",
          "dm_noise",
          "dm_normalize",
          "dm_reports",
          "dm_sparsify",
          "dm_seed35afed5",
          "comfy_core",
          "mecha",
          "mergekit",
          "mergelm",
          "rng",
          "rng_scalar");

  private static final Set<String> MECHA_MODULES =
      Set.of("linear", "cosine", "crossover", "limiting", "slicing", "ties", "svd", "kronecker");

  private final GoldenFolder folder = GoldenFolder.chosen();
  private final Map<String, Verdicts> verdicts = new LinkedHashMap<>();
  private final List<String> absent = new ArrayList<>();

  @ParameterizedTest
  @FieldSource("SUITES")
  void suite(String name, @TempDir Path temporary) {
    Optional<GoldenSuite> suite = GoldenSuite.open(folder, name);
    if (suite.isEmpty()) {
      absent.add(name);
      return;
    }
    Verdicts found = run(suite.get(), new Workspace(temporary));
    verdicts.put(name, found);
    found.failures().forEach(System.out::println);
    assertThat(found.failed())
        .as("failed cases of %s in %s, each listed above", name, folder.name())
        .isZero();
  }

  @Test
  void aFolderWithoutAnyCaseIsAFailure() {
    List<GoldenCase> cases =
        SUITES.stream()
            .flatMap(name -> GoldenSuite.open(folder, name).stream())
            .flatMap(suite -> suite.cases().stream())
            .toList();
    assertThat(cases).as("golden cases in %s", folder.name()).isNotEmpty();
  }

  @AfterAll
  void countLast() {
    absent.forEach(name -> System.out.println(name + ": not in " + folder.name()));
    verdicts.values().forEach(found -> System.out.println(found.summary()));
    int passed = verdicts.values().stream().mapToInt(Verdicts::passed).sum();
    int failed = verdicts.values().stream().mapToInt(Verdicts::failed).sum();
    System.out.println("total: " + Verdicts.counts(passed, failed));
  }

  private static Verdicts run(GoldenSuite suite, Workspace workspace) {
    // Methods of mergekit that Mokume lacks belong to later work and are not counted.
    List<GoldenCase> known =
        suite.cases().stream()
            .filter(goldenCase ->
                Kind.of(goldenCase) != Kind.MERGEKIT || MergekitCases.knows(goldenCase))
            .toList();
    Verdicts verdicts = new Verdicts(suite.name(), known);
    Map<Kind, List<GoldenCase>> byKind =
        known.stream()
            .collect(Collectors.groupingBy(Kind::of, LinkedHashMap::new, Collectors.toList()));
    byKind.forEach((kind, cases) -> kind.runner(workspace).run(suite, cases, verdicts));
    return verdicts;
  }

  /// What a case calls decides how it is run.
  private enum Kind {
    NODE,
    MASK,
    GRADIENT,
    PATTERN,
    REPORT,
    METHOD,
    SPARSIFY,
    PATCH,
    FUNCTION,
    MECHA,
    MERGEKIT,
    MERGELM,
    RANDOM;

    static Kind of(GoldenCase goldenCase) {
      String call = goldenCase.call();
      return switch (call) {
        case "DM_MagnitudeMasker",
            "DM_SimpleMasker",
            "DM_QuadMasker",
            "DM_MaskOperations",
            "DM_MaskEdit" ->
            goldenCase.fields().has("chunk") ? MASK : NODE;
        case "DM_BlockGradient",
            "DM_MBWGradient",
            "DM_ShellGradient",
            "DM_AttentionGradient",
            "DM_GradientOperations",
            "DM_GradientEdit" ->
            GRADIENT;
        case "DM_MaskReporting",
            "DM_GradientReporting",
            "DM_LoRAReporting",
            "DM_ModelReporting",
            "ddare.reporting.get_figsize",
            "ddare.util.sort_key_for_zero_padding" ->
            REPORT;
        case "ddare.merge.merge_tensors" -> METHOD;
        case "MergingMethod.merging_models", "mask_input_with_mask_rate" -> MERGELM;
        case "dare_ties_sparsification" -> SPARSIFY;
        case "comfy.lora.calculate_weight" -> PATCH;
        case "relative_norm", "generate_key_groups_sd15", "ddare.tensor._threshold_in_chunks" ->
            FUNCTION;
        case "raw 32-bit outputs", "sequence" -> RANDOM;
        default ->
            MECHA_MODULES.contains(call.substring(0, Math.max(0, call.indexOf('.'))))
                ? MECHA
                : call.startsWith("ddare.model.collect_layers")
                    ? PATTERN
                    : call.startsWith("mergekit")
                        ? MERGEKIT
                        : call.startsWith("torch.") ? RANDOM : NODE;
      };
    }

    CaseRunner runner(Workspace workspace) {
      return switch (this) {
        case NODE -> new NodeCases(workspace);
        case MASK -> new MaskCases(workspace);
        case METHOD -> new MethodCases(workspace);
        case SPARSIFY -> new SparsifyCases(workspace);
        case PATCH -> new PatchCases(workspace);
        case PATTERN -> new PatternCases();
        case GRADIENT -> new GradientCases(workspace);
        case REPORT -> new ReportCases(workspace);
        case FUNCTION -> new FunctionCases(workspace);
        case MERGEKIT -> new MergekitCases(workspace);
        case MERGELM -> new MergelmCases(workspace);
        case RANDOM -> new RandomCases();
        case MECHA -> new MechaCases(workspace);
      };
    }
  }
}
