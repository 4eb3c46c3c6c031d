package dev.mokume.checkpoint;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;

/// Tells checkpoints whose tensors look like plain weights but mean something only together with
/// scales or codebooks that lie beside them. Blending such tensors would damage a model in silence.
///
/// Scaled 8-bit floats, whose values are known, are among them as long as they are looked at as
/// they are stored.
public final class QuantisedWeights {
  private static final String METADATA = "_quantization_metadata";

  /// One way of quantising, by the names that it leaves. The first that fits counts.
  private record Sign(String what, BiPredicate<StoredTensor, Checkpoint> matches) {
    static Sign name(String what, Predicate<String> matches) {
      return new Sign(what, (tensor, _) -> matches.test(tensor.name()));
    }

    static Sign end(String what, String... ends) {
      return name(
          what,
          name -> {
            for (String end : ends) {
              if (name.endsWith(end)) {
                return true;
              }
            }
            return false;
          });
    }

    /// By the dtype of the weight that a scale is for.
    static Sign scale(String what, DType weight) {
      return new Sign(
          what,
          (tensor, checkpoint) ->
              layerOfScale(tensor.name())
                  .map(layer -> checkpoint.tensors().get(layer + ".weight"))
                  .filter(stored -> stored.spec().dtype().equals(weight))
                  .isPresent());
    }
  }

  private static final List<Sign> SIGNS =
      List.of(
          Sign.name(
              "4-bit weights of bitsandbytes",
              name -> name.contains(".quant_state.") || name.contains("bitsandbytes__")),
          Sign.end("8-bit weights of bitsandbytes", ".SCB"),
          Sign.end("packed weights of SVDQuant (nunchaku)", ".wscales", ".smooth_factor"),
          Sign.end("packed weights of GPTQ", ".g_idx"),
          Sign.end("packed weights of AWQ or GPTQ", ".qweight", ".qzeros"),
          Sign.end("packed weights of EXL2", ".q_weight", ".q_scale_max"),
          Sign.end("packed weights of EXL3", ".trellis"),
          Sign.end("packed weights of HQQ", ".W_q"),
          Sign.end("packed weights of compressed-tensors", ".weight_packed"),
          Sign.name(
              "quantised weights of torchao",
              name ->
                  name.endsWith("_weight_qdata")
                      || name.endsWith(":qdata")
                      || name.endsWith(":int_data")),
          new Sign("MXFP4 weights", QuantisedWeights::isMxfp4),
          Sign.end("NVFP4 weights", ".weight_scale_2"),
          Sign.end("4-bit weights of ComfyUI", ".weight_s_rel", ".weight_codebook"),
          Sign.scale("8-bit integer weights", DType.I8),
          new Sign("MXFP8 weights", QuantisedWeights::isMxfp8),
          Sign.name("scaled 8-bit weights", name -> layerOfScale(name).isPresent()),
          Sign.name(
              "scaled 8-bit weights",
              name -> name.equals("scaled_fp8") || name.endsWith(".scaled_fp8")),
          Sign.end("quantised weights of ComfyUI", ".comfy_quant"));

  private QuantisedWeights() {}

  /// The problem that such a checkpoint is for whoever needs its values; empty for plain weights.
  /// Copying or inspecting its tensors is no problem.
  public static Optional<Problem> problem(Checkpoint checkpoint) {
    return problem(checkpoint, _ -> true, checkpoint.metadata().containsKey(METADATA));
  }

  /// The problem for whoever needs the values of some tensors only.
  ///
  /// @param needed whether those of a tensor of that name are
  public static Optional<Problem> problem(Checkpoint checkpoint, Predicate<String> needed) {
    return problem(checkpoint, needed, isToldOf(checkpoint, needed));
  }

  /// @param isTold whether the metadata say that what is needed is quantised
  private static Optional<Problem> problem(
      Checkpoint checkpoint, Predicate<String> needed, boolean isTold) {
    List<StoredTensor> tensors =
        checkpoint.tensors().values().stream()
            .filter(tensor -> needed.test(tensor.name()))
            .toList();
    List<StoredTensor> odd = tensors.stream().filter(tensor -> !isPlain(tensor.name())).toList();
    for (Sign sign : SIGNS) {
      List<String> found =
          odd.stream()
              .filter(tensor -> sign.matches.test(tensor, checkpoint))
              .map(StoredTensor::name)
              .toList();
      if (!found.isEmpty()) {
        String count = Amount.count(found.size(), "tensor says", "tensors say");
        return Optional.of(
            refusal(checkpoint, sign.what + " (" + count + " so: " + Quoted.list(found, 2) + ")"));
      }
    }
    List<String> undecoded =
        tensors.stream()
            .map(StoredTensor::spec)
            .filter(spec -> spec.dtype().isBlockwise() && !spec.dtype().isBlendable())
            .map(TensorSpec::name)
            .toList();
    if (!undecoded.isEmpty()) {
      return Optional.of(undecoded(checkpoint, undecoded));
    }
    if (isTold) {
      return Optional.of(
          refusal(checkpoint, "quantised weights (its metadata has '" + METADATA + "')"));
    }
    return Optional.empty();
  }

  /// Whether the metadata say of a layer that is needed how it is quantised.
  private static boolean isToldOf(Checkpoint checkpoint, Predicate<String> needed) {
    String settings = checkpoint.metadata().getOrDefault(METADATA, "");
    if (settings.isEmpty()) {
      return false;
    }
    return checkpoint.tensors().keySet().stream()
        .filter(name -> name.endsWith(".weight") && needed.test(name))
        .map(name -> name.substring(0, name.length() - ".weight".length()))
        .anyMatch(layer -> settings.contains("\"" + layer + "\""));
  }

  /// Whether a tensor is called as most are, so that it is none of [#SIGNS]: all others of these
  /// end otherwise.
  private static boolean isPlain(String name) {
    return (name.endsWith(".weight") || name.endsWith(".bias"))
        && !name.contains(".quant_state.")
        && !name.contains("bitsandbytes__");
  }

  private static Optional<String> layerOfScale(String name) {
    for (String end : List.of(".scale_weight", ".weight_scale", ".weight_scale_inv")) {
      if (name.endsWith(end)) {
        return Optional.of(name.substring(0, name.length() - end.length()));
      }
    }
    return Optional.empty();
  }

  /// Two elements a byte in `X_blocks`, and an exponent for 32 of them in `X_scales`.
  private static boolean isMxfp4(StoredTensor tensor, Checkpoint checkpoint) {
    String name = tensor.name();
    return name.endsWith("_blocks")
        && checkpoint
            .tensors()
            .containsKey(name.substring(0, name.length() - "blocks".length()) + "scales");
  }

  private static boolean isMxfp8(StoredTensor tensor, Checkpoint checkpoint) {
    DType dtype = tensor.spec().dtype();
    return tensor.name().endsWith(".weight_scale")
        && (dtype.equals(DType.U8) || dtype.equals(DType.F8_E8M0));
  }

  private static Problem undecoded(Checkpoint checkpoint, List<String> tensors) {
    String dtype =
        java.util.Objects.requireNonNull(checkpoint.tensors().get(tensors.getFirst()))
            .spec()
            .dtype()
            .name();
    return new Problem(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        checkpoint.name()
            + ": holds "
            + Amount.count(tensors.size(), "tensor", "tensors")
            + " in blocks that Mokume does not decode ("
            + Quoted.list(tensors, 2)
            + ": "
            + dtype
            + "). Fetch the model in another quantisation, such as Q8_0 or Q6_K.");
  }

  private static Problem refusal(Checkpoint checkpoint, String what) {
    return new Problem(
        ErrorCode.UNSUPPORTED_CHECKPOINT,
        checkpoint.name()
            + ": holds "
            + what
            + ". Such numbers mean nothing without what lies beside them, which Mokume does not"
            + " apply here: a blend of them would be a damaged model. Merge the F16, BF16 or F32"
            + " original and quantise the result.");
  }
}
