package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A reason why two checkpoints should not be merged as they are.
///
/// @param text a paragraph that names both and says what to do next
public record Mismatch(Kind kind, String text) {
  /// What does not fit. A caller that lets users overrule one kind must still refuse the others.
  public enum Kind {
    ARCHITECTURE,
    /// A component under names that cannot be read as the other's, so that tensors do not meet.
    NAMES,
    /// v-prediction against epsilon.
    PREDICTION,
    /// First layers with another number of channels: inpainting against ordinary.
    INPUTS
  }

  private static final Set<Architecture> LLAMA_NAMES =
      EnumSet.of(Architecture.LLAMA, Architecture.MISTRAL);
  private static final Set<Architecture> FLUX =
      EnumSet.of(Architecture.FLUX_DEV, Architecture.FLUX_SCHNELL);

  public Problem problem() {
    return new Problem(ErrorCode.MISMATCHED_INPUTS, text);
  }

  /// Every reason against merging `b` into `a`, in the order of [Kind]; none if they fit as far as
  /// names tell. Shapes are not compared tensor by tensor.
  public static List<Mismatch> between(String nameA, Detection a, String nameB, Detection b) {
    Optional<Mismatch> architecture = architecture(nameA, a, nameB, b);
    if (architecture.isPresent()) {
      return List.of(architecture.get());
    }
    List<Mismatch> found = new ArrayList<>();
    names(nameA, a, nameB, b).ifPresent(found::add);
    prediction(nameA, a, nameB, b).ifPresent(found::add);
    inputs(nameA, a, nameB, b).ifPresent(found::add);
    return found;
  }

  private static Optional<Mismatch> architecture(
      String nameA, Detection a, String nameB, Detection b) {
    if (Collections.disjoint(a.components().keySet(), b.components().keySet())) {
      return Optional.of(
          new Mismatch(
              Kind.ARCHITECTURE,
              "%s holds %s, but %s holds %s: they have nothing in common to merge. Merge checkpoints of one family."
                  .formatted(nameB, parts(b), nameA, parts(a))));
    }
    if (fits(a, b)) {
      return Optional.empty();
    }
    return Optional.of(
        new Mismatch(
            Kind.ARCHITECTURE,
            "%s does not fit %s: this looks like %s against %s. Merge checkpoints of one family."
                .formatted(nameB, nameA, words(b), words(a))));
  }

  private static boolean fits(Detection a, Detection b) {
    Architecture left = a.architecture();
    Architecture right = b.architecture();
    if (left == right) {
      boolean otherTargets =
          a.target().isPresent() && b.target().isPresent() && !a.target().equals(b.target());
      return !otherTargets;
    }
    if (FLUX.contains(left) && FLUX.contains(right)
        || LLAMA_NAMES.contains(left) && LLAMA_NAMES.contains(right)) {
      return true;
    }
    // A part may well fit a model that has such a part; the shapes will tell.
    return isPart(a) || isPart(b);
  }

  private static boolean isPart(Detection detection) {
    return detection.architecture() != Architecture.LORA
        && (detection.has(Trait.VAE_ONLY) || detection.has(Trait.TEXT_ENCODERS_ONLY));
  }

  private static Optional<Mismatch> names(String nameA, Detection a, String nameB, Detection b) {
    return a.components().keySet().stream()
        .filter(component -> isStrange(a.form(component), b.form(component)))
        .findFirst()
        .map(component ->
            new Mismatch(
                Kind.NAMES,
                "%s and %s name the tensors of %s in ways between which there is no known one, so they do not meet. Leave it out with only, or take it from one of them."
                    .formatted(nameA, nameB, component.words())));
  }

  private static boolean isStrange(Optional<StoredForm> a, Optional<StoredForm> b) {
    return a.isPresent() && b.isPresent() && !b.get().leadsTo(a.get());
  }

  private static Optional<Mismatch> prediction(
      String nameA, Detection a, String nameB, Detection b) {
    Set<Prediction> both = Set.of(Prediction.V, Prediction.EPSILON);
    boolean differ =
        a.prediction() != b.prediction()
            && both.contains(a.prediction())
            && both.contains(b.prediction());
    if (!differ) {
      return Optional.empty();
    }
    return Optional.of(
        new Mismatch(
            Kind.PREDICTION,
            "%s predicts %s, but %s predicts %s: a blend of the two gives broken pictures. Merge models of one prediction type; if a model only lacks its marker, say which type it has."
                .formatted(nameA, a.prediction().words(), nameB, b.prediction().words())));
  }

  private static Optional<Mismatch> inputs(String nameA, Detection a, String nameB, Detection b) {
    if (a.inputChannels().isEmpty() || b.inputChannels().isEmpty()) {
      return Optional.empty();
    }
    int left = a.inputChannels().getAsInt();
    int right = b.inputChannels().getAsInt();
    if (left == right) {
      return Optional.empty();
    }
    return Optional.of(
        new Mismatch(
            Kind.INPUTS,
            "the first layer of %s takes %s, but that of %s takes %s. Merge models of one kind, or leave the first layer as it is in %s."
                .formatted(nameA, channels(a, left), nameB, channels(b, right), nameA)));
  }

  private static String channels(Detection detection, int channels) {
    String kind =
        detection.has(Trait.INPAINTING)
            ? " (inpainting)"
            : detection.has(Trait.EDITING) ? " (editing)" : "";
    return channels + " channels" + kind;
  }

  private static String parts(Detection detection) {
    if (detection.components().isEmpty()) {
      return "nothing";
    }
    return detection.components().keySet().stream()
        .map(Component::words)
        .collect(Collectors.joining(", "));
  }

  private static String words(Detection detection) {
    return detection
        .target()
        .map(target -> "a LoRA for " + target.words())
        .orElse(detection.architecture().words());
  }
}
