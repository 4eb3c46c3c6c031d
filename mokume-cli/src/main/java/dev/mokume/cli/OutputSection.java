package dev.mokume.cli;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.recipe.Compat;
import dev.mokume.recipe.Encoding;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Result.Ema;
import dev.mokume.recipe.Result.Mismatch;
import dev.mokume.recipe.Result.Names;
import dev.mokume.recipe.Result.PositionIds;
import dev.mokume.recipe.Result.Untouched;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Rounding;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/// Writes the options about the output ([OutputFlags]) into a recipe.
final class OutputSection {
  private final OutputFlags flags;
  private final SequencedMap<String, Path> models;
  private final Problems problems = new Problems();

  /// Whether the output may get components that the recipe alone would not write.
  private final boolean widens;

  private OutputSection(OutputFlags flags, Recipe recipe, boolean widens) {
    this.flags = flags;
    this.widens = widens;
    this.models = new LinkedHashMap<>(recipe.models());
  }

  /// @param headers what a checkpoint is; asked for the first model when `--dtype` names no
  ///   component
  /// @throws MokumeException with every problem of these options
  static Recipe apply(OutputFlags flags, Recipe recipe, Function<Path, Detection> headers) {
    return new OutputSection(flags, recipe, true).apply(recipe, headers);
  }

  /// The same for one of a workflow's outputs, which holds what its node saves and no other
  /// component.
  ///
  /// @throws MokumeException with every problem of these options
  static Recipe applyToSaved(OutputFlags flags, Recipe recipe, Function<Path, Detection> headers) {
    return new OutputSection(flags, recipe, false).apply(recipe, headers);
  }

  private Recipe apply(Recipe recipe, Function<Path, Detection> headers) {
    Result result =
        switch (recipe.result()) {
          case Result.Checkpoint checkpoint -> checkpoint(checkpoint, recipe, headers);
          case Result.MaskFile mask -> {
            if (flags.concernCheckpoints()) {
              problem(
                  "the recipe writes a mask, so --from, --vae, --dtype, --rounding, --scales,"
                      + " --ema, --position-ids, --only, --names, --on-mismatch, --exclude,"
                      + " --metadata and --max-shard do not apply.");
            }
            yield mask;
          }
        };
    Compat compat =
        flags
            .compat
            .map(text -> problems.collect(Compat.NONE, () -> Compat.parse(text)))
            .orElse(recipe.compat());
    Rng rng =
        flags
            .rng
            .map(text -> problems.collect(Rng.STATELESS, () -> Rng.parse(text)))
            .orElse(recipe.rng());
    problems.throwIfAny();
    return new Recipe(
        models,
        recipe.stacks(),
        recipe.weights(),
        recipe.masks(),
        recipe.ratios(),
        result,
        compat,
        rng,
        recipe.tokenizer());
  }

  private Result checkpoint(
      Result.Checkpoint checkpoint, Recipe recipe, Function<Path, Detection> headers) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>(checkpoint.components());
    for (String item : flags.from) {
      takeFrom(item, checkpoint, components, recipe, headers);
    }
    flags.vae.ifPresent(model -> bake(model, checkpoint, components, recipe, headers));
    Map<Component, DType> dtypes = new EnumMap<>(Component.class);
    dtypes.putAll(checkpoint.dtypes());
    Set<Component> scaled = new TreeSet<>(checkpoint.encoding().scaled());
    for (String item : flags.dtypes) {
      store(item, components.keySet(), dtypes, scaled, recipe, headers);
    }
    return checkpoint
        .withComponents(components)
        .withDtypes(dtypes)
        .withEma(ema(checkpoint.ema()))
        .withPositionIds(
            flags
                .positionIds
                .map(text -> problems.oneOf("--position-ids", text, PositionIds.values()))
                .orElse(checkpoint.positionIds()))
        .withMetadata(metadata(checkpoint.metadata()))
        .withOnly(only(checkpoint, components.keySet()))
        .withNames(
            flags
                .names
                .map(text -> problems.oneOf("--names", text, Names.values()))
                .orElse(checkpoint.names()))
        .withUntouched(untouched(checkpoint.untouched()))
        .withEncoding(encoding(checkpoint.encoding(), scaled));
  }

  private Encoding encoding(Encoding written, Set<Component> scaled) {
    return new Encoding(
        scaled,
        flags
            .scales
            .map(text -> problems.oneOf("--scales", text, Encoding.Scales.values()))
            .orElse(written.scales()),
        flags
            .rounding
            .map(text ->
                problems.collect("--rounding", written.rounding(), () -> Rounding.parse(text)))
            .orElse(written.rounding()));
  }

  /// `--vae`, which is `--from vae=`.
  private void bake(
      String model,
      Result.Checkpoint checkpoint,
      SequencedMap<Component, Weights> components,
      Recipe recipe,
      Function<Path, Detection> headers) {
    if (flags.from.stream().anyMatch(item -> item.toLowerCase(Locale.ROOT).startsWith("vae="))) {
      problem("--vae and --from vae= both say where the VAE comes from; give one of them.");
    } else {
      takeFrom("vae=" + model, checkpoint, components, recipe, headers);
    }
  }

  private void takeFrom(
      String item,
      Result.Checkpoint checkpoint,
      SequencedMap<Component, Weights> components,
      Recipe recipe,
      Function<Path, Detection> headers) {
    int equals = item.indexOf('=');
    if (equals <= 0 || equals == item.length() - 1) {
      problem("--from: '" + item + "' is not COMPONENT=MODEL; write --from vae=C.safetensors.");
      return;
    }
    Set<Component> group = new TreeSet<>(parsed("--from", item.substring(0, equals)));
    group.removeIf(component -> !widens && flags.only.isEmpty() && !checkpoint.writes(component));
    if (group.isEmpty()) {
      return;
    }
    String text = item.substring(equals + 1);
    String model = models.containsKey(text) ? text : named(Checkpoints.place(text));
    for (Component component : present(group, model, recipe, headers)) {
      components.put(component, new Weights.Source(model));
    }
  }

  /// `clip` stands for every text encoder there may be: only those that the model has.
  private Set<Component> present(
      Set<Component> group, String model, Recipe recipe, Function<Path, Detection> headers) {
    if (group.size() <= 1) {
      return group;
    }
    Path path = models.getOrDefault(model, recipe.models().firstEntry().getValue());
    Set<Component> there =
        new TreeSet<>(problems.collect(group, () -> headers.apply(path).components().keySet()));
    there.retainAll(group);
    if (there.isEmpty()) {
      problems.add(ErrorCode.MISMATCHED_INPUTS, path + ": has no text encoder to take.");
    }
    return there;
  }

  private String named(Path path) {
    for (Map.Entry<String, Path> model : models.entrySet()) {
      if (model.getValue().equals(path)) {
        return model.getKey();
      }
    }
    int index = models.size();
    while (models.containsKey(ModelNames.letter(index))) {
      index++;
    }
    models.put(ModelNames.letter(index), path);
    return ModelNames.letter(index);
  }

  private void store(
      String item,
      Set<Component> named,
      Map<Component, DType> dtypes,
      Set<Component> scaled,
      Recipe recipe,
      Function<Path, Detection> headers) {
    int equals = item.indexOf('=');
    String text = item.substring(equals + 1);
    Optional<DType> dtype = Dtypes.parseStored(text, problems);
    Set<Component> there = all(named, recipe, headers);
    Set<Component> wanted = equals < 0 ? there : parsed("--dtype", item.substring(0, equals));
    for (Component component : wanted) {
      // `clip` stands for every text encoder there may be.
      if (dtype.isPresent() && (wanted.size() == 1 || there.contains(component))) {
        dtypes.put(component, dtype.get());
        if (Dtypes.isScaled(text)) {
          scaled.add(component);
        } else {
          scaled.remove(component);
        }
      }
    }
  }

  private Set<Component> all(
      Set<Component> named, Recipe recipe, Function<Path, Detection> headers) {
    Set<Component> all = new TreeSet<>(named);
    Path first = recipe.models().firstEntry().getValue();
    all.addAll(problems.collect(Set.of(), () -> headers.apply(first).components().keySet()));
    return all;
  }

  private Set<Component> parsed(String option, String name) {
    return problems.collect(option, Set.of(), () -> Component.parseGroup(name));
  }

  /// What the recipe writes alone, and what `--from` adds to that.
  private Set<Component> only(Result.Checkpoint checkpoint, Set<Component> named) {
    if (flags.only.isEmpty()) {
      Set<Component> only = new TreeSet<>(checkpoint.only());
      if (!only.isEmpty()) {
        named.stream()
            .filter(component -> !checkpoint.components().containsKey(component))
            .forEach(only::add);
      }
      return only;
    }
    Set<Component> only = new TreeSet<>();
    for (String item : flags.only) {
      only.addAll(parsed("--only", item));
    }
    return only;
  }

  /// What is given goes before what a recipe file says.
  private Map<String, String> metadata(Map<String, String> written) {
    Map<String, String> metadata = new TreeMap<>(written);
    for (String item : flags.metadata) {
      int equals = item.indexOf('=');
      String key = equals < 0 ? item : item.substring(0, equals);
      if (equals <= 0) {
        problem("--metadata: '" + item + "' is not KEY=TEXT; write --metadata title=Mine.");
      } else if (Result.Checkpoint.isReserved(key)) {
        problem("--metadata cannot set '" + key + "', which Mokume writes itself.");
      } else {
        metadata.put(key, item.substring(equals + 1));
      }
    }
    return metadata;
  }

  private Ema ema(Ema otherwise) {
    if (flags.ema.isEmpty()) {
      return otherwise;
    }
    return problems.oneOf("--ema", flags.ema.get(), Ema.values());
  }

  /// Patterns are added to those of a recipe file.
  private Untouched untouched(Untouched written) {
    List<String> exclude = new ArrayList<>(written.exclude());
    exclude.addAll(flags.exclude);
    return new Untouched(
        flags
            .onMismatch
            .map(text -> problems.oneOf("--on-mismatch", text, Mismatch.values()))
            .orElse(written.mismatch()),
        exclude);
  }

  private void problem(String message) {
    problems.add(message);
  }
}
