package dev.mokume.architecture;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The parameters of a checkpoint by every name that they go by: the original one, that of the
/// diffusers or the transformers library, and both with underscores for dots, as LoRA files of
/// kohya's have them.
///
/// The flat names are made from the dotted ones and never taken apart again, which could not be
/// done without doubt.
public final class ModuleNames {
  /// A stored tensor that a parameter is, or is a part of, or consists of with others.
  ///
  /// @param tensor its name in the checkpoint
  /// @param piece what of it is what of the parameter: `taken` are rows of the tensor, `place` rows
  ///   of the parameter, `change` leads from the tensor to the parameter
  public record Target(String tensor, Piece piece) {}

  private record Key(Component component, String flat) {}

  private final Map<Key, List<Target>> targets = new HashMap<>();

  private ModuleNames() {}

  /// Of the components that are stored variously: diffusion model, text encoders, VAE; and of
  /// language models, which have but the one name.
  ///
  /// @param tensors their names
  /// @param places where each belongs
  /// @param forms how each component is stored under these names
  public static ModuleNames of(
      Collection<String> tensors,
      Function<String, TensorPlace> places,
      Function<Component, Optional<StoredForm>> forms) {
    ModuleNames names = new ModuleNames();
    Map<Key, List<Target>> elsewhere = new HashMap<>();
    for (String tensor : tensors) {
      TensorPlace place = places.apply(tensor);
      if (!place.isStoredVariously() && place.component() != Component.LM) {
        continue;
      }
      put(names.targets, place.component(), tensor, Piece.whole(place.localName()));
      forms
          .apply(place.component())
          .map(form -> form.counterparts(place.localName()))
          .orElse(List.of())
          .forEach(piece -> put(elsewhere, place.component(), tensor, piece));
    }
    // A name that means something in both ways means what it does in this file.
    elsewhere.forEach(names.targets::putIfAbsent);
    return names;
  }

  private static void put(
      Map<Key, List<Target>> targets, Component component, String tensor, Piece piece) {
    targets
        .computeIfAbsent(new Key(component, flat(piece.localName())), _ -> new ArrayList<>())
        .add(new Target(tensor, piece));
  }

  private static String flat(String name) {
    return name.replace('.', '_');
  }

  /// What a module's parameter is in the checkpoint: one tensor, a part of one, or several that it
  /// consists of; empty if the component has none of that name.
  ///
  /// @param module its name within the component, with dots or underscores:
  ///   `down_blocks.0.attentions.0.proj_in`, `text_model_encoder_layers_0_mlp_fc1`
  /// @param parameter `weight` or `bias`; empty if `module` is a parameter's whole name
  public List<Target> find(Component component, String module, String parameter) {
    String whole = parameter.isEmpty() ? module : module + "." + parameter;
    return List.copyOf(targets.getOrDefault(new Key(component, flat(whole)), List.of()));
  }
}
