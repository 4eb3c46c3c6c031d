package dev.mokume.plugin;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The merge methods that a recipe can name: Mokume's own, and those of plugins.
public final class MergeMethods {
  /// Before the names of the classes of Mokume's own.
  private static final String OWN = "dev.mokume.internal.";

  private static @Nullable MergeMethods installed;

  private final Map<String, MergeMethod> methods;

  private MergeMethods(Map<String, MergeMethod> methods) {
    this.methods = methods;
  }

  /// Mokume's own, and those of providers on the class path and the module path. The same object at
  /// every call.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if two methods have one name
  public static MergeMethods installed() {
    synchronized (MergeMethods.class) {
      if (installed == null) {
        installed =
            new MergeMethods(Map.of())
                .and(ServiceLoader.load(MethodProvider.class, MergeMethods.class.getClassLoader()));
      }
      return installed;
    }
  }

  /// These and the methods of providers that `loader` finds.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if two methods have one name
  public MergeMethods and(ServiceLoader<MethodProvider> loader) {
    Map<String, MergeMethod> all = new TreeMap<>(methods);
    addTo(all, loader);
    return new MergeMethods(all);
  }

  private static void addTo(Map<String, MergeMethod> all, ServiceLoader<MethodProvider> loader) {
    for (MethodProvider provider : loader) {
      for (MergeMethod method : provider.methods()) {
        MergeMethod other = all.putIfAbsent(method.info().name(), method);
        // A provider on the class path may be found by a plugin's loader again.
        if (other != null && other.getClass() != method.getClass()) {
          throw new MokumeException(
              ErrorCode.INVALID_RECIPE,
              "two merge methods are called '%s': %s and %s. Leave one of the plugins out."
                  .formatted(
                      method.info().name(),
                      other.getClass().getName(),
                      method.getClass().getName()));
        }
      }
    }
  }

  /// All of them, by name.
  public List<MergeMethod> all() {
    return List.copyOf(methods.values());
  }

  /// Mokume's own, by name.
  public List<MergeMethod> own() {
    return methods.values().stream().filter(MergeMethods::isOwn).toList();
  }

  /// Those of plugins, by name.
  public List<MergeMethod> plugins() {
    return methods.values().stream().filter(method -> !isOwn(method)).toList();
  }

  /// Whether a method is one of Mokume's own.
  public static boolean isOwn(MergeMethod method) {
    return method.getClass().getName().startsWith(OWN)
        && method.getClass().getClassLoader() == MergeMethods.class.getClassLoader();
  }

  /// The method of that name.
  ///
  /// @param name `-` is as good as `_`, and upper case as lower case
  public Optional<MergeMethod> named(String name) {
    return Optional.ofNullable(methods.get(name.toLowerCase(Locale.ROOT).replace('-', '_')));
  }

  /// The method of that name.
  ///
  /// @throws MokumeException `INVALID_RECIPE` if there is none; the message offers the nearest
  public MergeMethod get(String name) {
    return named(name)
        .orElseThrow(() ->
            new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "there is no merge method '%s'%s; the methods are %s."
                    .formatted(
                        name,
                        Nearest.to(name, methods.keySet())
                            .map(near -> ": did you mean '" + near + "'?")
                            .orElse(""),
                        String.join(", ", methods.keySet()))));
  }
}
