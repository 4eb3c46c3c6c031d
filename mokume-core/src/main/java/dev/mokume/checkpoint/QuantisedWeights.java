package dev.mokume.checkpoint;

import dev.mokume.error.Amount;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.Problem;
import dev.mokume.error.Quoted;
import dev.mokume.tensor.TensorSpec;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// Tells checkpoints whose tensors look like plain weights but mean something only together with
/// scales or codebooks that lie beside them. Blending such tensors would damage a model in silence.
public final class QuantisedWeights {
  /// One way of quantising, by the names that it leaves.
  private record Sign(String what, Predicate<String> matches) {}

  private static final List<Sign> SIGNS =
      List.of(
          new Sign(
              "4-bit weights of bitsandbytes",
              n -> n.contains(".quant_state.") || n.contains("bitsandbytes__")),
          new Sign("8-bit weights of bitsandbytes", n -> n.endsWith(".SCB")),
          new Sign(
              "packed weights of GPTQ or AWQ",
              n -> n.endsWith(".qweight") || n.endsWith(".qzeros")),
          new Sign("packed weights of compressed-tensors", n -> n.endsWith(".weight_packed")),
          new Sign("quantised weights of ComfyUI", n -> n.endsWith(".comfy_quant")),
          new Sign(
              "scaled 8-bit weights", n -> n.equals("scaled_fp8") || n.endsWith(".scaled_fp8")),
          new Sign("scaled 8-bit weights", n -> n.endsWith(".scale_weight")),
          new Sign(
              "scaled 8-bit weights",
              n ->
                  n.endsWith(".weight_scale")
                      || n.endsWith(".weight_scale_inv")
                      || n.endsWith(".weight_scale_2")));

  private static final String METADATA = "_quantization_metadata";

  private QuantisedWeights() {}

  /// The problem that such a checkpoint is for whoever needs its values; empty for plain weights.
  /// Copying or inspecting its tensors is no problem.
  public static Optional<Problem> problem(Checkpoint checkpoint) {
    for (Sign sign : SIGNS) {
      List<String> found = checkpoint.tensors().keySet().stream().filter(sign.matches).toList();
      if (!found.isEmpty()) {
        String count = Amount.count(found.size(), "tensor says", "tensors say");
        return Optional.of(
            refusal(checkpoint, sign.what + " (" + count + " so: " + Quoted.list(found, 2) + ")"));
      }
    }
    List<String> undecoded =
        checkpoint.tensors().values().stream()
            .map(StoredTensor::spec)
            .filter(spec -> spec.dtype().isBlockwise() && !spec.dtype().isBlendable())
            .map(TensorSpec::name)
            .toList();
    if (!undecoded.isEmpty()) {
      return Optional.of(undecoded(checkpoint, undecoded));
    }
    if (checkpoint.metadata().containsKey(METADATA)) {
      return Optional.of(
          refusal(checkpoint, "quantised weights (its metadata has '" + METADATA + "')"));
    }
    return Optional.empty();
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
            + ". Such numbers mean nothing without their scales, which Mokume does not apply yet: a"
            + " blend of them would be a damaged model. Merge the F16, BF16 or F32 original and"
            + " quantise the result.");
  }
}
