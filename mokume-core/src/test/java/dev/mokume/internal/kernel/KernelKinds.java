package dev.mokume.internal.kernel;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Every selection of kernels that this JVM can run, for tests that compare them.
public final class KernelKinds {
  private KernelKinds() {}

  /// By what a person would say: `-Dmokume.kernels=scalar` and `vector`, and a JVM without or with
  /// the vector module.
  public static SequencedMap<String, Kernels> all() {
    SequencedMap<String, Kernels> kinds = new LinkedHashMap<>();
    kinds.put("scalar", KernelSelection.select("scalar", false));
    kinds.put("without the module", KernelSelection.select("", false));
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      kinds.put("vector", KernelSelection.select("vector", true));
      kinds.put("as shipped", KernelSelection.select("", true));
    }
    return kinds;
  }
}
