package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.reflect.Constructor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class EarlyLinkingTest {
  sealed interface Figure permits Circle, Box, Nothing {}

  record Circle(double radius) implements Figure {}

  record Box(int width, long height, Circle round) implements Figure {}

  record Nothing() implements Figure {}

  record All(
      boolean a, byte b, short c, char d, int e, long f, float g, double h, String i, int[] j) {}

  /// What the switches of a class say, from outside of its class loader.
  static final class Words implements Function<Object, String> {
    @Override
    public String apply(Object value) {
      return switch (value) {
        case Circle(var radius) when radius > 1 -> "a large circle";
        case Circle _ -> "a circle";
        case Box(_, _, Circle(var radius)) when radius < 0 -> "a strange box";
        case Box _ -> "a box";
        case List<?> list -> "a list of " + list.size();
        case null -> "null";
        default -> "something else";
      };
    }
  }

  private static final List<String> CLASSES =
      List.of("Figure", "Circle", "Box", "Nothing", "All", "Words");

  @Test
  void switchesOverTypesChooseTheSameAsBefore() throws Exception {
    Map<String, Class<?>> linked = linked();
    @SuppressWarnings("unchecked")
    Function<Object, String> words =
        (Function<Object, String>) constructor(linked.get("Words")).newInstance();
    Constructor<?> circle = constructor(linked.get("Circle"));
    Constructor<?> box = constructor(linked.get("Box"));

    assertThat(words.apply(circle.newInstance(2.0))).isEqualTo("a large circle");
    assertThat(words.apply(circle.newInstance(0.5))).isEqualTo("a circle");
    assertThat(words.apply(box.newInstance(1, 2L, circle.newInstance(-1.0))))
        .isEqualTo("a strange box");
    assertThat(words.apply(box.newInstance(1, 2L, circle.newInstance(1.0)))).isEqualTo("a box");
    assertThat(words.apply(box.newInstance(1, 2L, null))).isEqualTo("a box");
    assertThat(words.apply(List.of("a", "b"))).isEqualTo("a list of 2");
    assertThat(words.apply("text")).isEqualTo("something else");
    assertThat(words.apply(null)).isEqualTo("null");
  }

  @Test
  void recordsAreEqualWhereTheirComponentsAre() throws Exception {
    Constructor<?> circle = constructor(linked().get("Circle"));
    Object one = circle.newInstance(1.0);

    assertThat(one).isEqualTo(circle.newInstance(1.0)).isNotEqualTo(circle.newInstance(2.0));
    assertThat(one).isNotEqualTo(null).isNotEqualTo("a circle").isNotEqualTo(new Circle(1));
    assertThat(circle.newInstance(Double.NaN)).isEqualTo(circle.newInstance(Double.NaN));
    assertThat(circle.newInstance(0.0)).isNotEqualTo(circle.newInstance(-0.0));
  }

  @Test
  void everyComponentCountsInEqualityAndInTheHash() throws Exception {
    Constructor<?> all = constructor(linked().get("All"));
    int[] array = {1};
    Object[] values = {true, (byte) 1, (short) 2, 'c', 3, 4L, 5f, 6d, "seven", array};
    Object[] others = {false, (byte) 2, (short) 3, 'd', 4, 5L, 6f, 7d, "eight", new int[] {1}};
    Object one = all.newInstance(values);

    assertThat(one).isEqualTo(all.newInstance(values)).hasSameHashCodeAs(all.newInstance(values));
    assertThat(one.hashCode())
        .isEqualTo(
            new All(true, (byte) 1, (short) 2, 'c', 3, 4L, 5f, 6d, "seven", array).hashCode());
    for (int i = 0; i < values.length; i++) {
      Object[] changed = values.clone();
      changed[i] = others[i];
      assertThat(one).as("component %d", i).isNotEqualTo(all.newInstance(changed));
      assertThat(one.hashCode()).isNotEqualTo(all.newInstance(changed).hashCode());
    }
  }

  @Test
  void nothingOfTheKindIsLinkedAtRunTimeAfterwards() throws IOException {
    assertThat(linkedAtRunTime(bytes("Words"))).contains("typeSwitch");
    assertThat(linkedAtRunTime(bytes("Box"))).contains("equals", "hashCode", "toString");

    assertThat(linkedAtRunTime(link("Words"))).doesNotContain("typeSwitch");
    assertThat(linkedAtRunTime(link("Box"))).containsExactly("toString");
  }

  @Test
  void whatHasNoneOfTheseStaysAsItIs() throws IOException {
    byte[] plain = bytes("Figure");
    byte[] linked = link("Box");

    assertThat(EarlyLinking.link(plain, getClass().getClassLoader())).isSameAs(plain);
    assertThat(EarlyLinking.link(linked, getClass().getClassLoader())).isSameAs(linked);
  }

  private static List<String> linkedAtRunTime(byte[] bytes) {
    return ClassFile.of().parse(bytes).methods().stream()
        .flatMap(method -> method.code().stream())
        .flatMap(code -> code.elementStream())
        .filter(InvokeDynamicInstruction.class::isInstance)
        .map(call -> ((InvokeDynamicInstruction) call).name().stringValue())
        .toList();
  }

  /// The classes as they are afterwards, verified by a class loader of their own.
  private static Map<String, Class<?>> linked() throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    for (String name : CLASSES) {
      files.put(EarlyLinkingTest.class.getName() + "$" + name, link(name));
    }
    ClassLoader loader =
        new ClassLoader(EarlyLinkingTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            byte[] file = files.remove(name);
            return file == null
                ? super.loadClass(name, resolve)
                : defineClass(name, file, 0, file.length);
          }
        };
    Map<String, Class<?>> classes = new HashMap<>();
    for (String name : CLASSES) {
      Class<?> defined = Class.forName(EarlyLinkingTest.class.getName() + "$" + name, true, loader);
      assertThat(defined.getClassLoader()).isSameAs(loader);
      classes.put(name, defined);
    }
    return classes;
  }

  private static Constructor<?> constructor(Class<?> type) {
    Constructor<?> constructor = type.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    return constructor;
  }

  private static byte[] link(String name) throws IOException {
    return EarlyLinking.link(bytes(name), EarlyLinkingTest.class.getClassLoader());
  }

  private static byte[] bytes(String name) throws IOException {
    try (InputStream in =
        EarlyLinkingTest.class.getResourceAsStream("EarlyLinkingTest$" + name + ".class")) {
      return in.readAllBytes();
    }
  }
}
