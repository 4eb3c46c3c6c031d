package dev.mokume.recipe.mergekit;

import dev.mokume.tensor.DType;
import dev.mokume.tokenizer.TokenizerSpec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// One config of mergekit, as it was written. Made by [#read].
public final class MergekitConfig {
  private final Optional<String> name;
  private final MergeMethod method;
  private final Content content;
  private final Optional<ModelReference> base;
  private final Parameters parameters;
  private final Optional<DType> dtype;
  private final Optional<DType> outDtype;
  private final Optional<TokenizerSpec> tokenizer;
  private final Map<ModelReference, String> architectures;
  private final String text;
  private final String source;
  private final List<String> notes;

  /// What is merged.
  sealed interface Content {
    /// Whole models.
    record Models(List<Source> models) implements Content {
      public Models {
        models = List.copyOf(models);
      }
    }

    /// Layers of models, one slice upon the other.
    record Slices(List<Slice> slices) implements Content {
      public Slices {
        slices = List.copyOf(slices);
      }
    }

    /// Each part of a model on its own.
    record Modules(SequencedMap<String, Module> modules) implements Content {
      public Modules {
        modules = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(modules));
      }
    }
  }

  /// @param content [Content.Models] or [Content.Slices]
  record Module(Content content, Parameters parameters) {}

  record Slice(List<Source> sources, Optional<ModelReference> base, Parameters parameters) {
    Slice {
      sources = List.copyOf(sources);
    }
  }

  /// A model, or layers of it.
  ///
  /// @param layers nothing for all
  record Source(ModelReference model, Optional<Layers> layers, Parameters parameters) {}

  /// Layers `from` to `end - 1`.
  record Layers(int from, int end) {
    int count() {
      return end - from;
    }
  }

  MergekitConfig(
      Optional<String> name,
      MergeMethod method,
      Content content,
      Optional<ModelReference> base,
      Parameters parameters,
      Optional<DType> dtype,
      Optional<DType> outDtype,
      Optional<TokenizerSpec> tokenizer,
      Map<ModelReference, String> architectures,
      String text,
      String source,
      List<String> notes) {
    this.name = name;
    this.method = method;
    this.content = content;
    this.base = base;
    this.parameters = parameters;
    this.dtype = dtype;
    this.outDtype = outDtype;
    this.tokenizer = tokenizer;
    this.architectures = Map.copyOf(architectures);
    this.text = text;
    this.source = source;
    this.notes = List.copyOf(notes);
  }

  /// The configs of a file, in order: one, or several with `---` between them.
  ///
  /// @throws dev.mokume.error.MokumeException `UNREADABLE_INPUT` if the file cannot be read;
  ///   `INVALID_RECIPE` with every problem in it
  public static List<MergekitConfig> read(Path file) {
    return ConfigReader.read(file);
  }

  /// The same from text.
  ///
  /// @param source what to call the text in messages
  /// @throws dev.mokume.error.MokumeException `INVALID_RECIPE` with every problem in it
  public static List<MergekitConfig> read(String text, String source) {
    return ConfigReader.read(text, source);
  }

  /// By which other configs of the file name what it makes; nothing for the last result.
  public Optional<String> name() {
    return name;
  }

  public MergeMethod method() {
    return method;
  }

  Content content() {
    return content;
  }

  Optional<ModelReference> base() {
    return base;
  }

  Parameters parameters() {
    return parameters;
  }

  /// The dtype of the arithmetic, if the config says it.
  Optional<DType> dtype() {
    return dtype;
  }

  /// What the result is stored as, if the config says it.
  Optional<DType> stored() {
    return outDtype.or(() -> dtype);
  }

  /// What becomes of tokenizer and chat template, with models named as the config has them; nothing
  /// if the config says nothing of them.
  Optional<TokenizerSpec> tokenizer() {
    return tokenizer;
  }

  /// The architectures of models for which the config says another than they do, by the model
  /// without its adapter.
  Map<ModelReference, String> architectures() {
    return architectures;
  }

  /// As it was written, without the others of its file.
  public String text() {
    return text;
  }

  /// What to call its text in messages.
  String source() {
    return source;
  }

  /// A sentence for each key that was ignored.
  List<String> notes() {
    return notes;
  }

  /// Every model that it names, each once, the base first.
  public List<ModelReference> models() {
    LinkedHashMap<ModelReference, Boolean> models = new LinkedHashMap<>();
    base.ifPresent(model -> models.put(model, true));
    sources(content).forEach(source -> models.put(source.model(), true));
    slices(content).forEach(slice -> slice.base().ifPresent(model -> models.put(model, true)));
    return List.copyOf(models.keySet());
  }

  private static List<Source> sources(Content content) {
    return switch (content) {
      case Content.Models(var models) -> models;
      case Content.Slices(var slices) ->
          slices.stream().flatMap(slice -> slice.sources().stream()).toList();
      case Content.Modules(var modules) ->
          modules.values().stream().flatMap(module -> sources(module.content()).stream()).toList();
    };
  }

  private static List<Slice> slices(Content content) {
    return switch (content) {
      case Content.Models _ -> List.of();
      case Content.Slices(var slices) -> slices;
      case Content.Modules(var modules) ->
          modules.values().stream().flatMap(module -> slices(module.content()).stream()).toList();
    };
  }
}
