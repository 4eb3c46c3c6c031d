package dev.mokume.lowrank;

import dev.mokume.architecture.Component;
import dev.mokume.tensor.Shape;
import java.nio.file.Path;
import java.util.List;

/// What an extraction wrote, and how near it is.
///
/// @param bytes of the file
/// @param layers in the order of their names
/// @param smallTensors differences that were stored as they are
/// @param left what differs or may differ and is not in the file
public record ExtractionReport(
    Path output,
    long bytes,
    double seconds,
    List<Layer> layers,
    int smallTensors,
    List<Left> left) {
  public ExtractionReport {
    layers = List.copyOf(layers);
    left = List.copyOf(left);
  }

  /// A layer's factors.
  ///
  /// @param module its name in the LoRA
  /// @param tensor its name in the first model
  /// @param rank 0 if the models do not differ, so that the file has no factors
  /// @param norm the root of the difference's sum of squares
  /// @param error the same of what the stored factors leave of the difference, as measured: it
  ///   holds the rounding to the file's dtype
  /// @param bestFactor how many times the error of the best factors of that rank can be expected at
  ///   most before any iteration: 1 for what was factored exactly
  public record Layer(
      String module,
      String tensor,
      Component component,
      Shape shape,
      int rank,
      double norm,
      double error,
      double bestFactor) {
    /// `error` as a share of `norm`; 0 where the models do not differ.
    public double relativeError() {
      return norm == 0 ? 0 : error / norm;
    }

    /// The share of the difference's energy that the factors hold.
    public double energy() {
      double relative = relativeError();
      return 1 - relative * relative;
    }
  }

  /// A tensor that is not in the file.
  public record Left(String tensor, String reason) {}

  /// What all layers' factors together leave of all differences, as a share: root of sum of squares
  /// over root of sum of squares.
  public double relativeError() {
    double norms = 0;
    double errors = 0;
    for (Layer layer : layers) {
      norms += layer.norm() * layer.norm();
      errors += layer.error() * layer.error();
    }
    return norms == 0 ? 0 : Math.sqrt(errors / norms);
  }
}
