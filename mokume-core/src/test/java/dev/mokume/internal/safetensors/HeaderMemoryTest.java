package dev.mokume.internal.safetensors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.MemorySource;
import dev.mokume.internal.AllocatedBytes;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a header of many tensors takes of the heap: hundreds of thousands come near its limit.
class HeaderMemoryTest {
  private static final int TENSORS = 20_000;

  /// In the order of their places, as the reference writes them; `separator` behind a comma.
  private static String header(String separator) {
    return IntStream.range(0, TENSORS)
        .mapToObj(i ->
            "\"model.layers.%05d.mlp.w1.weight\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
                .formatted(i, i, i + 1))
        .collect(Collectors.joining("," + separator, "{", "}"));
  }

  private static long allocated(String header) {
    MemorySource source = new MemorySource("memory", Safetensors.bytes(header, new int[TENSORS]));
    long before = AllocatedBytes.now();
    try (Checkpoint checkpoint = SafetensorsFile.open(source)) {
      assertThat(checkpoint.tensors().size()).isEqualTo(TENSORS);
    }
    return (AllocatedBytes.now() - before) / TENSORS;
  }

  @Test
  void aTensorTakesAFewHundredBytesToRead() {
    // The text itself; names, specs, entries, tensors and what numbers are read by.
    assertThat(allocated(header(""))).as("of a usual header").isLessThan(600);
    assertThat(allocated(header(" "))).as("parsed as JSON").isLessThan(800);
  }

  @Test
  void namesAreTakenOnce() {
    NameSet names = new NameSet();
    for (int i = 0; i < 1_000; i++) {
      assertThat(names.add("tensor " + i)).isTrue();
    }
    for (int i = 0; i < 1_000; i++) {
      assertThat(names.add("tensor " + i)).isFalse();
    }
    assertThat(names.size()).isEqualTo(1_000);
    // Two strings of one hash code.
    assertThat(names.add("Aa")).isTrue();
    assertThat(names.add("BB")).isTrue();
    assertThat(names.add("Aa")).isFalse();
  }

  @Test
  void usualNamesHaveAPlaceEach() {
    NameSet names = new NameSet();
    for (int i = 0; i < TENSORS; i++) {
      names.add("model.layers." + i + ".mlp.w1.weight");
    }
    assertThat(names.size()).isEqualTo(TENSORS);
    assertThat(names.aside()).as("of %s names", TENSORS).isLessThan(TENSORS / 100);
  }

  @Test
  void namesThatAreMadeToCollideAreNotSoughtOneByOne() {
    List<String> colliding =
        IntStream.range(0, 1 << 12)
            .mapToObj(i ->
                IntStream.range(0, 12)
                    .mapToObj(bit -> (i >> bit & 1) == 0 ? "Aa" : "BB")
                    .collect(Collectors.joining()))
            .toList();
    assertThat(colliding)
        .extracting(String::hashCode)
        .containsOnly(colliding.getFirst().hashCode());
    NameSet names = new NameSet();
    assertThat(colliding).allMatch(names::add);
    assertThat(names.aside()).as("all but those of 64 places").isEqualTo((1 << 12) - 64);
    // As many others again and again, so that it grows with them.
    for (int i = 0; i < 1 << 13; i++) {
      assertThat(names.add("tensor " + i)).isTrue();
    }
    assertThat(names.size()).isEqualTo((1 << 12) + (1 << 13));
    assertThat(names.aside()).as("still").isGreaterThanOrEqualTo((1 << 12) - 64);
    assertThat(colliding).noneMatch(names::add);
  }
}
