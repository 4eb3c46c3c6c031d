package dev.mokume.lora;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.StoredTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A LoRA file, or one of its kin, opened: what it does to which module. Start here.
///
/// Of the weights only the alphas are read, which are single numbers.
public final class Adapter implements AutoCloseable {
  /// What PEFT puts before the names of a model's modules.
  static final String PEFT = "base_model.model.";

  private final Checkpoint checkpoint;
  private final List<ModuleChange> changes = new ArrayList<>();
  private final List<Unread> unread = new ArrayList<>();

  private Adapter(Checkpoint checkpoint, Optional<PeftConfig> config) {
    this.checkpoint = checkpoint;
    boolean earlyIsKnown = EarlyNames.areKnown(checkpoint.tensors());
    SequencedMap<String, Map<Role, StoredTensor>> modules = new LinkedHashMap<>();
    for (StoredTensor tensor : checkpoint.tensors().values()) {
      Optional<Spelling> spelling = Spelling.of(tensor.name());
      if (spelling.isEmpty()) {
        readWhole(tensor, config.isPresent());
      } else if (EarlyNames.isEarly(spelling.get().module()) && !earlyIsKnown) {
        unread.add(
            new Unread(
                tensor.name(),
                "its module is only counted, and there are more or fewer of them than such files"
                    + " for Stable Diffusion 1.5 have"));
      } else {
        add(modules, spelling.get(), tensor);
      }
    }
    modules.forEach((module, parts) -> {
      ChangeReading reading = new ChangeReading(module, parts, config);
      changes.addAll(reading.changes());
      unread.addAll(reading.unread());
    });
  }

  private void add(
      SequencedMap<String, Map<Role, StoredTensor>> modules,
      Spelling spelling,
      StoredTensor tensor) {
    String module =
        EarlyNames.isEarly(spelling.module())
            ? EarlyNames.module(spelling.module())
            : spelling.module();
    StoredTensor other =
        modules
            .computeIfAbsent(module, _ -> new EnumMap<>(Role.class))
            .putIfAbsent(spelling.role(), tensor);
    if (other != null) {
      unread.add(new Unread(tensor.name(), "another tensor says the same of that module"));
    }
  }

  /// PEFT stores modules that were trained whole, and biases, under the model's own names.
  private void readWhole(StoredTensor tensor, boolean isPeft) {
    String name =
        tensor.name().replace(".modules_to_save.default.", ".").replace(".modules_to_save.", ".");
    boolean isWeight = name.endsWith(".weight");
    if ((isPeft || name.startsWith(PEFT)) && (isWeight || name.endsWith(".bias"))) {
      changes.add(
          new ModuleChange(
              name.substring(0, name.lastIndexOf('.')),
              isWeight ? ModuleChange.Parameter.WEIGHT : ModuleChange.Parameter.BIAS,
              new Change.Replacement(tensor),
              List.of(tensor.name())));
    } else {
      unread.add(new Unread(tensor.name(), "what it is for is not known"));
    }
  }

  /// Opens the file, or PEFT's folder with its config; a config beside the file counts as well.
  ///
  /// @throws dev.mokume.error.MokumeException as [Checkpoints#open] does, and for a config that is
  ///   not as PEFT writes it
  public static Adapter open(Path path) {
    Checkpoint checkpoint = Checkpoints.open(path);
    try {
      return of(checkpoint, path);
    } catch (RuntimeException e) {
      checkpoint.close();
      throw e;
    }
  }

  /// The adapter in a checkpoint that is open; closing the one closes the other.
  ///
  /// @param path that the checkpoint was opened at
  public static Adapter of(Checkpoint checkpoint, Path path) {
    return new Adapter(checkpoint, PeftConfig.beside(path));
  }

  /// What a person calls it, for messages.
  public String name() {
    return checkpoint.name();
  }

  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /// Everything that it does, in the order of its file.
  public List<ModuleChange> changes() {
    return List.copyOf(changes);
  }

  /// Tensors that are not understood, with the reason.
  public List<Unread> unread() {
    return List.copyOf(unread);
  }

  @Override
  public void close() {
    checkpoint.close();
  }
}
