package dev.mokume.cli;

import java.lang.reflect.Field;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.IGetter;
import picocli.CommandLine.Model.ISetter;

/// The field of a command that an option's value goes into. It is not looked for before there is
/// one, as most options are not given.
///
/// @param path the names of the fields that lead to it from the command
/// @param isOptional whether the field holds an [Optional] of the value
record BoundField(Object command, String[] path, boolean isOptional) implements IGetter, ISetter {
  @Override
  @SuppressWarnings("TypeParameterUnusedInFormals")
  public <T> @Nullable T get() {
    Object value = value(field(), owner());
    if (isOptional) {
      value = ((Optional<?>) value).orElse(null);
    }
    @SuppressWarnings("unchecked")
    T result = (T) value;
    return result;
  }

  /// @return the value
  @Override
  public <T> T set(T value) {
    try {
      field().set(owner(), isOptional ? Optional.ofNullable(value) : value);
    } catch (IllegalAccessException e) {
      throw inaccessible(e);
    }
    return value;
  }

  static Object value(Field field, Object owner) {
    try {
      field.setAccessible(true);
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw inaccessible(e);
    }
  }

  private Object owner() {
    Object owner = command;
    for (int i = 0; i < path.length - 1; i++) {
      owner = value(field(owner, path[i]), owner);
    }
    return owner;
  }

  private Field field() {
    return field(owner(), path[path.length - 1]);
  }

  private static Field field(Object owner, String name) {
    try {
      Field field = owner.getClass().getDeclaredField(name);
      field.setAccessible(true);
      return field;
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(owner.getClass() + " has changed since it was described", e);
    }
  }

  private static IllegalStateException inaccessible(IllegalAccessException e) {
    return new IllegalStateException("a command's field cannot be reached", e);
  }
}
