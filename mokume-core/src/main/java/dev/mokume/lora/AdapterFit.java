package dev.mokume.lora;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.ModuleNames;
import dev.mokume.architecture.Piece;
import dev.mokume.architecture.Rows;
import dev.mokume.error.Amount;
import dev.mokume.error.Quoted;
import dev.mokume.lora.ModuleChange.Parameter;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;

/// Which tensors of a checkpoint an adapter changes, and what of it finds no home there.
public final class AdapterFit {
  private final SequencedMap<String, List<Placed>> placed = new LinkedHashMap<>();
  private final List<Homeless> homeless;

  /// A change of a tensor.
  ///
  /// @param change what becomes of the rows `rows` of the tensor
  /// @param rows all of them unless a module's parameter is but a part of the tensor
  public record Placed(Change change, Rows rows) {}

  /// A tensor of the adapter without a home.
  ///
  /// @param misfitting the weight of another shape, if that is why
  private record Homeless(Unread unread, Optional<TensorSpec> misfitting) {
    String kind() {
      String prefix = ModuleScope.of(unread.key()).prefix();
      return prefix + "\n" + misfitting.map(_ -> "").orElse(unread.reason());
    }
  }

  /// Why a change has no home, as a clause.
  private record Misfit(String reason, Optional<TensorSpec> misfitting) {}

  private AdapterFit(List<Homeless> homeless) {
    this.homeless = new ArrayList<>(homeless);
  }

  /// @param modules of the checkpoint
  /// @param components that it has
  /// @param specs the checkpoint's tensors by name
  public static AdapterFit of(
      Adapter adapter,
      ModuleNames modules,
      Set<Component> components,
      Function<String, Optional<TensorSpec>> specs) {
    AdapterFit fit =
        new AdapterFit(
            adapter.unread().stream()
                .map(unread -> new Homeless(unread, Optional.empty()))
                .toList());
    for (ModuleChange change : adapter.changes()) {
      fit.place(change, modules, components, specs);
    }
    return fit;
  }

  private void place(
      ModuleChange change,
      ModuleNames modules,
      Set<Component> components,
      Function<String, Optional<TensorSpec>> specs) {
    ModuleScope named = ModuleScope.of(change.module());
    ModuleScope scope =
        components.contains(Component.LM) && !components.contains(Component.UNET)
            ? named.inLanguageModel()
            : named;
    List<Component> there = scope.components().stream().filter(components::contains).toList();
    if (there.isEmpty()) {
      leave(change, "this checkpoint has no " + noun(scope.components().getFirst()));
      return;
    }
    List<ModuleNames.Target> targets = find(change, scope, there, modules);
    if (targets.isEmpty()) {
      leave(
          change,
          there.size() == 1
              ? there.getFirst().words() + " of this checkpoint has no such module"
              : "this checkpoint has no such module");
      return;
    }
    List<Misfit> misfits = new ArrayList<>();
    SequencedMap<String, List<Placed>> found = new LinkedHashMap<>();
    for (ModuleNames.Target target : targets) {
      TensorSpec spec = specs.apply(target.tensor()).orElse(null);
      if (spec == null || !spec.dtype().isBlendable()) {
        misfits.add(
            new Misfit(
                Quoted.name(target.tensor())
                    + (spec == null ? " is not written" : " is stored as " + spec.dtype())
                    + ", which is not computed with",
                Optional.empty()));
        continue;
      }
      for (Piece piece : straight(target.piece())) {
        ChangePart part = ChangePart.of(change.change(), piece);
        Optional<Misfit> misfit =
            part.reason()
                .map(reason -> new Misfit(reason, Optional.empty()))
                .or(() -> misfit(part.change(), spec, piece.taken()));
        misfit.ifPresent(misfits::add);
        if (misfit.isEmpty()) {
          found
              .computeIfAbsent(target.tensor(), _ -> new ArrayList<>())
              .add(new Placed(part.change(), piece.taken()));
        }
      }
    }
    if (misfits.isEmpty()) {
      found.forEach((tensor, changes) ->
          placed.computeIfAbsent(tensor, _ -> new ArrayList<>()).addAll(changes));
    } else {
      leave(change, misfits.getFirst());
    }
  }

  private static List<ModuleNames.Target> find(
      ModuleChange change, ModuleScope scope, List<Component> components, ModuleNames modules) {
    String parameter = change.parameter() == Parameter.WEIGHT ? "weight" : "bias";
    for (Component component : components) {
      for (String module : scope.spellings()) {
        List<ModuleNames.Target> targets = modules.find(component, module, parameter);
        if (targets.isEmpty() && change.parameter() == Parameter.WEIGHT) {
          // A parameter that is no module's weight goes by its whole name.
          targets = modules.find(component, module, "");
        }
        if (!targets.isEmpty()) {
          return targets;
        }
      }
    }
    return List.of();
  }

  private static String noun(Component component) {
    String words = component.words();
    return words.startsWith("the ") ? words.substring("the ".length()) : words;
  }

  /// Halves that change places are two pieces.
  private static List<Piece> straight(Piece piece) {
    boolean swapped =
        piece.change() == Piece.Change.HALVES_SWAPPED
            && piece.taken().isAll()
            && piece.place().isAll();
    if (!swapped) {
      return List.of(piece);
    }
    Rows first = new Rows(0, 1, 2);
    Rows second = new Rows(1, 1, 2);
    return List.of(
        new Piece(piece.localName(), first, second, Piece.Change.NONE),
        new Piece(piece.localName(), second, first, Piece.Change.NONE));
  }

  /// Why a change does not fit those rows of a tensor.
  private static Optional<Misfit> misfit(Change change, TensorSpec spec, Rows rows) {
    Shape shape = spec.shape();
    long first = shape.rank() == 0 ? 1 : shape.dimension(0);
    if (first % rows.parts() != 0) {
      return Optional.of(
          new Misfit(
              Quoted.name(spec.name()) + " has " + first + " rows, which do not fall into parts",
              Optional.empty()));
    }
    long height = first / rows.parts() * rows.count();
    long elements = spec.elementCount() / rows.parts() * rows.count();
    return change.fits(height, elements / Math.max(1, height), shape)
        ? Optional.empty()
        : Optional.of(
            new Misfit(
                Quoted.name(spec.name())
                    + " has shape "
                    + shape
                    + ", which "
                    + (rows.isAll() ? "it" : "its part")
                    + " does not fit",
                Optional.of(spec)));
  }

  /// The same for tensors that have other names now.
  ///
  /// @param names for each tensor what it is called here
  public AdapterFit under(Map<String, String> names) {
    AdapterFit fit = new AdapterFit(homeless);
    names.forEach((name, known) -> {
      List<Placed> changes = at(known);
      if (!changes.isEmpty()) {
        fit.placed.put(name, changes);
      }
    });
    return fit;
  }

  private void leave(ModuleChange change, String reason) {
    leave(change, new Misfit(reason, Optional.empty()));
  }

  private void leave(ModuleChange change, Misfit misfit) {
    change
        .keys()
        .forEach(
            key -> homeless.add(new Homeless(new Unread(key, misfit.reason), misfit.misfitting)));
  }

  /// What becomes of a tensor, in the order of the adapter's file; nothing for one that stays.
  public List<Placed> at(String tensor) {
    return placed.getOrDefault(tensor, List.of());
  }

  /// The names of the tensors that are changed.
  public Set<String> tensors() {
    return placed.keySet();
  }

  /// The adapter's tensors that find no home, with the reason.
  public List<Unread> homeless() {
    return homeless.stream().map(Homeless::unread).toList();
  }

  /// The same in sentences, one for all that are of a kind: ``24 tensors `lora_te2_*`: this
  /// checkpoint has no CLIP-G text encoder``. What fits no weight by its shape is of one kind.
  public List<String> homelessInWords() {
    SequencedMap<String, List<Homeless>> kinds = new LinkedHashMap<>();
    for (Homeless key : homeless) {
      kinds.computeIfAbsent(key.kind(), _ -> new ArrayList<>()).add(key);
    }
    return kinds.values().stream().map(kind -> names(kind) + ": " + reason(kind) + ".").toList();
  }

  private static String names(List<Homeless> kind) {
    String first = kind.getFirst().unread.key();
    String prefix = ModuleScope.of(first).prefix();
    if (kind.size() == 1) {
      return Quoted.name(first);
    }
    return Amount.count(kind.size(), "tensor", "tensors")
        + (prefix.isEmpty() ? " such as " + Quoted.name(first) : " " + Quoted.name(prefix + "*"));
  }

  private static String reason(List<Homeless> kind) {
    List<TensorSpec> weights =
        kind.stream().flatMap(key -> key.misfitting.stream()).distinct().toList();
    return weights.size() <= 1
        ? kind.getFirst().unread.reason()
        : "they do not fit the shapes of %s weights, as of %s, which is %s"
            .formatted(
                Amount.count(weights.size()),
                Quoted.name(weights.getFirst().name()),
                weights.getFirst().shape());
  }
}
