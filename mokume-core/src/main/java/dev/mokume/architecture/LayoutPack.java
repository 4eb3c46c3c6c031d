package dev.mokume.architecture;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/// Many layouts in few bytes: deflated text, a line a tensor.
///
/// ```
/// =sd15_unet_f16                        a layout's name
/// #the U-Net alone                      its note
/// 0 TAB model.diffusion_model.a.bias TAB 320 TAB F16 TAB unet
/// 24 TAB weight TAB 320,4,3,3           24 characters of the name before, then the rest; dtype and component as before
/// ```
///
/// Lines are in the order of names. A component with `?` after it marks an optional tensor.
final class LayoutPack {
  private LayoutPack() {}

  static byte[] write(Collection<Layout> layouts) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Layout layout : layouts) {
      append(layout, text);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater best = new Deflater(Deflater.BEST_COMPRESSION);
    try (OutputStream out = new DeflaterOutputStream(bytes, best)) {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
    } finally {
      best.end();
    }
    return bytes.toByteArray();
  }

  private static void append(Layout layout, StringBuilder text) {
    text.append('=').append(layout.name()).append("\n#").append(layout.note()).append('\n');
    String previousName = "";
    String previousKind = "";
    for (Layout.Entry entry : new TreeMap<>(layout.tensors()).values()) {
      TensorSpec spec = entry.spec();
      int shared = sharedStart(previousName, spec.name());
      text.append(shared).append('\t').append(spec.name(), shared, spec.name().length());
      text.append('\t').append(shape(spec.shape()));
      String kind =
          spec.dtype().name() + '\t' + entry.component().id() + (entry.optional() ? "?" : "");
      if (!kind.equals(previousKind)) {
        text.append('\t').append(kind);
      }
      text.append('\n');
      previousName = spec.name();
      previousKind = kind;
    }
  }

  private static int sharedStart(String a, String b) {
    int shared = Arrays.mismatch(a.toCharArray(), b.toCharArray());
    return shared < 0 ? a.length() : shared;
  }

  private static String shape(Shape shape) {
    StringJoiner text = new StringJoiner(",");
    for (long dimension : shape.toArray()) {
      text.add(Long.toString(dimension));
    }
    return text.toString();
  }

  /// Every layout's name, in the order of the pack.
  static List<String> names(InputStream packed) throws IOException {
    try (BufferedReader lines = lines(packed)) {
      return lines
          .lines()
          .filter(line -> line.startsWith("="))
          .map(line -> line.substring(1))
          .toList();
    }
  }

  /// The layout of that name, which is in the pack.
  static Layout read(InputStream packed, String name) throws IOException {
    try (BufferedReader lines = lines(packed)) {
      String line = lines.readLine();
      while (line != null && !line.equals("=" + name)) {
        line = lines.readLine();
      }
      String note = lines.readLine();
      if (note == null) {
        throw new IllegalStateException("the layout pack has no '" + name + "'");
      }
      return new Layout(name, note.substring(1), tensors(lines));
    }
  }

  private static SequencedMap<String, Layout.Entry> tensors(BufferedReader lines)
      throws IOException {
    SequencedMap<String, Layout.Entry> tensors = new LinkedHashMap<>();
    Map<String, Component> components = new LinkedHashMap<>();
    String name = "";
    DType dtype = DType.F32;
    Component component = Component.OTHER;
    boolean optional = false;
    for (String line = lines.readLine();
        line != null && !line.startsWith("=");
        line = lines.readLine()) {
      String[] fields = line.split("\t", -1);
      name = name.substring(0, Integer.parseInt(fields[0])) + fields[1];
      if (fields.length > 3) {
        dtype = DType.of(fields[3]);
        optional = fields[4].endsWith("?");
        String id = optional ? fields[4].substring(0, fields[4].length() - 1) : fields[4];
        component = components.computeIfAbsent(id, Component::parse);
      }
      tensors.put(
          name,
          new Layout.Entry(new TensorSpec(name, dtype, shape(fields[2])), component, optional));
    }
    return tensors;
  }

  private static Shape shape(String text) {
    return text.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray());
  }

  private static BufferedReader lines(InputStream packed) {
    return new BufferedReader(
        new InputStreamReader(new InflaterInputStream(packed), StandardCharsets.UTF_8));
  }
}
