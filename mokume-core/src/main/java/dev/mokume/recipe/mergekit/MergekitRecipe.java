package dev.mokume.recipe.mergekit;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.NumberedLayers;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.recipe.Quirk;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.Rng;
import dev.mokume.recipe.Stack;
import dev.mokume.recipe.Weights;
import dev.mokume.recipe.mergekit.Arrangement.Stage;
import dev.mokume.recipe.mergekit.Arrangement.Strand;
import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenizerMerge;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A config as the recipe that does the same, and what else belongs to the model that comes out.
/// Start here.
///
/// Where the config takes layers as they are, models are used whole. Otherwise each source of the
/// slices, first to last, becomes a [Stack], so that all of them have the output's names. Tensors
/// that are made alike, by the same models and numbers, share an expression, and a [Weights.Choice]
/// tells them apart.
public final class MergekitRecipe {
  private final MergekitConfig config;
  private final ModelPlaces places;
  private final MergekitOptions options;
  private final Optional<FlatMerge> flat;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<String> notes = new LinkedHashSet<>();
  private final SequencedMap<ModelReference, OpenModel> models = new LinkedHashMap<>();
  private final SequencedMap<String, Path> paths = new LinkedHashMap<>();
  private final SequencedMap<String, Stack> stacks = new LinkedHashMap<>();
  private final Map<ModelReference, Path> adapters = new HashMap<>();
  private Optional<ModelConfig> modelConfig = Optional.empty();
  private Optional<TokenizerMerge> tokenizer = Optional.empty();
  private Optional<TokenizerSpec> tokenizerSpec = Optional.empty();
  private final Recipe recipe;

  private MergekitRecipe(
      MergekitConfig config,
      ModelPlaces places,
      MergekitOptions options,
      Optional<FlatMerge> flat) {
    this.config = config;
    this.places = places;
    this.options = options;
    this.flat = flat;
    openModels();
    throwIfAny();
    Arrangement arrangement = flat.isPresent() ? flatArrangement() : arrangement();
    OutputMixes mixes = mixes(arrangement);
    Weights weights = weights(mixes);
    if (flat.isEmpty()) {
      adjustConfig(arrangement, mixes.byTensor().keySet());
    }
    notes.addAll(config.notes());
    notes.addAll(MixReading.idle(config, parameters(arrangement)));
    throwIfAny();
    this.recipe = recipe(weights);
    forgetTensors();
  }

  /// Of tens of thousands of tensors nothing is needed any more; the plan takes their place.
  private void forgetTensors() {
    models.replaceAll((_, model) -> model.withoutTensors());
  }

  /// Settles what a config asks for, reading headers only.
  ///
  /// @param places where its models lie
  /// @throws MokumeException with every problem found
  public static MergekitRecipe of(
      MergekitConfig config, ModelPlaces places, MergekitOptions options) {
    return new MergekitRecipe(config, places, options, Optional.empty());
  }

  /// Settles what a config asks for of checkpoints of any kind, whose tensors are merged by their
  /// names: they have neither layers nor tokenizers, and every gradient is at its start.
  ///
  /// @param tensors which tensors the output has; nothing if all models are to have the same
  /// @throws MokumeException with every problem found
  public static MergekitRecipe flat(
      MergekitConfig config,
      ModelPlaces places,
      MergekitOptions options,
      Optional<Result.Tensors> tensors) {
    return new MergekitRecipe(config, places, options, Optional.of(new FlatMerge(tensors)));
  }

  private Arrangement arrangement() {
    refuseOtherArchitectures();
    throwIfAny();
    alignTokenizers();
    Arrangement arrangement = Arrangement.of(config, models, problems);
    throwIfAny();
    if (!arrangement.isWhole()) {
      assemble(arrangement);
    }
    return arrangement;
  }

  private Arrangement flatArrangement() {
    if (config.tokenizer().isPresent()) {
      problems.add(
          new Problem(
              ErrorCode.INVALID_RECIPE,
              config.source()
                  + ": a flat merge has no tokenizer; leave tokenizer_source, tokenizer and"
                  + " chat_template out, or use mokume mergekit."));
    }
    Arrangement arrangement = Arrangement.flat(config, models, problems);
    throwIfAny();
    return arrangement;
  }

  /// A key that was ignored may be one that is missing, misspelt.
  private void throwIfAny() {
    if (!problems.isEmpty()) {
      config.notes().forEach(note -> problems.add(new Problem(ErrorCode.INVALID_RECIPE, note)));
      throw new MokumeException(List.copyOf(problems));
    }
  }

  private void openModels() {
    Set<String> names = new HashSet<>();
    for (ModelReference reference : config.models()) {
      try {
        ModelReference alone = reference.alone();
        if (!models.containsKey(alone)) {
          String name = free(reference.path(), names);
          OpenModel model =
              OpenModel.open(name, alone, places.of(alone), config.architectures().get(alone));
          models.put(alone, model);
          paths.put(name, model.path());
        }
        if (reference.adapter().isPresent()) {
          ModelReference adapter = reference.adapter().get();
          adapters.put(adapter, places.of(adapter));
        }
      } catch (MokumeException e) {
        problems.addAll(e.problems());
      }
    }
  }

  /// Architectures are those that the models' own configs name, or that the config of mergekit puts
  /// in their place.
  private void refuseOtherArchitectures() {
    if (options.mixed()) {
      return;
    }
    OpenModel first = donor();
    List<OpenModel> others =
        models.values().stream().filter(model -> first.kind().isOther(model.kind())).toList();
    if (!others.isEmpty()) {
      problems.add(
          new Problem(
              ErrorCode.MISMATCHED_INPUTS,
              "%s: %s is %s, but %s. Merge models of one architecture, or allow others with --allow-crimes: what has the same names and shapes is merged then."
                  .formatted(
                      config.source(),
                      first.reference(),
                      first.kind(),
                      others.stream()
                          .map(model -> model.reference() + " is " + model.kind())
                          .collect(Collectors.joining(", ")))));
    }
  }

  /// Settles the vocabulary; the models have its rows from here on.
  private void alignTokenizers() {
    if (config.tokenizer().isEmpty()) {
      return;
    }
    Map<String, String> names = new HashMap<>();
    SequencedMap<String, Path> folders = new LinkedHashMap<>();
    models.forEach((reference, model) -> {
      names.put(reference.toString(), model.name());
      folders.put(model.name(), model.folder());
    });
    TokenizerSpec spec = config.tokenizer().get().renamed(name -> names.getOrDefault(name, name));
    TokenizerMerge merge = TokenizerMerge.of(spec, folders, donor().name());
    models.replaceAll((_, model) -> model.resized(merge::resized));
    tokenizer = Optional.of(merge);
    tokenizerSpec = Optional.of(spec);
    if (spec.source().isEmpty()) {
      // Else the plan tells them.
      notes.addAll(merge.notes());
    }
  }

  /// What the recipe calls a model: the last part of its path.
  private static String free(String path, Set<String> taken) {
    String[] parts = path.split("[/\\\\]+");
    String wish =
        parts.length == 0 || parts[parts.length - 1].isBlank() ? "model" : parts[parts.length - 1];
    String name = wish;
    for (int i = 2; !taken.add(name); i++) {
      name = wish + "-" + i;
    }
    return name;
  }

  private void assemble(Arrangement arrangement) {
    for (int column = 0; column < arrangement.width(); column++) {
      int own = column;
      SequencedMap<String, List<Stack.Slice>> rows = new LinkedHashMap<>();
      arrangement
          .rows()
          .forEach((row, stages) ->
              rows.put(row, stages.stream().map(stage -> slice(stage, own)).toList()));
      stacks.put(stackName(column), new Stack(rows, arrangement.head()));
    }
  }

  private String stackName(int column) {
    String name = "stack-" + (column + 1);
    return paths.containsKey(name) ? name + "-of-layers" : name;
  }

  /// Where a stage has fewer sources its first stands in, so that the layers behind keep their
  /// numbers; nothing is made of it.
  private static Stack.Slice slice(Stage stage, int column) {
    Strand strand = stage.sources().get(column < stage.sources().size() ? column : 0);
    return new Stack.Slice(strand.model().name(), strand.layers().from(), strand.layers().end());
  }

  private OutputMixes mixes(Arrangement arrangement) {
    MixReading reading = new MixReading(config, problems);
    OutputMixes mixes = new OutputMixes(reading, this::weights, notes, flat.isPresent());
    mixes.addLayers(arrangement);
    flat.ifPresentOrElse(
        merge ->
            mixes.addAll(
                merge.targets(List.copyOf(models.values()), config.source(), problems),
                arrangement.outside(false)),
        () -> mixes.addOutside(arrangement));
    throwIfAny();
    return mixes;
  }

  /// What makes each tensor of the output.
  private Weights weights(OutputMixes mixes) {
    List<Weights> made = new ArrayList<>();
    MethodWeights method = new MethodWeights(config.method(), options.seed());
    for (Mix mix : mixes.distinct()) {
      made.add(made(method, mix));
    }
    throwIfAny();
    if (made.size() == 1) {
      return made.getFirst();
    }
    return choice(Beginnings.of(mixes.byTensor()), made);
  }

  private Weights made(MethodWeights method, Mix mix) {
    if (flat.isPresent() && config.base().isPresent() && isWithoutBase(mix)) {
      notes.add(
          config.base().get()
              + " lacks tensors that others have; they are as in the first of those.");
      return mix.inputs().getFirst().weights();
    }
    try {
      return method.of(mix);
    } catch (IllegalArgumentException e) {
      Problem problem =
          new Problem(
              ErrorCode.INVALID_RECIPE,
              "%s: %s %s.".formatted(config.source(), config.method().id(), e.getMessage()));
      if (!problems.contains(problem)) {
        problems.add(problem);
      }
      return mix.inputs().getFirst().weights();
    }
  }

  private boolean isWithoutBase(Mix mix) {
    return config.method().needsBase() && mix.base().isEmpty();
  }

  /// The group that takes most words to name needs none.
  private static Weights choice(
      SequencedMap<Integer, List<String>> beginnings, List<Weights> made) {
    int most =
        beginnings.entrySet().stream()
            .max(Comparator.comparingInt(entry -> entry.getValue().size()))
            .map(Map.Entry::getKey)
            .orElse(0);
    List<Weights.Case> cases = new ArrayList<>();
    beginnings.forEach((group, names) -> {
      if (group != most) {
        cases.add(new Weights.Case(names, made.get(group)));
      }
    });
    return new Weights.Choice(cases, made.get(most));
  }

  private Weights weights(Strand strand, int column) {
    String model = strand.model().name();
    Weights source = new Weights.Source(stacks.isEmpty() ? model : stackName(column));
    return strand
        .adapter()
        .<Weights>map(adapter ->
            new Weights.Adapted(
                source,
                Objects.requireNonNull(adapters.get(adapter)),
                new Ratio.Constant(1),
                false,
                stacks.isEmpty() ? Optional.empty() : Optional.of(model)))
        .orElse(source);
  }

  private static Stream<Parameters> parameters(MergekitConfig config, Arrangement arrangement) {
    Stream<Stage> stages =
        Stream.concat(
            arrangement.rows().values().stream().flatMap(List::stream),
            Stream.of(arrangement.outside(false), arrangement.outside(true)));
    return Stream.concat(
        Stream.of(config.parameters()),
        stages.flatMap(stage ->
            Stream.concat(
                Stream.of(stage.parameters(), stage.module()),
                stage.sources().stream().map(Strand::parameters))));
  }

  private Stream<Parameters> parameters(Arrangement arrangement) {
    return parameters(config, arrangement);
  }

  /// The model whose config and tokenizer the output has.
  private OpenModel donor() {
    return models.firstEntry().getValue();
  }

  private void adjustConfig(Arrangement arrangement, Set<String> tensors) {
    modelConfig = ModelConfig.in(donor().folder());
    if (modelConfig.isEmpty()) {
      return;
    }
    ModelConfig adjusted = modelConfig.get();
    if (!stacks.isEmpty()) {
      arrangement
          .rows()
          .forEach((row, stages) -> {
            List<Integer> former = new ArrayList<>();
            for (Stage stage : stages) {
              for (int i = 0; i < stage.count(); i++) {
                former.add(stage.first().layers().from() + i);
              }
            }
            adjusted.setLayers(NumberedLayers.isOfSenses(row), former.size(), former::get);
          });
    }
    boolean hadHead = hasHead(donor().tensors().keySet());
    boolean hasHead = hasHead(tensors);
    if (hadHead != hasHead && adjusted.isTied().orElse(!hadHead) == hasHead) {
      adjusted.setTied(!hasHead);
    }
    tokenizer
        .map(TokenizerMerge::vocabularySize)
        .filter(OptionalInt::isPresent)
        .ifPresent(size -> adjusted.setVocabulary(size.getAsInt()));
    if (!tokenizerFolder().equals(donorFolder())) {
      ModelConfig.in(tokenizerFolder()).ifPresent(adjusted::takeTokenIds);
    }
    config.stored().flatMap(MergekitRecipe::torchName).ifPresent(adjusted::setDtype);
  }

  private static boolean hasHead(Collection<String> tensors) {
    return tensors.stream().anyMatch(NumberedLayers::isHead);
  }

  private static Optional<String> torchName(DType dtype) {
    return dtype.equals(DType.BF16)
        ? Optional.of("bfloat16")
        : dtype.equals(DType.F16)
            ? Optional.of("float16")
            : dtype.equals(DType.F32) ? Optional.of("float32") : Optional.empty();
  }

  private Recipe recipe(Weights weights) {
    SequencedMap<Component, Weights> components = new LinkedHashMap<>();
    Map<Component, DType> dtypes = new EnumMap<>(Component.class);
    for (Component component : Component.values()) {
      components.put(component, weights);
      config.stored().ifPresent(dtype -> dtypes.put(component, dtype));
    }
    return new Recipe(
        paths,
        stacks,
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        new LinkedHashMap<>(),
        Result.Checkpoint.of(components)
            .withDtypes(dtypes)
            .withTensors(flat.map(FlatMerge::written).orElse(Result.Tensors.FIRST)),
        options.compat(),
        Rng.STATELESS,
        tokenizerSpec.filter(spec -> spec.source().isPresent()),
        config.dtype().filter(_ -> options.compat().has(Quirk.STEPWISE_ROUNDING)));
  }

  /// Whether it makes weights only, of models of any kind.
  public boolean isFlat() {
    return flat.isPresent();
  }

  /// What is to be done.
  public Recipe recipe() {
    return recipe;
  }

  /// The config that it was made from.
  public MergekitConfig config() {
    return config;
  }

  /// The folder of the model whose tokenizer and other files the output has: the base, else the
  /// first.
  public Path donorFolder() {
    return donor().folder();
  }

  /// The tokenizer of the output; nothing if the config asks for none, and the donor's files are
  /// copied.
  public Optional<TokenizerMerge> tokenizer() {
    return tokenizer;
  }

  /// The folder of the model whose tokenizer it begins with, and whose ids special tokens have.
  public Path tokenizerFolder() {
    return tokenizer
        .flatMap(merge ->
            models.values().stream()
                .filter(model -> model.name().equals(merge.donor()))
                .findFirst())
        .map(OpenModel::folder)
        .orElse(donorFolder());
  }

  /// The `config.json` of the output; nothing if the first model has none.
  public Optional<ModelConfig> modelConfig() {
    return modelConfig;
  }

  /// The folders of all models.
  public Set<Path> folders() {
    Set<Path> folders = new TreeSet<>();
    models.values().forEach(model -> folders.add(model.folder()));
    return folders;
  }

  /// The text of a README with the head that the Hugging Face hub reads.
  ///
  /// @param title of the model
  public String card(String title) {
    return new ModelCard(config, repositories(), title).text();
  }

  /// The models that are repositories of the Hugging Face hub, by name.
  private List<String> repositories() {
    return models.keySet().stream()
        .filter(places::isRepository)
        .map(ModelReference::path)
        .distinct()
        .toList();
  }

  /// What a person should know, as sentences.
  public List<String> notes() {
    return List.copyOf(notes);
  }
}
