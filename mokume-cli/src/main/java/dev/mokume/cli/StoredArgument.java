package dev.mokume.cli;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// What picocli needs to know of an option or a positional parameter.
///
/// @param names of an option; none of a positional parameter
/// @param place order of an option, index of a positional parameter
/// @param arity empty if its type says it
/// @param type of the field, but of an [Optional] what it holds
/// @param element of a list
/// @param path the names of the fields that lead to its field from the command
record StoredArgument(
    String[] names,
    String place,
    String arity,
    String label,
    String[] description,
    boolean hidden,
    boolean required,
    boolean negatable,
    boolean usageHelp,
    String split,
    String fallback,
    Class<?> type,
    Class<?> element,
    boolean isOptional,
    String[] path) {
  /// The types that fields of commands have.
  private static final List<Class<?>> TYPES =
      List.of(
          boolean.class,
          int.class,
          long.class,
          double.class,
          Integer.class,
          Long.class,
          Double.class,
          String.class,
          Path.class,
          List.class);

  static StoredArgument of(ArgSpec argument, String[] path) {
    boolean isOptional = argument.type() == Optional.class;
    Class<?> element = argument.auxiliaryTypes()[0];
    String[] names = {};
    String place = "";
    boolean negatable = false;
    boolean usageHelp = false;
    String fallback = "";
    if (argument instanceof OptionSpec option) {
      names = option.names();
      place = String.valueOf(option.order());
      negatable = option.negatable();
      usageHelp = option.usageHelp();
      fallback = option.fallbackValue();
    } else if (argument instanceof PositionalParamSpec parameter) {
      place = parameter.index().isUnspecified() ? "" : parameter.index().toString();
    }
    return new StoredArgument(
        names,
        place,
        argument.arity().isUnspecified() ? "" : argument.arity().toString(),
        argument.paramLabel(),
        argument.description(),
        argument.hidden(),
        argument.required(),
        negatable,
        usageHelp,
        argument.splitRegex(),
        fallback,
        isOptional ? element : argument.type(),
        element,
        isOptional,
        path);
  }

  void write(DataOutputStream out) throws IOException {
    write(out, names);
    out.writeUTF(place);
    out.writeUTF(arity);
    out.writeUTF(label);
    write(out, description);
    out.writeBoolean(hidden);
    out.writeBoolean(required);
    out.writeBoolean(negatable);
    out.writeBoolean(usageHelp);
    out.writeUTF(split);
    out.writeUTF(fallback);
    out.writeByte(number(type));
    out.writeByte(number(element));
    out.writeBoolean(isOptional);
    write(out, path);
  }

  static StoredArgument read(DataInputStream in) throws IOException {
    return new StoredArgument(
        readStrings(in),
        in.readUTF(),
        in.readUTF(),
        in.readUTF(),
        readStrings(in),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readBoolean(),
        in.readUTF(),
        in.readUTF(),
        TYPES.get(in.readByte()),
        TYPES.get(in.readByte()),
        in.readBoolean(),
        readStrings(in));
  }

  static void write(DataOutputStream out, String[] strings) throws IOException {
    out.writeShort(strings.length);
    for (String string : strings) {
      out.writeUTF(string);
    }
  }

  static String[] readStrings(DataInputStream in) throws IOException {
    String[] strings = new String[in.readShort()];
    for (int i = 0; i < strings.length; i++) {
      strings[i] = in.readUTF();
    }
    return strings;
  }

  private static int number(Class<?> type) {
    int number = TYPES.indexOf(type);
    if (number < 0) {
      throw new IllegalStateException("commands have no fields of " + type + " yet");
    }
    return number;
  }

  /// As an argument of this command.
  ArgSpec of(Object command) {
    BoundField field = new BoundField(command, path, isOptional);
    return names.length == 0 ? parameter(field) : option(field);
  }

  private OptionSpec option(BoundField field) {
    OptionSpec.Builder builder =
        OptionSpec.builder(names)
            .order(Integer.parseInt(place))
            .negatable(negatable)
            .usageHelp(usageHelp)
            .fallbackValue(fallback)
            .paramLabel(label)
            .description(description)
            .hidden(hidden)
            .required(required)
            .splitRegex(split)
            .type(type)
            .auxiliaryTypes(element)
            .hasInitialValue(false)
            .getter(field)
            .setter(field);
    return (arity.isEmpty() ? builder : builder.arity(arity)).build();
  }

  private PositionalParamSpec parameter(BoundField field) {
    PositionalParamSpec.Builder builder =
        PositionalParamSpec.builder()
            .paramLabel(label)
            .description(description)
            .hidden(hidden)
            .required(required)
            .splitRegex(split)
            .type(type)
            .auxiliaryTypes(element)
            .hasInitialValue(false)
            .getter(field)
            .setter(field);
    if (!place.isEmpty()) {
      builder.index(place);
    }
    return (arity.isEmpty() ? builder : builder.arity(arity)).build();
  }
}
