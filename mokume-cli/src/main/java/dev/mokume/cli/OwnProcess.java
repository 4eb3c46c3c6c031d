package dev.mokume.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How to start another Mokume like this one.
final class OwnProcess {
  private OwnProcess() {}

  /// The launcher if this one was started by it, else this JVM's own command line.
  static List<String> command(Session session) {
    Optional<Path> launcher =
        session.home().map(home -> home.resolve("mokume")).filter(Files::isExecutable);
    if (launcher.isPresent()) {
      return List.of(launcher.get().toString());
    }
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String modules = System.getProperty("jdk.module.path");
    if (modules == null) {
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    } else {
      command.addAll(
          List.of("--module-path", modules, "-m", "dev.mokume.cli/" + Main.class.getName()));
    }
    return command;
  }
}
