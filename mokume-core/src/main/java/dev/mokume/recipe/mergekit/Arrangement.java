package dev.mokume.recipe.mergekit;

import dev.mokume.architecture.NumberedLayers;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.recipe.mergekit.MergekitConfig.Content;
import dev.mokume.recipe.mergekit.MergekitConfig.Layers;
import dev.mokume.recipe.mergekit.MergekitConfig.Module;
import dev.mokume.recipe.mergekit.MergekitConfig.Slice;
import dev.mokume.recipe.mergekit.MergekitConfig.Source;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;

/// Which layers of which models the output's layers are made of.
final class Arrangement {
  private static final List<String> MAIN =
      List.of("default", "text_decoder", "text_model", "language_model", "decoder", "model");
  private static final List<String> VISION =
      List.of("vision_tower", "vision_model", "vision_encoder", "visual", "vision");

  private final MergekitConfig config;
  private final Map<ModelReference, OpenModel> models;
  private final List<Problem> problems;
  private final SequencedMap<String, List<Stage>> rows = new LinkedHashMap<>();

  /// The row that the tensors of no layer go by.
  private String main = "";

  /// What the tensors before the layers are made of, and those behind.
  private Stage before = new Stage(List.of(), Parameters.NONE, Parameters.NONE);

  private Stage behind = before;

  /// What the head is called if some models have only an embedding for it.
  private Optional<String> head = Optional.empty();

  /// Layers of the output that are made alike.
  ///
  /// @param sources the base first, the others as the config has them; all have as many layers
  record Stage(List<Strand> sources, Parameters parameters, Parameters module) {
    Stage {
      sources = List.copyOf(sources);
    }

    int count() {
      return sources.getFirst().layers().count();
    }

    /// The model whose tensors the output has.
    Strand first() {
      return sources.getFirst();
    }
  }

  /// Layers of one model.
  ///
  /// @param adapter that is applied to the model first
  /// @param place among the config's sources, from 0
  record Strand(
      OpenModel model,
      Optional<ModelReference> adapter,
      Layers layers,
      Parameters parameters,
      boolean isBase,
      int place) {
    Strand withHead(String name) {
      return new Strand(model.withHead(name), adapter, layers, parameters, isBase, place);
    }
  }

  private Arrangement(
      MergekitConfig config, Map<ModelReference, OpenModel> models, List<Problem> problems) {
    this.config = config;
    this.models = models;
    this.problems = problems;
  }

  /// @param models by reference, without adapters
  /// @param problems gets what is wrong
  static Arrangement of(
      MergekitConfig config, Map<ModelReference, OpenModel> models, List<Problem> problems) {
    Arrangement arrangement = new Arrangement(config, models, problems);
    switch (config.content()) {
      case Content.Models(var sources) -> arrangement.addModels(sources, Parameters.NONE);
      case Content.Slices(var slices) -> arrangement.addSlices(slices, Parameters.NONE);
      case Content.Modules(var modules) -> modules.forEach(arrangement::addModule);
    }
    if (problems.isEmpty()) {
      arrangement.settleHead();
    }
    return arrangement;
  }

  /// Tensors of whole models, whatever they are called.
  ///
  /// @param problems gets what is wrong
  static Arrangement flat(
      MergekitConfig config, Map<ModelReference, OpenModel> models, List<Problem> problems) {
    Arrangement arrangement = new Arrangement(config, models, problems);
    switch (config.content()) {
      case Content.Models(var sources) ->
          arrangement.settleOutside(arrangement.withBase(sources), Parameters.NONE);
      case Content.Slices _, Content.Modules _ ->
          arrangement.problem(
              "a flat merge takes tensors by their names, and knows no layers. List models, or use"
                  + " mokume mergekit.");
    }
    return arrangement;
  }

  /// Where one model has a head of its own, all have: of a tied model it is the embedding. So it
  /// is, too, where the last layers come from another model than the embedding.
  private void settleHead() {
    List<OpenModel> last = behind.sources().stream().map(Strand::model).toList();
    Optional<String> tied = last.stream().flatMap(model -> model.tiedHead().stream()).findFirst();
    Optional<String> own = last.stream().flatMap(model -> model.head().stream()).findFirst();
    boolean apart = !before.first().model().reference().equals(behind.first().model().reference());
    if (tied.isEmpty() || own.isEmpty() && !apart) {
      return;
    }
    String name = own.or(() -> tied).orElseThrow();
    head = Optional.of(name);
    behind =
        new Stage(
            behind.sources().stream().map(strand -> strand.withHead(name)).toList(),
            behind.parameters(),
            behind.module());
  }

  /// What the head is called if models that have only an embedding for it get one.
  Optional<String> head() {
    return head;
  }

  /// The stages of each row, in order; first the row that the tensors of no layer go by.
  SequencedMap<String, List<Stage>> rows() {
    SequencedMap<String, List<Stage>> ordered = new LinkedHashMap<>(rows);
    List<Stage> stages = ordered.get(main);
    if (stages != null) {
      ordered.putFirst(main, stages);
    }
    return ordered;
  }

  /// What tensors of no layer are made of.
  ///
  /// @param behind those behind the layers, else those before
  Stage outside(boolean behind) {
    return behind ? this.behind : before;
  }

  /// Whether the output's tensors are those of every model, in order.
  boolean isWhole() {
    return head.isEmpty()
        && rows.entrySet().stream()
            .allMatch(row ->
                row.getValue().size() == 1
                    && row.getValue().getFirst().sources().stream()
                        .allMatch(strand ->
                            strand.layers().from() == 0
                                && strand.layers().end() == strand.model().count(row.getKey())));
  }

  /// The most sources that a stage has.
  int width() {
    return rows.values().stream()
        .flatMap(List::stream)
        .mapToInt(stage -> stage.sources().size())
        .max()
        .orElse(0);
  }

  private OpenModel model(ModelReference reference) {
    return Objects.requireNonNull(models.get(reference.alone()));
  }

  private void problem(String message) {
    problems.add(new Problem(ErrorCode.INVALID_RECIPE, config.source() + ": " + message));
  }

  private void mismatch(String message) {
    problems.add(new Problem(ErrorCode.MISMATCHED_INPUTS, config.source() + ": " + message));
  }

  /// Whole models: every row of the first is a stage of its own.
  private void addModels(List<Source> sources, Parameters module) {
    List<Source> all = withBase(sources);
    OpenModel first = model(first(all, config.base()).model());
    first
        .layers()
        .counts()
        .forEach((row, count) -> {
          List<Strand> strands = new ArrayList<>();
          for (int i = 0; i < all.size(); i++) {
            int own = model(all.get(i).model()).count(row);
            if (own == count) {
              strands.add(strand(all.get(i), new Layers(0, count), config.base(), i));
            } else if (own > 0) {
              mismatch(
                  "%s has %s layers and %s has %s. Say which layers are merged with which, with slices and layer_range."
                      .formatted(all.get(i).model(), own, first.reference(), count));
            }
          }
          rows.put(row, List.of(stage(strands, Parameters.NONE, module)));
        });
    // A model that lacks a row has no place in it.
    main =
        rows.entrySet().stream()
            .max(
                Comparator.<Map.Entry<String, List<Stage>>>comparingInt(
                        row -> row.getValue().getFirst().sources().size())
                    .thenComparing(row -> !NumberedLayers.isOfSenses(row.getKey())))
            .map(Map.Entry::getKey)
            .orElse("");
    settleOutside(all, module);
  }

  private void settleOutside(List<Source> all, Parameters module) {
    List<Strand> strands = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      strands.add(strand(all.get(i), new Layers(0, 0), config.base(), i));
    }
    before = stage(strands, Parameters.NONE, module);
    behind = before;
  }

  /// The base is one of the models, whether it is listed or not.
  private List<Source> withBase(List<Source> sources) {
    boolean listed =
        config.base().isEmpty()
            || sources.stream().anyMatch(source -> source.model().equals(config.base().get()));
    List<Source> all = new ArrayList<>(sources);
    if (!listed) {
      all.add(new Source(config.base().orElseThrow(), Optional.empty(), Parameters.NONE));
    }
    return all;
  }

  private static Source first(List<Source> sources, Optional<ModelReference> base) {
    return sources.stream()
        .filter(source -> base.filter(source.model()::equals).isPresent())
        .findFirst()
        .orElse(sources.getFirst());
  }

  private Strand strand(Source source, Layers layers, Optional<ModelReference> base, int place) {
    return new Strand(
        model(source.model()),
        source.model().adapter(),
        layers,
        source.parameters(),
        base.filter(source.model()::equals).isPresent(),
        place);
  }

  private static Stage stage(List<Strand> strands, Parameters parameters, Parameters module) {
    List<Strand> ordered = new ArrayList<>();
    strands.stream().filter(Strand::isBase).forEach(ordered::add);
    strands.stream().filter(strand -> !strand.isBase()).forEach(ordered::add);
    return new Stage(ordered, parameters, module);
  }

  private void addSlices(List<Slice> slices, Parameters module) {
    OpenModel first = model(slices.getFirst().sources().getFirst().model());
    Optional<String> row = first.row();
    if (row.isEmpty()) {
      mismatch(
          first.reference()
              + " has no tensors with numbered layers, such as model.layers.0, so there are no"
              + " slices of it. List whole models under models.");
      return;
    }
    addSlices(row.get(), slices, module);
    settleOutside(row.get());
  }

  /// Tensors of no layer are made as the first and the last stage of a row.
  private void settleOutside(String row) {
    List<Stage> stages = Objects.requireNonNull(rows.get(row));
    main = row;
    before = outside(stages.getFirst());
    behind = outside(stages.getLast());
  }

  private static Stage outside(Stage stage) {
    return new Stage(
        stage.sources().stream()
            .map(strand ->
                new Strand(
                    strand.model(),
                    strand.adapter(),
                    new Layers(0, 0),
                    strand.parameters(),
                    strand.isBase(),
                    strand.place()))
            .toList(),
        stage.parameters(),
        stage.module());
  }

  private void addSlices(String row, List<Slice> slices, Parameters module) {
    List<Stage> stages = new ArrayList<>();
    for (Slice slice : slices) {
      List<Strand> strands = new ArrayList<>();
      Optional<ModelReference> base = slice.base().or(config::base);
      for (int i = 0; i < slice.sources().size(); i++) {
        Source source = slice.sources().get(i);
        int count = model(source.model()).count(row);
        Layers layers = source.layers().orElse(new Layers(0, count));
        if (layers.end() > count) {
          mismatch(
              "layer_range [%s, %s] of %s is beyond its layers: %s."
                  .formatted(
                      layers.from(),
                      layers.end(),
                      source.model(),
                      count == 0
                          ? "it has no tensor " + row + ".0"
                          : "it has %s, %s.0 to %s.%s".formatted(count, row, row, count - 1)));
        }
        strands.add(strand(source, layers, base, i));
      }
      stages.add(stage(strands, slice.parameters(), module));
    }
    rows.put(row, List.copyOf(stages));
  }

  private void addModule(String name, Module module) {
    switch (module.content()) {
      case Content.Models(var sources) -> {
        List<Source> all = withBase(sources);
        Optional<String> row = row(name, model(all.getFirst().model()));
        if (row.isPresent()) {
          List<Source> whole = new ArrayList<>();
          for (Source source : all) {
            int count = model(source.model()).count(row.get());
            whole.add(
                new Source(source.model(), Optional.of(new Layers(0, count)), source.parameters()));
          }
          addSlices(
              row.get(),
              List.of(new Slice(whole, Optional.empty(), Parameters.NONE)),
              module.parameters());
        }
        settleOutsideIfFirst(row);
      }
      case Content.Slices(var slices) -> {
        Optional<String> row = row(name, model(slices.getFirst().sources().getFirst().model()));
        row.ifPresent(known -> addSlices(known, slices, module.parameters()));
        settleOutsideIfFirst(row);
      }
      case Content.Modules _ -> throw new IllegalStateException("a module has no modules");
    }
  }

  /// Tensors of no layer go by the module of the language model, else by the first.
  private void settleOutsideIfFirst(Optional<String> row) {
    row.filter(known -> before.sources().isEmpty() || !NumberedLayers.isOfSenses(known))
        .ifPresent(this::settleOutside);
  }

  /// The row that a module's name stands for.
  private Optional<String> row(String name, OpenModel model) {
    SequencedMap<String, Integer> counts = model.layers().counts();
    Optional<String> found =
        counts.containsKey(name)
            ? Optional.of(name)
            : VISION.contains(name)
                ? counts.keySet().stream().filter(NumberedLayers::isOfSenses).findFirst()
                : MAIN.contains(name)
                    ? model.row()
                    : counts.keySet().stream()
                        .filter(row -> List.of(row.split("\\.")).contains(name))
                        .findFirst();
    if (found.isEmpty()) {
      problem(
          "%s has no module '%s'; its layers are %s. Give a module one of these names."
              .formatted(model.reference(), name, String.join(", ", counts.keySet())));
    }
    return found;
  }
}
