package dev.mokume;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Which package may import which, and which names say nothing. docs/ARCHITECTURE.md has the same
/// table with reasons.
class ArchitectureTest {
  /// Each package and those it may import; it may also import whatever those may.
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("error", Set.of()),
          entry("tensor", Set.of("error")),
          entry("event", Set.of("error")),
          entry("checkpoint", Set.of("tensor", "event")),
          entry("architecture", Set.of("tensor")),
          entry("plugin", Set.of("tensor")),
          entry("expression", Set.of("tensor", "checkpoint", "plugin")),
          entry(
              "recipe",
              Set.of(
                  "tensor", "checkpoint", "architecture", "tokenizer", "plugin", "internal.yaml")),
          entry("internal.yaml", Set.of("checkpoint")),
          entry("workflow", Set.of("checkpoint")),
          entry("recipe.comfyui", Set.of("recipe", "checkpoint", "workflow")),
          entry("recipe.mergekit", Set.of("recipe", "checkpoint")),
          entry("tokenizer", Set.of("checkpoint", "internal.kernel")),
          entry("lora", Set.of("architecture", "checkpoint", "internal.kernel")),
          entry("method", Set.of("recipe", "expression", "architecture", "lora")),
          entry(
              "plan",
              Set.of(
                  "recipe",
                  "checkpoint",
                  "architecture",
                  "expression",
                  "method",
                  "lora",
                  "internal.linear",
                  "internal.quantised")),
          entry(
              "analysis",
              Set.of("plan", "expression", "checkpoint", "architecture", "internal.quantised")),
          entry(
              "sweep",
              Set.of(
                  "analysis", "plan", "recipe", "expression", "architecture", "internal.format")),
          entry(
              "federated",
              Set.of(
                  "analysis",
                  "plan",
                  "recipe",
                  "expression",
                  "architecture",
                  "internal.format",
                  "internal.quantised")),
          entry(
              "inspection",
              Set.of(
                  "architecture", "checkpoint", "lora", "internal.kernel", "internal.quantised")),
          entry(
              "synth",
              Set.of(
                  "architecture",
                  "checkpoint",
                  "internal.kernel",
                  "internal.random",
                  "internal.threads")),
          entry(
              "lowrank",
              Set.of(
                  "plan",
                  "lora",
                  "architecture",
                  "checkpoint",
                  "internal.engine",
                  "internal.kernel",
                  "internal.linear",
                  "internal.quantised",
                  "internal.random",
                  "internal.threads")),
          entry("internal.methods", Set.of("plugin", "internal.linear")),
          entry("internal.kernel", Set.of("tensor")),
          entry("internal.linear", Set.of("tensor", "internal.kernel")),
          entry("internal.threads", Set.of("error")),
          entry("internal.random", Set.of("tensor", "internal.kernel")),
          entry("internal.quantised", Set.of("checkpoint", "internal.kernel")),
          entry("internal.format", Set.of("checkpoint")),
          entry("internal.safetensors", Set.of("checkpoint", "internal.format")),
          entry("internal.pickle", Set.of("checkpoint", "internal.format")),
          entry("internal.gguf", Set.of("checkpoint")),
          entry(
              "internal.engine",
              Set.of(
                  "plan",
                  "expression",
                  "checkpoint",
                  "internal.kernel",
                  "internal.linear",
                  "internal.random")));

  private static final String ROOT = "dev.mokume";

  /// The front door, which may import every other package.
  private static final String FRONT_DOOR = "";

  private static final Pattern EMPTY_NAME =
      Pattern.compile("(util|common|helper|manager|impl)s?", Pattern.CASE_INSENSITIVE);

  private static final Pattern EMPTY_SUFFIX =
      Pattern.compile(".+(Util|Common|Helper|Manager|Impl)s?");

  private final JavaClasses classes = importClasses();

  @Test
  void everyPackageIsInTheTable() {
    Set<String> unknown = new TreeSet<>();
    for (JavaClass type : classes) {
      String name = relative(type);
      if (!name.equals(FRONT_DOOR) && !MAY_IMPORT.containsKey(name)) {
        unknown.add(type.getPackageName());
      }
    }
    assertThat(unknown)
        .as("packages that are neither in this test's table nor in docs/ARCHITECTURE.md")
        .isEmpty();
  }

  @Test
  void packagesImportOnlyWhatTheyMay() {
    Set<String> violations = new TreeSet<>();
    for (JavaClass type : classes) {
      String from = relative(type);
      Set<String> allowed = from.equals(FRONT_DOOR) ? MAY_IMPORT.keySet() : reachable(from);
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (isOurs(target)
            && !relative(target).equals(from)
            && !allowed.contains(relative(target))) {
          violations.add(
              type.getName()
                  + " imports "
                  + target.getName()
                  + "; "
                  + from
                  + " may import "
                  + new TreeSet<>(allowed));
        }
      }
    }
    assertThat(violations).isEmpty();
  }

  @Test
  void noNameSaysNothing() {
    Set<String> empty = new TreeSet<>();
    for (JavaClass type : classes) {
      boolean packageSaysNothing =
          List.of(type.getPackageName().split("\\.")).stream()
              .anyMatch(segment -> EMPTY_NAME.matcher(segment).matches());
      if (packageSaysNothing || EMPTY_SUFFIX.matcher(type.getSimpleName()).matches()) {
        empty.add(type.getName());
      }
    }
    assertThat(empty).as("name it after what it is about").isEmpty();
  }

  private static JavaClasses importClasses() {
    // What our classes import is in their own files; the JDK's need not be read.
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter().importPath(Path.of("target/classes"));
  }

  private static Set<String> reachable(String from) {
    Set<String> seen = new TreeSet<>();
    collect(from, seen);
    return seen;
  }

  private static void collect(String from, Set<String> seen) {
    for (String next : MAY_IMPORT.getOrDefault(from, Set.of())) {
      if (seen.add(next)) {
        collect(next, seen);
      }
    }
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
  }

  /// The package without `dev.mokume.`; empty for the front door.
  private static String relative(JavaClass type) {
    String name = type.getPackageName();
    return name.equals(ROOT)
        ? FRONT_DOOR
        : name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : name;
  }
}
