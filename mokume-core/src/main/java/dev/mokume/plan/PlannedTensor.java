package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.tensor.TensorSpec;
import java.util.OptionalDouble;

/// One tensor of the output, in the terms of the user.
///
/// @param spec its name, dtype and shape in the output
/// @param component what part of the model it belongs to
/// @param block the name of its block
/// @param treatment what is done
/// @param reason why it is only copied, where a method could have changed it; else empty
/// @param alpha the later model's share, where one number says it
/// @param passes how often its inputs are gone through
/// @param inputBytes the bytes of its inputs, read once
/// @param outputBytes its bytes in the output
public record PlannedTensor(
    TensorSpec spec,
    Component component,
    String block,
    Treatment treatment,
    String reason,
    OptionalDouble alpha,
    int passes,
    long inputBytes,
    long outputBytes) {
  public enum Treatment {
    /// Its bytes are copied as they are.
    COPIED,
    /// It is only stored in another dtype.
    CONVERTED,
    /// It is computed.
    MERGED,
    /// Its bytes are those that it has in the output that is brought up to date.
    KEPT
  }
}
