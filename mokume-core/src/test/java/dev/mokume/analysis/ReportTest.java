package dev.mokume.analysis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.analysis.MaskSummary.Selection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The texts of the report nodes.
class ReportTest {
  private static MaskReport mask(Object... namesAndCounts) {
    SequencedMap<String, Selection> tensors = new LinkedHashMap<>();
    for (int i = 0; i < namesAndCounts.length; i += 3) {
      tensors.put(
          (String) namesAndCounts[i],
          new Selection(1, (Integer) namesAndCounts[i + 1], (Integer) namesAndCounts[i + 2]));
    }
    Selection total = tensors.values().stream().reduce(new Selection(0, 0, 0), Selection::plus);
    return MaskReport.of(
        new MaskSummary("mask", total, new LinkedHashMap<>(), new LinkedHashMap<>(), tensors));
  }

  @Test
  void aMaskIsToldByPartInTheOrderOfTheMask() {
    MaskReport report =
        mask(
            "diffusion_model.out.2.bias",
            1,
            4,
            "model_sampling.sigmas",
            9,
            10,
            "diffusion_model.input_blocks.1.0.op.bias",
            0,
            3,
            "diffusion_model.out.2.weight",
            2,
            4);
    assertThat(report.size()).isEqualTo("out: 3 / 8 (37.50%)\ninput_blocks: 0 / 3 (0.00%)\n");
  }

  @Test
  void aMaskIsToldByTensorWithNumbersByValue() {
    MaskReport report =
        mask(
            "diffusion_model.input_blocks.10.0.op.bias",
            1,
            3,
            "diffusion_model.input_blocks.9.0.op.bias",
            2,
            3,
            "diffusion_model.empty",
            0,
            0);
    assertThat(report.details())
        .isEqualTo(
            """
            diffusion_model.empty: 0 / 0 (0.00%)
            diffusion_model.input_blocks.9.0.op.bias: 2 / 3 (66.67%)
            diffusion_model.input_blocks.10.0.op.bias: 1 / 3 (33.33%)
            """);
  }

  @Test
  void ofACheckpointsMaskOnlyTheDiffusionModelIsToldUnderTheNamesOfTheMemory() {
    MaskReport report =
        mask(
            "model.diffusion_model.out.2.bias",
            1,
            4,
            "first_stage_model.decoder.conv_in.bias",
            1,
            4);
    assertThat(report.details()).isEqualTo("diffusion_model.out.2.bias: 1 / 4 (25.00%)\n");
  }

  @Test
  void countsOfFloatMasksAreFractionsAndSoAreTheirGroups() {
    MaskReport report =
        mask("diffusion_model.out.2.bias", 4, 4, "diffusion_model.out.2.weight", 1, 4)
            .withFractional(Set.of("diffusion_model.out.2.bias"));
    assertThat(report.size()).isEqualTo("out: 5.0 / 8 (62.50%)\n");
    assertThat(report.details())
        .isEqualTo(
            "diffusion_model.out.2.bias: 4.0 / 4 (100.00%)\n"
                + "diffusion_model.out.2.weight: 1 / 4 (25.00%)\n");
  }

  @Test
  void ratiosAreToldByLayerRoundedAsPythonDoes() {
    SequencedMap<String, Double> ratios = new LinkedHashMap<>();
    ratios.put("model.diffusion_model.b.10.w", 0.125);
    ratios.put("diffusion_model.b.2.w", 0.375);
    ratios.put("diffusion_model.a.w", -0.001);
    ratios.put("diffusion_model.c.w", Double.NaN);
    ratios.put("diffusion_model.d.w", Double.NEGATIVE_INFINITY);
    assertThat(RatioReport.of(ratios))
        .isEqualTo(
            """
            diffusion_model.a.w: -0.00
            diffusion_model.b.2.w: 0.38
            diffusion_model.b.10.w: 0.12
            diffusion_model.c.w: nan
            diffusion_model.d.w: -inf
            """);
  }

  @Test
  void layersOfOneKeyAreBothTold() {
    assertThat(RatioReport.of(Map.of("b.2.w", 0.5, "b.02.w", 0.25)))
        .isEqualTo("b.02.w: 0.25\nb.2.w: 0.50\n");
  }
}
