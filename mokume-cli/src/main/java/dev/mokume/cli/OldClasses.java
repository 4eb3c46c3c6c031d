package dev.mokume.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.constant.ClassDesc;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/// Gives the classes of a jar that are older than Java 6 the form of Java 8's, in place.
///
/// The JVM's ahead-of-time cache leaves such classes out, and whatever refers to them: with
/// picocli's, which are of Java 5, a command starts a quarter of a second later. What newer classes
/// have and they have not are the stack maps that they are verified by.
final class OldClasses {
  /// The place of the major version within a class file, whose upper byte no version has needed.
  private static final int MAJOR = 7;

  private OldClasses() {}

  /// The process that the launcher runs before the cache is made: the argument is the jar.
  public static void main(String[] args) throws IOException {
    modernise(Path.of(args[0]));
  }

  /// Leaves a jar without such classes as it is.
  static void modernise(Path jar) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      ClassFile form = form(file);
      JarClasses.rewrite(
          jar, bytes -> bytes[MAJOR] < ClassFile.JAVA_6_VERSION ? modern(form, bytes) : bytes);
    }
  }

  /// Stack maps say what types have in common, so classes are looked up: here first, then in Java.
  /// With the constants in a pool of its own, code is not copied as it is, without stack maps.
  private static ClassFile form(JarFile jar) {
    ClassHierarchyResolver own =
        ClassHierarchyResolver.ofResourceParsing((ClassDesc type) -> open(jar, type));
    return ClassFile.of(
        ClassFile.StackMapsOption.GENERATE_STACK_MAPS,
        ClassFile.ConstantPoolSharingOption.NEW_POOL,
        ClassFile.ClassHierarchyResolverOption.of(
            own.orElse(ClassHierarchyResolver.defaultResolver())));
  }

  private static @Nullable InputStream open(JarFile jar, ClassDesc type) {
    String descriptor = type.descriptorString();
    String name = descriptor.substring(1, descriptor.length() - 1);
    JarEntry entry = jar.getJarEntry(name + ".class");
    try {
      return entry == null ? null : jar.getInputStream(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] modern(ClassFile form, byte[] bytes) {
    ClassModel old = form.parse(bytes);
    return form.transformClass(
        old,
        (builder, element) -> {
          if (element instanceof ClassFileVersion) {
            builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
          } else {
            builder.with(element);
          }
        });
  }
}
