package dev.mokume.architecture;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// Reads a folder of layouts as JSON files, from which the pack is built.
final class LayoutFolder {
  private LayoutFolder() {}

  static List<Layout> read(Path folder) throws IOException {
    List<Layout> layouts = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted(Comparator.comparing(Path::toString)).toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json") && !name.equals("SUMMARY.json")) {
          layouts.add(layout(file, name.substring(0, name.length() - ".json".length())));
        }
      }
    }
    return layouts;
  }

  private static Layout layout(Path file, String name) throws IOException {
    String note = "";
    TreeMap<String, Layout.Entry> tensors = new TreeMap<>();
    try (JsonParser json = new JsonFactory().createParser(ObjectReadContext.empty(), file)) {
      json.nextToken();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        switch (field) {
          case "note" -> note = json.getString();
          case "tensors" -> readTensors(json, tensors);
          default -> json.skipChildren();
        }
      }
    }
    return new Layout(name, note, tensors);
  }

  private static void readTensors(JsonParser json, TreeMap<String, Layout.Entry> tensors) {
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      json.nextToken();
      tensors.put(name, entry(json, name));
    }
  }

  private static Layout.Entry entry(JsonParser json, String name) {
    List<Long> shape = new ArrayList<>();
    String dtype = "";
    Component component = Component.OTHER;
    boolean optional = false;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "shape" -> {
          while (json.nextToken() != JsonToken.END_ARRAY) {
            shape.add(json.getLongValue());
          }
        }
        case "dtype" -> dtype = json.getString();
        case "component" -> component = component(json.getString());
        case "optional" -> optional = json.getBooleanValue();
        default -> json.skipChildren();
      }
    }
    long[] dimensions = shape.stream().mapToLong(Long::longValue).toArray();
    return new Layout.Entry(
        new TensorSpec(name, DType.of(dtype), Shape.of(dimensions)), component, optional);
  }

  private static Component component(String told) {
    return switch (told) {
      case "diffuser" -> Component.UNET;
      case "open_clip_h" -> Component.CLIP_H;
      case "scheduler" -> Component.OTHER;
      default -> Component.parse(told);
    };
  }
}
