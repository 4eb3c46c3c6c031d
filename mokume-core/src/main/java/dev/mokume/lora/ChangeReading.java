package dev.mokume.lora;

import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.lora.Change.Factored;
import dev.mokume.lora.ModuleChange.Parameter;
import dev.mokume.tensor.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Puts together what the tensors of one module say.
final class ChangeReading {
  /// More than a butterfly over any weight has, whose every stage doubles what it mixes.
  private static final int MOST_STAGES = 32;

  /// Two matrices that no alpha scales.
  private static final Set<Role> WHOLE_KRONECKER = Set.of(Role.KRONECKER_1, Role.KRONECKER_2);

  private final String module;
  private final Map<Role, StoredTensor> parts;
  private final Optional<PeftConfig> config;
  private final List<ModuleChange> changes = new ArrayList<>();
  private final List<Unread> unread = new ArrayList<>();
  private final SequencedSet<StoredTensor> used = new LinkedHashSet<>();
  private final OptionalDouble alpha;

  /// @param parts of the module, at least one
  ChangeReading(String module, Map<Role, StoredTensor> parts, Optional<PeftConfig> config) {
    this.module = module;
    this.parts = new EnumMap<>(parts);
    this.config = config;
    this.alpha = alpha();
    refuseUnblendable();
    lowRank();
    embedding();
    hadamard();
    kronecker();
    generalised();
    rotation();
    whole(Role.DIFFERENCE, Parameter.WEIGHT);
    whole(Role.BIAS_DIFFERENCE, Parameter.BIAS);
    whole(Role.REPLACEMENT, Parameter.WEIGHT);
    tellUnused();
  }

  List<ModuleChange> changes() {
    return changes;
  }

  List<Unread> unread() {
    return unread;
  }

  private OptionalDouble alpha() {
    StoredTensor tensor = parts.remove(Role.ALPHA);
    if (tensor == null) {
      return OptionalDouble.empty();
    }
    OptionalDouble value = SmallNumber.of(tensor);
    if (value.isPresent() && Double.isFinite(value.getAsDouble())) {
      return value;
    }
    String found =
        value.isPresent()
            ? String.valueOf(value.getAsDouble())
            : "stored as " + tensor.spec().dtype() + " " + tensor.spec().shape();
    String reason = "the alpha of its module is " + found + " in place of one finite number";
    unread.add(new Unread(tensor.name(), reason));
    refuseScaled(reason);
    return OptionalDouble.empty();
  }

  /// Without its alpha, how strongly a change was meant is not known.
  private void refuseScaled(String reason) {
    EnumSet<Role> unscaled =
        EnumSet.of(Role.DIFFERENCE, Role.BIAS_DIFFERENCE, Role.REPLACEMENT, Role.RESHAPE);
    if (parts.keySet().containsAll(WHOLE_KRONECKER)) {
      unscaled.addAll(WHOLE_KRONECKER);
      unscaled.add(Role.MAGNITUDE);
      unscaled.add(Role.ROW_MAGNITUDE);
    }
    parts
        .entrySet()
        .removeIf(part -> {
          boolean isScaled = !unscaled.contains(part.getKey());
          if (isScaled) {
            unread.add(new Unread(part.getValue().name(), reason));
          }
          return isScaled;
        });
  }

  private void refuseUnblendable() {
    parts
        .values()
        .removeIf(tensor -> {
          boolean refused =
              !tensor.spec().dtype().isBlendable()
                  || tensor.spec().elementCount() == 0
                  || tensor.spec().shape().rank() == 0;
          if (refused) {
            unread.add(
                new Unread(
                    tensor.name(),
                    "it is stored as "
                        + tensor.spec().dtype()
                        + " "
                        + tensor.spec().shape()
                        + ", which is not computed with"));
          }
          return refused;
        });
  }

  private double scale(long rank) {
    if (alpha.isPresent()) {
      return alpha.getAsDouble() / rank;
    }
    return config.map(peft -> peft.scale(module, rank)).orElse(1.0);
  }

  private @Nullable StoredTensor part(Role role) {
    return parts.get(role);
  }

  private void add(Parameter parameter, Change change) {
    boolean ofRows = parts.containsKey(Role.ROW_MAGNITUDE);
    StoredTensor magnitude =
        parameter == Parameter.BIAS ? null : part(ofRows ? Role.ROW_MAGNITUDE : Role.MAGNITUDE);
    boolean additive =
        switch (change) {
          case Change.LowRank _, Change.Hadamard _, Change.Kronecker _, Change.Generalised _ ->
              true;
          case Change.Rotation _, Change.Decomposed _, Change.Difference _, Change.Replacement _ ->
              false;
        };
    Change whole =
        magnitude != null && additive ? new Change.Decomposed(change, magnitude, ofRows) : change;
    used.addAll(whole.tensors());
    changes.add(
        new ModuleChange(
            module, parameter, whole, whole.tensors().stream().map(StoredTensor::name).toList()));
  }

  private void lowRank() {
    StoredTensor up = part(Role.UP);
    StoredTensor down = part(Role.DOWN);
    if (up == null || down == null) {
      return;
    }
    Optional<StoredTensor> mid = Optional.ofNullable(part(Role.MID));
    long rank = Change.first(down);
    boolean fits =
        Change.rest(up) == rank
            && mid.map(core ->
                    isCore(core) && Change.first(core) == rank && dimension(core, 1) == rank)
                .orElse(true);
    if (!fits) {
      doNotFit(up, down);
      return;
    }
    boolean transposed = config.map(PeftConfig::transposed).orElse(false);
    add(Parameter.WEIGHT, new Change.LowRank(up, down, mid, scale(rank), transposed));
  }

  private void embedding() {
    StoredTensor up = part(Role.EMBEDDING_UP);
    StoredTensor down = part(Role.EMBEDDING_DOWN);
    if (up == null || down == null) {
      return;
    }
    long rank = Change.first(down);
    if (Change.rest(up) != rank) {
      doNotFit(up, down);
      return;
    }
    add(Parameter.WEIGHT, new Change.LowRank(up, down, Optional.empty(), scale(rank), true));
  }

  private void hadamard() {
    StoredTensor left = part(Role.HADAMARD_1A);
    StoredTensor right = part(Role.HADAMARD_1B);
    StoredTensor otherLeft = part(Role.HADAMARD_2A);
    StoredTensor otherRight = part(Role.HADAMARD_2B);
    if (left == null || right == null || otherLeft == null || otherRight == null) {
      return;
    }
    Optional<StoredTensor> core = Optional.ofNullable(part(Role.HADAMARD_CORE_1));
    Optional<StoredTensor> otherCore = Optional.ofNullable(part(Role.HADAMARD_CORE_2));
    Factored first = new Factored(left, Optional.of(right), core);
    Factored second = new Factored(otherLeft, Optional.of(otherRight), otherCore);
    if (core.isPresent() != otherCore.isPresent()
        || !coresAre4d(core, otherCore)
        || !first.fits()
        || !second.fits()
        || first.rows() != second.rows()
        || first.columns() != second.columns()) {
      doNotFit(left, right);
      return;
    }
    add(Parameter.WEIGHT, new Change.Hadamard(first, second, scale(first.rank())));
  }

  private void kronecker() {
    Optional<Factored> left =
        factored(Role.KRONECKER_1, Role.KRONECKER_1A, Role.KRONECKER_1B, Optional.empty());
    Optional<Factored> right =
        factored(
            Role.KRONECKER_2,
            Role.KRONECKER_2A,
            Role.KRONECKER_2B,
            Optional.ofNullable(part(Role.KRONECKER_CORE_2)));
    if (left.isEmpty() || right.isEmpty()) {
      return;
    }
    if (!left.get().fits() || !right.get().fits() || !coresAre4d(right.get().core())) {
      doNotFit(left.get().left(), right.get().left());
      return;
    }
    // Of two matrices that are stored whole, alpha says nothing. As ComfyUI has it, the second
    // pair's rank goes before the first's.
    long rank = right.get().right().isPresent() ? right.get().rank() : left.get().rank();
    double scale = rank == 0 ? 1 : scale(rank);
    add(Parameter.WEIGHT, new Change.Kronecker(left.get(), right.get(), scale));
  }

  private Optional<Factored> factored(
      Role whole, Role left, Role right, Optional<StoredTensor> core) {
    StoredTensor matrix = part(whole);
    StoredTensor a = part(left);
    StoredTensor b = part(right);
    if (matrix != null) {
      return Optional.of(Factored.whole(matrix));
    }
    return a == null || b == null
        ? Optional.empty()
        : Optional.of(new Factored(a, Optional.of(b), core));
  }

  private void generalised() {
    StoredTensor a1 = part(Role.GENERALISED_A1);
    StoredTensor a2 = part(Role.GENERALISED_A2);
    StoredTensor b1 = part(Role.GENERALISED_B1);
    StoredTensor b2 = part(Role.GENERALISED_B2);
    if (a1 == null || a2 == null || b1 == null || b2 == null) {
      return;
    }
    Optional<StoredTensor> core = Optional.ofNullable(part(Role.GENERALISED_BM));
    // The first versions of LyCORIS had the two of each pair the other way round.
    boolean isNew = Change.rest(b1) == Change.first(b2) && Change.rest(a1) == Change.first(a2);
    boolean isOld = Change.rest(b2) == Change.first(b1) && Change.rest(a2) == Change.first(a1);
    boolean isSquare = Change.first(a1) == Change.first(b1) && isOld;
    Change.Generalised change;
    if (isNew && !isSquare && core.isEmpty()) {
      long rank = Change.first(a2);
      change =
          new Change.Generalised(
              Factored.product(a1, a2), Factored.product(b1, b2), scale(rank), false);
    } else if (isOld && core.isEmpty()) {
      long rank = Change.first(a1);
      change =
          new Change.Generalised(
              Factored.product(a2, a1), Factored.product(b2, b1), scale(rank), true);
    } else {
      doNotFit(a1, b1);
      return;
    }
    if (change.a().rows() != change.a().columns()) {
      doNotFit(a1, a2);
      return;
    }
    add(Parameter.WEIGHT, change);
  }

  private void rotation() {
    StoredTensor blocks = part(Role.ROTATION);
    if (blocks == null) {
      return;
    }
    Shape shape = blocks.spec().shape();
    int last = shape.rank() - 1;
    boolean square =
        (shape.rank() == 3 || shape.rank() == 4)
            && shape.dimension(last) == shape.dimension(last - 1)
            && (shape.rank() == 3
                || shape.dimension(last) % 2 == 0 && shape.dimension(0) <= MOST_STAGES);
    if (!square) {
      doNotFit(blocks, blocks);
      return;
    }
    Change.Rotation change =
        new Change.Rotation(blocks, Optional.ofNullable(part(Role.RESCALE)), alpha.orElse(0));
    if (change.rescale().isPresent()
        && change.rescale().get().spec().elementCount() != change.rows()) {
      doNotFit(blocks, change.rescale().get());
      return;
    }
    add(Parameter.WEIGHT, change);
  }

  private void whole(Role role, Parameter parameter) {
    StoredTensor tensor = part(role);
    if (tensor != null) {
      add(
          parameter,
          role == Role.REPLACEMENT
              ? new Change.Replacement(tensor)
              : new Change.Difference(tensor));
    }
  }

  private static boolean isCore(StoredTensor core) {
    return core.spec().shape().rank() >= 3;
  }

  @SafeVarargs
  private static boolean coresAre4d(Optional<StoredTensor>... cores) {
    for (Optional<StoredTensor> core : cores) {
      if (core.isPresent() && !isCore(core.get())) {
        return false;
      }
    }
    return true;
  }

  private static long dimension(StoredTensor tensor, int index) {
    return tensor.spec().shape().dimension(index);
  }

  private void doNotFit(StoredTensor one, StoredTensor other) {
    used.add(one);
    used.add(other);
    String shapes =
        one.equals(other)
            ? "its shape " + one.spec().shape() + " is not that of such blocks"
            : "the shapes " + one.spec().shape() + " and " + other.spec().shape() + " do not fit";
    unread.add(new Unread(one.name(), shapes));
    if (!one.equals(other)) {
      unread.add(new Unread(other.name(), shapes));
    }
  }

  private void tellUnused() {
    parts.forEach((role, tensor) -> {
      if (!used.contains(tensor)) {
        unread.add(
            new Unread(
                tensor.name(),
                role == Role.RESHAPE
                    ? "it changes the shape of a weight, which is not supported"
                    : "what belongs to it is not in the file"));
      }
    });
  }
}
