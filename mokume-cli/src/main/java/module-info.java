/// The `mokume` command.
module dev.mokume.cli {
  requires static org.jspecify;
  requires dev.mokume.core;
  requires dev.mokume.plot;
  requires info.picocli;
  requires tools.jackson.core;
  requires jdk.management;
  requires jdk.unsupported;

  uses dev.mokume.plugin.MethodProvider;

  opens dev.mokume.cli to
      info.picocli;
}
