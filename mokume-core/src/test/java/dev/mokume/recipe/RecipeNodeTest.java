package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RecipeNodeTest {
  private static final Weights A = new Weights.Source("a");
  private static final Weights B = new Weights.Source("b");
  private static final Ratio HALF = new Ratio.Constant(0.5);
  private static final Ratio ONE = new Ratio.Constant(1);

  @Test
  void partsStandFromLeftToRightAndRatiosLast() {
    Mask mask = new Mask.Named("m");
    Delta delta = new Delta.Difference(B, A);

    assertThat(new Weights.Interpolate(Interpolation.LINEAR, A, B, HALF, Optional.of(mask)).parts())
        .containsExactly(A, B, mask, HALF);
    assertThat(new Weights.AddDelta(A, delta, ONE).parts()).containsExactly(A, delta, ONE);
    assertThat(delta.parts()).containsExactly(B, A);
    assertThat(new Mask.Random(A, HALF, 1).parts()).containsExactly(A, HALF);
    assertThat(new Ratio.Complement(HALF).parts()).containsExactly(HALF);
    assertThat(new Weights.Named("w").parts()).isEmpty();
  }

  /// Whatever a record holds that is a node, in lists, options and records of its own, is a part.
  @Test
  void everyNodeThatARecordHoldsIsAPart() throws ReflectiveOperationException {
    Set<Class<?>> seen = new HashSet<>();
    for (long seed = 0; seed < 400; seed++) {
      Recipe recipe = new RecipeGenerator(seed).recipe();
      List<RecipeNode> open = new ArrayList<>(recipe.result().parts());
      open.addAll(recipe.weights().values());
      open.addAll(recipe.masks().values());
      open.addAll(recipe.ratios().values());
      while (!open.isEmpty()) {
        RecipeNode node = open.removeLast();
        seen.add(node.getClass());
        assertThat(node.parts()).as("parts of %s", node).hasSameElementsAs(held((Record) node));
        open.addAll(node.parts());
      }
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(records(RecipeNode.class).toList());
  }

  private static List<RecipeNode> held(Record holder) throws ReflectiveOperationException {
    List<RecipeNode> nodes = new ArrayList<>();
    for (RecordComponent component : holder.getClass().getRecordComponents()) {
      collect(component.getAccessor().invoke(holder), nodes);
    }
    return nodes;
  }

  private static void collect(Object value, List<RecipeNode> nodes)
      throws ReflectiveOperationException {
    switch (value) {
      case RecipeNode node -> nodes.add(node);
      case Optional<?> optional when optional.isPresent() -> collect(optional.get(), nodes);
      case Map<?, ?> map -> collect(map.values(), nodes);
      case Iterable<?> several when !(value instanceof Path) -> {
        for (Object one : several) {
          collect(one, nodes);
        }
      }
      case Record holder when isOfRecipes(holder) -> nodes.addAll(held(holder));
      default -> {
        // No node, and holds none.
      }
    }
  }

  private static boolean isOfRecipes(Record holder) {
    return holder.getClass().getPackage() == RecipeNode.class.getPackage();
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Arrays.stream(type.getPermittedSubclasses()).flatMap(RecipeNodeTest::records);
  }
}
