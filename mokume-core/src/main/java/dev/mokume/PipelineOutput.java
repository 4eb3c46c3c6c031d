package dev.mokume;

import dev.mokume.architecture.Architecture;
import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.plan.MergeOutput;
import dev.mokume.plan.PlannedTensor;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.Shape;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A merge into a folder in the layout of the diffusers library: an output for each component, the
/// configuration of each, and the index that makes a model of them.
///
/// What a checkpoint does not have, scheduler and tokenizers, comes from the first model that is
/// such a folder itself.
final class PipelineOutput {
  private static final String FILE = ".safetensors";

  private final Path folder;
  private final PipelineKind kind;
  private final List<PipelineKind.Part> parts = new ArrayList<>();
  private final List<MergeOutput> outputs = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final List<Path> created = new ArrayList<>();
  private final Optional<Path> source;

  private PipelineOutput(Path folder, PipelineKind kind, Optional<Path> source) {
    this.folder = folder;
    this.kind = kind;
    this.source = source;
  }

  /// @throws MokumeException if a model cannot be opened, or if Mokume does not write folders of
  ///   the architecture
  static PipelineOutput of(Recipe recipe, Path folder) {
    if (String.valueOf(folder.getFileName()).toLowerCase(Locale.ROOT).endsWith(FILE)) {
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT,
          folder
              + ": is the name of a file, but names: diffusers of several components makes a"
              + " folder. Leave its extension out, or name one component in only.");
    }
    List<String> names = List.copyOf(recipe.models().keySet());
    try (OpenCheckpoints opened = OpenCheckpoints.of(List.copyOf(recipe.models().values()))) {
      SequencedMap<String, Detection> models = new LinkedHashMap<>();
      Optional<Path> source = Optional.empty();
      for (int i = 0; i < names.size(); i++) {
        Checkpoint model = opened.checkpoints().get(i);
        models.put(names.get(i), detect(model));
        source = source.or(model::pipeline);
      }
      Detection first = Objects.requireNonNull(models.get(recipe.firstModel()));
      PipelineOutput output = new PipelineOutput(folder, kind(first, models), source);
      switch (recipe.result()) {
        case Result.Checkpoint checkpoint -> output.plan(recipe, checkpoint, first, models);
        case Result.MaskFile _ ->
            throw new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "the recipe makes a mask, which is a file and not a folder in the layout of"
                    + " diffusers.");
      }
      return output;
    }
  }

  private static Detection detect(Checkpoint model) {
    return Architectures.detect(
        model.tensors().values().stream().map(StoredTensor::spec).toList(), model.metadata());
  }

  private static PipelineKind kind(Detection first, Map<String, Detection> models) {
    Architecture architecture =
        first.components().containsKey(Component.UNET)
            ? first.architecture()
            : models.values().stream()
                .filter(model -> model.components().containsKey(Component.UNET))
                .findFirst()
                .orElse(first)
                .architecture();
    return PipelineKind.of(architecture)
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.UNWRITABLE_OUTPUT,
                "names: diffusers makes a folder of SD 1.x, SD 2.x, SDXL, SD 3 or FLUX.1, but the"
                    + " output is of "
                    + architecture.words()
                    + ". Write a checkpoint file with names: as-stored."));
  }

  private void plan(
      Recipe recipe,
      Result.Checkpoint result,
      Detection first,
      SequencedMap<String, Detection> models) {
    for (PipelineKind.Part part : kind.parts()) {
      Component component = part.component();
      boolean there =
          first.components().containsKey(component)
              || result.components().containsKey(component)
                  && models.values().stream()
                      .anyMatch(model -> model.components().containsKey(component));
      if (there && result.writes(component)) {
        parts.add(part);
        outputs.add(
            new MergeOutput(
                recipe.withResult(alone(result, component)), folder.resolve(part.file())));
      } else {
        notes.add(
            "%s: '%s' is not in the folder, since %s."
                .formatted(
                    folder,
                    part.name(),
                    there
                        ? component.words() + " is not to be written"
                        : "no model has " + component.words()));
      }
    }
    Set<Component> written =
        kind.parts().stream().map(PipelineKind.Part::component).collect(Collectors.toSet());
    first
        .components()
        .forEach((component, tensors) -> {
          if (!written.contains(component)) {
            notes.add(
                "%s: %s of %s (%s) have no place in a folder in the layout of diffusers and are"
                        .formatted(
                            folder,
                            component.words(),
                            recipe.firstModel(),
                            Amount.count(tensors, "tensor", "tensors"))
                    + " left out.");
          }
        });
  }

  /// What a part of the folder holds.
  private static Result alone(Result.Checkpoint result, Component component) {
    SequencedMap<Component, Weights> own = new LinkedHashMap<>(result.components());
    own.keySet().retainAll(Set.of(component));
    return result.withComponents(own).withOnly(Set.of(component)).withNames(Names.DIFFUSERS);
  }

  /// One a part; together they are made in one pass.
  List<MergeOutput> outputs() {
    return outputs;
  }

  List<MergeReport> merge(MergeOptions options) {
    try {
      createFolders();
      List<MergeReport> reports = Mokume.merge(outputs, options);
      complete(reports);
      notes.forEach(options.listener()::warned);
      return reports;
    } catch (IOException e) {
      removeEmptyFolders();
      throw new MokumeException(
          ErrorCode.UNWRITABLE_OUTPUT, folder + ": cannot be written: " + Reason.of(e) + ".", e);
    } catch (RuntimeException e) {
      removeEmptyFolders();
      throw e;
    }
  }

  private void createFolders() throws IOException {
    create(folder);
    for (PipelineKind.Part part : parts) {
      create(folder.resolve(part.name()));
    }
  }

  private void create(Path wanted) throws IOException {
    if (!Files.isDirectory(wanted)) {
      Files.createDirectory(wanted);
      created.add(wanted);
    }
  }

  /// What a merge that failed leaves behind.
  private void removeEmptyFolders() {
    for (Path path : created.reversed()) {
      try {
        Files.deleteIfExists(path);
      } catch (DirectoryNotEmptyException stays) {
        return;
      } catch (IOException e) {
        return;
      }
    }
  }

  /// Everything but the weights; the index last, so that a folder that has one is whole.
  private void complete(List<MergeReport> reports) throws IOException {
    PipelineFiles files = new PipelineFiles(folder, kind, source);
    for (int i = 0; i < parts.size(); i++) {
      Map<String, Shape> tensors = new TreeMap<>();
      List<PlannedTensor> planned = reports.get(i).plan().tensors();
      planned.forEach(tensor -> tensors.put(tensor.spec().name(), tensor.spec().shape()));
      boolean isCopy =
          planned.stream().allMatch(tensor -> tensor.treatment() == PlannedTensor.Treatment.COPIED);
      files.writeConfig(parts.get(i), tensors, isCopy);
    }
    files.copyBeside();
    files.writeIndex(parts.stream().map(PipelineKind.Part::name).collect(Collectors.toSet()));
    notes.addAll(files.notes());
  }
}
