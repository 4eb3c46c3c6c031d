package dev.mokume.inspection;

import dev.mokume.architecture.Architectures;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.lora.Adapter;
import dev.mokume.lora.Change;
import dev.mokume.lora.ModuleChange;
import dev.mokume.lora.ModuleChange.Parameter;
import dev.mokume.lora.Unread;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;

/// What a LoRA, or one of its kin, does to which parts of a model, and what its training noted.
/// From the header and the alphas.
///
/// @param file what a person calls it
/// @param bytes of the file
/// @param tensors how many
/// @param detection what model it is for, as far as the header tells
/// @param parts of the model by what stands before their modules' names, in the order of the file
/// @param unread tensors that are not understood
/// @param training the metadata that begin with `ss_` or `modelspec.`, by name, but for tags
/// @param tags that the captions had, the most frequent first
public record AdapterReport(
    String file,
    long bytes,
    int tensors,
    Detection detection,
    SequencedMap<String, Part> parts,
    List<Unread> unread,
    SequencedMap<String, String> training,
    List<String> tags) {
  public AdapterReport {
    parts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parts));
    unread = List.copyOf(unread);
    training = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(training));
    tags = List.copyOf(tags);
  }

  /// One part of a model.
  ///
  /// @param modules how many are changed
  /// @param kinds of change, and how many parameters each changes
  /// @param ranks and how many changes have each
  /// @param scales what products are multiplied by (alpha divided by the rank), and how many
  public record Part(
      int modules,
      SequencedMap<String, Integer> kinds,
      SequencedMap<Long, Integer> ranks,
      SequencedMap<Double, Integer> scales) {
    public Part {
      kinds = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(kinds));
      ranks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(ranks));
      scales = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(scales));
    }
  }

  /// Counts of one part, in the making.
  private static final class Counts {
    final Set<String> modules = new HashSet<>();
    final TreeMap<String, Integer> kinds = new TreeMap<>();
    final TreeMap<Long, Integer> ranks = new TreeMap<>();
    final TreeMap<Double, Integer> scales = new TreeMap<>();

    void add(ModuleChange change) {
      modules.add(change.module());
      kinds.merge(kind(change), 1, Integer::sum);
      rank(change.change()).ifPresent(rank -> ranks.merge(rank, 1, Integer::sum));
      scale(change.change()).ifPresent(scale -> scales.merge(scale, 1, Integer::sum));
    }

    Part part() {
      return new Part(modules.size(), kinds, ranks, scales);
    }
  }

  /// Reads nothing but what is open already and the tags.
  ///
  /// @throws dev.mokume.error.MokumeException `MALFORMED_CHECKPOINT` if its tags cannot be read
  public static AdapterReport of(Adapter adapter) {
    Checkpoint checkpoint = adapter.checkpoint();
    SequencedMap<String, Counts> counts = new LinkedHashMap<>();
    for (ModuleChange change : adapter.changes()) {
      counts.computeIfAbsent(part(change.module()), _ -> new Counts()).add(change);
    }
    SequencedMap<String, Part> parts = new LinkedHashMap<>();
    counts.forEach((name, count) -> parts.put(name, count.part()));
    TreeMap<String, String> training = new TreeMap<>(checkpoint.metadata());
    training
        .keySet()
        .removeIf(key ->
            key.equals(TagFrequency.KEY)
                || !key.startsWith("ss_") && !key.startsWith("modelspec."));
    return new AdapterReport(
        adapter.name(),
        checkpoint.sources().stream().mapToLong(ByteSource::size).sum(),
        checkpoint.tensors().size(),
        Architectures.detect(
            checkpoint.tensors().values().stream().map(StoredTensor::spec).toList(),
            checkpoint.metadata()),
        parts,
        adapter.unread(),
        training,
        TagFrequency.of(adapter.name(), checkpoint.metadata()));
  }

  /// `unet`, `te1`, `text_encoder_2`: what the file calls the part of the model that a module is
  /// of; `model` if it has no word for it.
  private static String part(String module) {
    if (module.startsWith("lora_")) {
      String rest = module.substring("lora_".length());
      int end = rest.indexOf('_');
      return end > 0 ? rest.substring(0, end) : rest;
    }
    int dot = module.indexOf('.');
    String first = dot < 0 ? module : module.substring(0, dot);
    return switch (first) {
      case "unet",
          "transformer",
          "diffusion_model",
          "text_encoder",
          "text_encoder_2",
          "text_encoder_3",
          "text_encoders" ->
          first;
      default -> "model";
    };
  }

  private static String kind(ModuleChange change) {
    String bias = change.parameter() == Parameter.BIAS ? " of a bias" : "";
    return kind(change.change()) + bias;
  }

  private static String kind(Change change) {
    return switch (change) {
      case Change.LowRank low -> low.mid().isPresent() ? "LoCon with a core" : "LoRA";
      case Change.Hadamard _ -> "LoHa";
      case Change.Kronecker _ -> "LoKr";
      case Change.Generalised _ -> "GLoRA";
      case Change.Rotation rotation -> rotation.isButterfly() ? "BOFT" : "OFT";
      case Change.Decomposed decomposed -> "DoRA of " + kind(decomposed.change());
      case Change.Difference _ -> "difference";
      case Change.Replacement _ -> "replacement";
    };
  }

  private static OptionalLong rank(Change change) {
    return switch (change) {
      case Change.LowRank low -> OptionalLong.of(low.rank());
      case Change.Hadamard hadamard -> OptionalLong.of(hadamard.first().rank());
      case Change.Generalised generalised -> OptionalLong.of(generalised.b().rank());
      case Change.Decomposed decomposed -> rank(decomposed.change());
      case Change.Kronecker kronecker -> {
        long rank = Math.max(kronecker.left().rank(), kronecker.right().rank());
        yield rank == 0 ? OptionalLong.empty() : OptionalLong.of(rank);
      }
      case Change.Rotation _, Change.Difference _, Change.Replacement _ -> OptionalLong.empty();
    };
  }

  private static OptionalDouble scale(Change change) {
    return switch (change) {
      case Change.LowRank low -> OptionalDouble.of(low.scale());
      case Change.Hadamard hadamard -> OptionalDouble.of(hadamard.scale());
      case Change.Kronecker kronecker -> OptionalDouble.of(kronecker.scale());
      case Change.Generalised generalised -> OptionalDouble.of(generalised.scale());
      case Change.Decomposed decomposed -> scale(decomposed.change());
      case Change.Rotation _, Change.Difference _, Change.Replacement _ -> OptionalDouble.empty();
    };
  }
}
