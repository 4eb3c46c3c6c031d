package dev.mokume;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointView;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.lowrank.Extraction;
import dev.mokume.lowrank.ExtractionOptions;
import dev.mokume.lowrank.ExtractionReport;
import dev.mokume.lowrank.FactorNames;
import dev.mokume.lowrank.LayerForm;
import dev.mokume.lowrank.RankChoice;
import dev.mokume.lowrank.RunSettings;
import dev.mokume.plan.MergePlan;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.plan.PlannedTensor.Treatment;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.comfyui.Product;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/// A LoRA of a difference that a recipe computes: it is put into a file beside the LoRA, which is
/// gone in the end, and factored from there.
record DifferenceLora(Product.Content.Lora lora, Path output, MergeOptions options) {
  ExtractionReport write() {
    // Computing the difference takes long.
    List<Problem> early = AtomicFileOutput.problems(output, 0, target());
    if (!early.isEmpty()) {
      throw new MokumeException(early);
    }
    Path difference = temporary();
    try {
      MergeOptions once = options.withOverwrite(true).withDurable(false);
      MergePlan plan = Mokume.merge(lora.difference(), difference, once).plan();
      try (Checkpoint computed = Checkpoints.open(difference)) {
        return Extraction.ofDifference(
            differences(computed, plan), output, extraction(), settings());
      }
    } finally {
      delete(difference);
    }
  }

  private Path temporary() {
    Path parent = output.toAbsolutePath().getParent();
    Path folder = parent == null ? Path.of(".").toAbsolutePath() : parent;
    try {
      return Files.createTempFile(folder, ".mokume-difference-", ".safetensors");
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          folder
              + ": no file can be made in it, which the difference needs that the LoRA is made of.",
          e);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It stays, hidden; the LoRA is whole all the same.
      file.toFile().deleteOnExit();
    }
  }

  /// Only what was computed is a difference: what the second model lacks is kept as the first has
  /// it.
  private Checkpoint differences(Checkpoint computed, MergePlan plan) {
    Set<String> made =
        plan.tensors().stream()
            .filter(tensor -> tensor.treatment() == Treatment.MERGED)
            .map(tensor -> tensor.spec().name())
            .collect(Collectors.toSet());
    if (made.isEmpty()) {
      throw new MokumeException(
          ErrorCode.MISMATCHED_INPUTS,
          output
              + ": nothing of what the LoRA is to be made of is a difference; link a node that"
              + " subtracts one model from another.");
    }
    List<PlannedTensor> kept =
        plan.tensors().stream()
            .filter(tensor -> !made.contains(tensor.spec().name()))
            .filter(tensor -> FactorNames.isNamed(tensor.spec().name()))
            .toList();
    if (!kept.isEmpty()) {
      options
          .listener()
          .noted(
              "%s: %s no difference and not in the LoRA, as %s."
                  .formatted(
                      output,
                      Amount.count(kept.size(), "tensor is", "tensors are"),
                      kept.getFirst().spec().name()));
    }
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>(computed.tensors());
    tensors.keySet().retainAll(made);
    return new CheckpointView(computed, tensors);
  }

  private ExtractionOptions extraction() {
    LayerForm factors =
        lora.difference().compat().has(Quirk.CUT_FACTORS)
            ? LayerForm.COMFYUI_FACTORS
            : LayerForm.FACTORS;
    return ExtractionOptions.ofRank(new RankChoice.Fixed(lora.rank()))
        .withNames(FactorNames.COMFYUI)
        .withSmallTensors(lora.hasBiases())
        .withLayers(lora.isWhole() ? LayerForm.DIFFERENCE : factors);
  }

  private AtomicFileOutput.Options target() {
    return AtomicFileOutput.Options.defaults()
        .replaceExisting(options.overwrite())
        .durable(options.durable());
  }

  private RunSettings settings() {
    return new RunSettings(
        options.threads(),
        options.memory(),
        false,
        target(),
        options.cancellation()::isCancelled,
        options.listener()::progressed);
  }
}
