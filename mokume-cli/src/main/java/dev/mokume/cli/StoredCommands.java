package dev.mokume.cli;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Spec;

/// The descriptions of commands, as picocli finds them in annotations, in a file for each class of
/// command: to read annotations takes a process a tenth of a second (decision 0062).
///
/// The launcher has them stored after each build. A command that has no file is described by its
/// annotations, and so are all in a folder that is not there.
final class StoredCommands {
  private final Optional<Path> folder;

  StoredCommands(Optional<Path> folder) {
    this.folder = folder;
  }

  /// Those that the launcher names.
  static StoredCommands ofProcess() {
    return new StoredCommands(
        Optional.ofNullable(System.getProperty("mokume.commands"))
            .filter(folder -> !folder.isEmpty())
            .map(Path::of));
  }

  /// The process that the launcher runs after a build: the argument is the folder.
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of(args[0]));
    for (Object command : described(Session.ofProcess())) {
      store(command, folder);
    }
  }

  /// The commands that are described by annotations, and have no commands of their own.
  static List<Object> described(Session session) {
    return Cli.commandLine(session).getSubcommands().values().stream()
        .filter(line -> line.getSubcommands().isEmpty())
        .map(line -> line.getCommandSpec().userObject())
        .filter(command -> command.getClass().isAnnotationPresent(Command.class))
        .toList();
  }

  static void store(Object command, Path folder) throws IOException {
    CommandSpec spec = CommandSpec.forAnnotatedObject(command);
    try (DataOutputStream out =
        new DataOutputStream(Files.newOutputStream(file(folder, command)))) {
      UsageMessageSpec usage = spec.usageMessage();
      out.writeUTF(spec.name());
      out.writeBoolean(usage.sortOptions());
      StoredArgument.write(out, usage.description());
      StoredArgument.write(out, usage.customSynopsis());
      StoredArgument.write(out, usage.footer());
      StoredArgument.write(out, specFields(command));
      out.writeInt(spec.args().size());
      for (ArgSpec argument : spec.args()) {
        StoredArgument.of(argument, path(command, argument)).write(out);
      }
    }
  }

  /// The command line of a command, whose description is not read from its annotations if it is
  /// stored.
  CommandLine commandLine(Object command) {
    Optional<byte[]> stored = folder.flatMap(there -> read(file(there, command)));
    return stored.isEmpty()
        ? new CommandLine(command)
        : new CommandLine(describe(command, stored.get()));
  }

  private static Optional<byte[]> read(Path file) {
    try {
      return Optional.of(Files.readAllBytes(file));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static CommandSpec describe(Object command, byte[] stored) {
    CommandSpec spec = CommandSpec.wrapWithoutInspection(command);
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(stored))) {
      spec.name(in.readUTF());
      spec.usageMessage()
          .sortOptions(in.readBoolean())
          .description(StoredArgument.readStrings(in))
          .customSynopsis(StoredArgument.readStrings(in))
          .footer(StoredArgument.readStrings(in));
      for (String field : StoredArgument.readStrings(in)) {
        new BoundField(command, new String[] {field}, false).set(spec);
      }
      for (int arguments = in.readInt(); arguments > 0; arguments--) {
        spec.add(StoredArgument.read(in).of(command));
      }
    } catch (IOException e) {
      throw new IllegalStateException(
          "the description of " + command.getClass() + " ends early", e);
    }
    return spec;
  }

  private static Path file(Path folder, Object command) {
    return folder.resolve(command.getClass().getSimpleName());
  }

  /// The fields of a command that it finds its own description in.
  private static String[] specFields(Object command) {
    List<String> names = new ArrayList<>();
    for (Field field : command.getClass().getDeclaredFields()) {
      if (field.isAnnotationPresent(Spec.class)) {
        names.add(field.getName());
      }
    }
    return names.toArray(String[]::new);
  }

  /// The names of the fields that lead from a command to that of an argument.
  private static String[] path(Object command, ArgSpec argument) {
    Field field = (Field) argument.userObject();
    List<String> path = new ArrayList<>();
    if (!find(command.getClass(), field.getDeclaringClass(), path)) {
      throw new IllegalStateException(field + " is in no mixin of " + command.getClass());
    }
    path.add(field.getName());
    return path.toArray(String[]::new);
  }

  private static boolean find(Class<?> from, Class<?> owner, List<String> path) {
    if (from == owner) {
      return true;
    }
    for (Field field : from.getDeclaredFields()) {
      if (field.isAnnotationPresent(Mixin.class)) {
        path.addLast(field.getName());
        if (find(field.getType(), owner, path)) {
          return true;
        }
        path.removeLast();
      }
    }
    return false;
  }
}
