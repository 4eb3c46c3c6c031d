package dev.mokume.bench;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/// Runs [KernelBenchmark] and prints elements and bytes a second, and the bytes as a share of the
/// copy's in the same run: figures of a shared machine mean little, ratios of one run mean more.
public final class KernelReport {
  private KernelReport() {}

  /// @param args optionally a regular expression for the kernels to run
  public static void main(String[] args) throws RunnerException {
    String wanted = args.length > 0 ? args[0] : ".*";
    String name = KernelBenchmark.class.getSimpleName();
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(name + "\\.copy$")
                    .include(name + "\\.(" + wanted + ")$")
                    .build())
            .run();
    System.out.print(table(results));
  }

  private static String table(Collection<RunResult> results) {
    double copy =
        results.stream()
            .filter(result -> kernel(result).equals("copy"))
            .mapToDouble(result -> rate(result) * bytesOfElement(result))
            .max()
            .orElseThrow();
    StringBuilder table =
        new StringBuilder("\nkernel        kernels    Gelem/s     GB/s  of copy\n");
    for (RunResult result : results) {
      double rate = rate(result);
      double traffic = rate * bytesOfElement(result);
      table.append(
          String.format(
              Locale.ROOT,
              "%-13s %-8s %9.2f %8.1f  %5.0f %%%n",
              kernel(result),
              result.getParams().getParam("kernels"),
              rate,
              traffic,
              100 * traffic / copy));
    }
    return table.toString();
  }

  /// Elements a nanosecond.
  private static double rate(RunResult result) {
    return result.getPrimaryResult().getScore();
  }

  private static String kernel(RunResult result) {
    String name = result.getParams().getBenchmark();
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static double bytesOfElement(RunResult result) {
    return Arrays.stream(KernelBenchmark.class.getMethods())
        .filter(method -> method.getName().equals(kernel(result)))
        .mapToDouble(method -> method.getAnnotationsByType(Traffic.class)[0].bytes())
        .findFirst()
        .orElseThrow();
  }
}
