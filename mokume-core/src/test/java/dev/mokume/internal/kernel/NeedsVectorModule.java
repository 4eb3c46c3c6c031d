package dev.mokume.internal.kernel;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/// A test of vector kernels: skipped by name in a JVM that runs without their module.
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
@EnabledIf(
    value = "dev.mokume.internal.kernel.NeedsVectorModule$Present#test",
    disabledReason = "this JVM runs without the module jdk.incubator.vector")
@interface NeedsVectorModule {
  /// The condition.
  final class Present {
    private Present() {}

    static boolean test() {
      return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }
  }
}
