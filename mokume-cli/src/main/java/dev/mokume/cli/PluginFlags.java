package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.plugin.MergeMethods;
import dev.mokume.plugin.MethodProvider;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Jars that bring merge methods.
final class PluginFlags {
  @Option(
      names = "--plugins",
      order = 28,
      paramLabel = "JAR",
      description =
          "A jar with merge methods of your own; may be given several times. 'mokume methods"
              + " --plugins JAR' lists them.")
  private List<Path> plugins = new ArrayList<>();

  private @Nullable MergeMethods methods;

  /// Mokume's methods and those of the jars, which are loaded once.
  ///
  /// @throws MokumeException if a jar cannot be read, offers no method, or one whose name is taken
  MergeMethods methods() {
    if (methods == null) {
      methods = load();
    }
    return methods;
  }

  private MergeMethods load() {
    MergeMethods loaded = MergeMethods.installed();
    for (Path plugin : plugins) {
      int before = loaded.all().size();
      try {
        loaded = loaded.and(ServiceLoader.load(MethodProvider.class, loader(plugin)));
      } catch (ServiceConfigurationError e) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "the plugin %s cannot be loaded: %s.".formatted(plugin, e.getMessage()),
            e);
      }
      if (loaded.all().size() == before) {
        throw new MokumeException(
            ErrorCode.INVALID_RECIPE,
            "the plugin %s offers no merge method: no META-INF/services/%s in it names a provider that does."
                .formatted(plugin, MethodProvider.class.getName()));
      }
    }
    return loaded;
  }

  /// Lives as long as the command: its methods are called until the end.
  private static ClassLoader loader(Path jar) {
    if (!Files.isReadable(jar)) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT, "the plugin " + jar + " does not exist or cannot be read.");
    }
    try {
      return new URLClassLoader(
          new URL[] {jar.toUri().toURL()}, MethodProvider.class.getClassLoader());
    } catch (MalformedURLException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT, "the plugin " + jar + " is not a file.", e);
    }
  }
}
