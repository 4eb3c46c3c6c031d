package dev.mokume.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class LayoutPackTest {
  private static final Path RESOURCE =
      Path.of("src/main/resources/dev/mokume/architecture/layouts.pack");

  @Test
  void readsBackWhatWasPacked() throws IOException {
    Layout first =
        layout(
            "first", "a note", entry("a.b.weight", DType.F16, Component.UNET, false, 320, 4, 3, 3));
    Layout second =
        layout(
            "second",
            "",
            entry("a.b.bias", DType.BF16, Component.VAE, true, 320),
            entry("a.b.weight", DType.F16, Component.UNET, false, 0),
            entry("a.scale", DType.F16, Component.UNET, false));

    byte[] packed = LayoutPack.write(List.of(first, second));

    assertThat(LayoutPack.names(new ByteArrayInputStream(packed)))
        .containsExactly("first", "second");
    assertThat(LayoutPack.read(new ByteArrayInputStream(packed), "first")).isEqualTo(first);
    assertThat(LayoutPack.read(new ByteArrayInputStream(packed), "second")).isEqualTo(second);
  }

  @Test
  void isSmall() throws IOException {
    assertThat(Files.size(RESOURCE)).isLessThan(150_000);
  }

  /// Compares the pack with the folder of JSON files that it was made from or, asked so, makes it
  /// anew.
  @Test
  @EnabledIfSystemProperty(named = "mokume.layouts", matches = ".+")
  void holdsWhatTheFolderHolds() throws IOException {
    List<Layout> layouts = LayoutFolder.read(Path.of(System.getProperty("mokume.layouts")));
    if (Boolean.getBoolean("mokume.layouts.write")) {
      Files.write(RESOURCE, LayoutPack.write(layouts));
    }
    assertThat(LayoutPack.names(Files.newInputStream(RESOURCE)))
        .containsExactlyElementsOf(layouts.stream().map(Layout::name).toList());
    for (Layout layout : layouts) {
      assertThat(LayoutPack.read(Files.newInputStream(RESOURCE), layout.name())).isEqualTo(layout);
    }
  }

  private static Layout layout(String name, String note, Layout.Entry... entries) {
    TreeMap<String, Layout.Entry> tensors = new TreeMap<>();
    for (Layout.Entry entry : entries) {
      tensors.put(entry.spec().name(), entry);
    }
    return new Layout(name, note, tensors);
  }

  private static Layout.Entry entry(
      String name, DType dtype, Component component, boolean optional, long... shape) {
    return new Layout.Entry(new TensorSpec(name, dtype, Shape.of(shape)), component, optional);
  }
}
