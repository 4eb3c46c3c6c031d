package dev.mokume.cli;

import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The two order statistics that a quantile of |B - A| lies between, by numpy in a process of its
/// own: only the partition of the differences in memory is timed, neither reading nor making them.
final class NumpyPartition {
  private static final String PYTHON = "python3";

  private static final String PROGRAM =
      """
      import json, sys, time
      import numpy as np
      dtype, q = sys.argv[1], float(sys.argv[2])
      def stored(path):
          with open(path, 'rb') as file:
              head = json.loads(file.read(int.from_bytes(file.read(8), 'little')))
              raw = np.fromfile(file, np.uint32 if dtype == 'F32' else np.uint16)
          if dtype == 'BF16':
              return (raw.astype(np.uint32) << 16).view(np.float32)
          return raw.view(np.float16).astype(np.float32) if dtype == 'F16' else raw.view(np.float32)
      delta = np.abs(stored(sys.argv[4]) - stored(sys.argv[3]))
      rank = int(q * (delta.size - 1))
      start = time.perf_counter()
      delta.partition((rank, min(rank + 1, delta.size - 1)))
      print(time.perf_counter() - start)
      """;

  private final List<Path> inputs;
  private final DType dtype;
  private final double quantile;

  /// @param inputs A and B, of one tensor each
  NumpyPartition(List<Path> inputs, DType dtype, double quantile) {
    this.inputs = inputs;
    this.dtype = dtype;
    this.quantile = quantile;
  }

  /// Why nothing can be measured, as a sentence; nothing if it can be.
  static Optional<String> missing() {
    return missing(PYTHON);
  }

  static Optional<String> missing(String python) {
    OptionalInt code = Commands.code(List.of(python, "-c", "import numpy"));
    if (code.isEmpty()) {
      return Optional.of(
          python + " cannot be run, so numpy's row is left out; it needs Python 3 with numpy.");
    }
    return code.getAsInt() == 0
        ? Optional.empty()
        : Optional.of(
            python
                + " has no numpy, so its row is left out; 'python3 -m pip install numpy' gets it,"
                + " or the system's package python3-numpy.");
  }

  /// What one partition takes.
  double seconds() {
    List<String> command = new ArrayList<>(List.of(PYTHON, "-c", PROGRAM, dtype.name()));
    command.add(String.valueOf(quantile));
    inputs.forEach(input -> command.add(input.toString()));
    return Double.parseDouble(Commands.output(command).strip());
  }
}
