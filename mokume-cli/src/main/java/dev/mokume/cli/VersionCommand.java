package dev.mokume.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `mokume version`
@Command(
    name = "version",
    description = "Tells the version of Mokume and of the Java that runs it.",
    footer = {"", "Example:", "  mokume version --json"})
final class VersionCommand implements Callable<Integer> {
  private final Session session;

  @Option(names = "--json", description = "Print one JSON document.")
  private boolean json;

  @Mixin private final Help help = new Help();

  VersionCommand(Session session) {
    this.session = session;
  }

  @Override
  public Integer call() {
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    String java = Runtime.version().toString();
    if (json) {
      Json.write(
          session.out(),
          out -> {
            out.text("version", Version.line().substring("mokume ".length()));
            out.text("java", java);
            out.flag("vector", vector);
          });
    } else {
      session.out().println(Version.line());
      session
          .out()
          .println(
              "Java "
                  + java
                  + (vector ? ", vector kernels" : ", scalar kernels (no vector module)"));
    }
    return ExitCode.OK;
  }
}
