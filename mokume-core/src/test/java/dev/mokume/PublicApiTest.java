package dev.mokume;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the library exports is what `src/test/resources/public-api.txt` lists, so that no change of
/// it is an accident.
///
/// `mvn -q -pl mokume-core test -Dtest=PublicApiTest -Dmokume.api=write` writes the list; review
/// its difference.
class PublicApiTest {
  private static final Path LIST = Path.of("src/test/resources/public-api.txt");
  private static final Path CLASSES = Path.of("target/classes");

  private static final String WRITE =
      "mvn -q -pl mokume-core test -Dtest=PublicApiTest -Dmokume.api=write";

  private static final Set<String> OF_EVERY_OBJECT = Set.of("equals", "hashCode", "toString");
  private static final Set<String> OF_EVERY_ENUM = Set.of("values", "valueOf");

  @Test
  void exportsWhatTheListSays() throws IOException {
    List<String> exported = exported();
    if ("write".equals(System.getProperty("mokume.api"))) {
      Files.createDirectories(LIST.getParent());
      Files.writeString(LIST, String.join("\n", exported) + "\n");
    }
    List<String> listed = Files.readAllLines(LIST);
    assertThat(difference(exported, listed))
        .as("exported and not listed; if it is meant: %s", WRITE)
        .isEmpty();
    assertThat(difference(listed, exported))
        .as("listed and no longer exported; if it is meant: %s", WRITE)
        .isEmpty();
    assertThat(exported).as("the list is in another order: %s", WRITE).isEqualTo(listed);
  }

  @Test
  void exportsNothingInternal() {
    assertThat(exportedPackages()).noneMatch(name -> name.contains(".internal"));
  }

  /// The lines of `a` that are not in `b`.
  private static List<String> difference(List<String> a, List<String> b) {
    Set<String> known = Set.copyOf(b);
    return a.stream().filter(line -> !known.contains(line)).toList();
  }

  private static Set<String> exportedPackages() {
    ModuleDescriptor module = PublicApiTest.class.getModule().getDescriptor();
    Set<String> packages = new TreeSet<>();
    for (ModuleDescriptor.Exports exports : module.exports()) {
      if (!exports.isQualified()) {
        packages.add(exports.source());
      }
    }
    return packages;
  }

  private static List<String> exported() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String name : exportedPackages()) {
      for (Class<?> type : typesIn(name)) {
        if (isVisible(type)) {
          lines.add(type.toGenericString() + heritage(type));
          String own = type.getTypeName() + ".";
          members(type)
              .forEach(member ->
                  lines.add(
                      "  " + member.replace(own, "").replaceAll("java\\.lang\\.(?=[A-Z])", "")));
        }
      }
    }
    return lines;
  }

  private static List<Class<?>> typesIn(String packageName) throws IOException {
    Path folder = CLASSES.resolve(packageName.replace('.', '/'));
    List<Class<?>> types = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String simple = file.getFileName().toString();
        if (simple.endsWith(".class") && !simple.equals("package-info.class")) {
          types.add(
              load(packageName + "." + simple.substring(0, simple.length() - ".class".length())));
        }
      }
    }
    return types;
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, false, PublicApiTest.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(name, e);
    }
  }

  private static boolean isVisible(Class<?> type) {
    for (Class<?> at = type; at != null; at = at.getEnclosingClass()) {
      if (!isVisible(at.getModifiers()) || at.isAnonymousClass() || at.isLocalClass()) {
        return false;
      }
    }
    return true;
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static String heritage(Class<?> type) {
    List<String> parents = new ArrayList<>();
    Class<?> parent = type.getSuperclass();
    if (parent != null
        && parent != Object.class
        && parent != Record.class
        && parent != Enum.class) {
      parents.add(type.getGenericSuperclass().getTypeName());
    }
    for (var parentInterface : type.getGenericInterfaces()) {
      parents.add(parentInterface.getTypeName());
    }
    return parents.isEmpty() ? "" : " : " + String.join(", ", parents);
  }

  private static Set<String> members(Class<?> type) {
    Set<String> members = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      if (isListed(field)) {
        members.add(field.toGenericString());
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isListed(constructor)) {
        members.add(constructor.toGenericString());
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isListed(method) && !isImplied(type, method)) {
        members.add(method.toGenericString());
      }
    }
    return members;
  }

  private static boolean isListed(Member member) {
    return isVisible(member.getModifiers()) && !member.isSynthetic();
  }

  private static boolean isImplied(Class<?> type, Executable method) {
    return OF_EVERY_OBJECT.contains(method.getName())
        || type.isEnum() && OF_EVERY_ENUM.contains(method.getName());
  }
}
