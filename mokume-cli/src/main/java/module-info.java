/// The `mokume` command.
module dev.mokume.cli {
  requires dev.mokume.core;
  requires info.picocli;

  opens dev.mokume.cli to
      info.picocli;
}
