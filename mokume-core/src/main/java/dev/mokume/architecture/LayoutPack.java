package dev.mokume.architecture;

import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/// Many layouts in few bytes: a directory, and behind it a deflated text for each, so that one is
/// read without the others.
///
/// The directory is their number (an `int`), and of each the name and the bytes of its text
/// (`writeUTF`, an `int`). The text has a line a tensor, in the order of names:
///
/// ```
/// the U-Net alone                       the layout's note
/// 0 TAB model.diffusion_model.a.bias TAB 320 TAB F16 TAB unet
/// 24 TAB weight TAB 320,4,3,3           24 characters of the name before, then the rest; dtype and component as before
/// ```
///
/// A component with `?` after it marks an optional tensor.
final class LayoutPack {
  private LayoutPack() {}

  static byte[] write(Collection<Layout> layouts) throws IOException {
    ByteArrayOutputStream pack = new ByteArrayOutputStream();
    DataOutputStream directory = new DataOutputStream(pack);
    ByteArrayOutputStream texts = new ByteArrayOutputStream();
    directory.writeInt(layouts.size());
    for (Layout layout : layouts) {
      byte[] text = deflated(text(layout));
      directory.writeUTF(layout.name());
      directory.writeInt(text.length);
      texts.write(text);
    }
    texts.writeTo(directory);
    return pack.toByteArray();
  }

  private static byte[] deflated(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Deflater best = new Deflater(Deflater.BEST_COMPRESSION);
    try (OutputStream out = new DeflaterOutputStream(bytes, best)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } finally {
      best.end();
    }
    return bytes.toByteArray();
  }

  private static String text(Layout layout) {
    StringBuilder text = new StringBuilder(layout.note()).append('\n');
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
    return text.toString();
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
    return List.copyOf(directory(new DataInputStream(packed)).sequencedKeySet());
  }

  /// The layout of that name, which is in the pack.
  static Layout read(InputStream packed, String name) throws IOException {
    DataInputStream pack = new DataInputStream(packed);
    for (Map.Entry<String, Integer> text : directory(pack).entrySet()) {
      if (text.getKey().equals(name)) {
        return layout(name, pack.readNBytes(text.getValue()));
      }
      pack.skipNBytes(text.getValue());
    }
    throw new IllegalStateException("the layout pack has no '" + name + "'");
  }

  private static SequencedMap<String, Integer> directory(DataInputStream pack) throws IOException {
    SequencedMap<String, Integer> lengths = new LinkedHashMap<>();
    for (int left = pack.readInt(); left > 0; left--) {
      String name = pack.readUTF();
      lengths.put(name, pack.readInt());
    }
    return lengths;
  }

  private static Layout layout(String name, byte[] deflated) throws IOException {
    InputStream text = new InflaterInputStream(new ByteArrayInputStream(deflated));
    String[] lines = new String(text.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1);
    return new Layout(name, lines[0], tensors(Arrays.asList(lines).subList(1, lines.length - 1)));
  }

  private static SequencedMap<String, Layout.Entry> tensors(List<String> lines) {
    SequencedMap<String, Layout.Entry> tensors = LinkedHashMap.newLinkedHashMap(lines.size());
    Map<String, Shape> shapes = new HashMap<>();
    String name = "";
    DType dtype = DType.F32;
    Component component = Component.OTHER;
    boolean optional = false;
    for (String line : lines) {
      String[] fields = line.split("\t", -1);
      name = name.substring(0, Integer.parseInt(fields[0])) + fields[1];
      Shape shape = shapes.computeIfAbsent(fields[2], LayoutPack::shape);
      if (fields.length > 3) {
        dtype = DType.of(fields[3]);
        optional = fields[4].endsWith("?");
        component =
            Component.parse(optional ? fields[4].substring(0, fields[4].length() - 1) : fields[4]);
      }
      tensors.put(name, new Layout.Entry(new TensorSpec(name, dtype, shape), component, optional));
    }
    return tensors;
  }

  private static Shape shape(String text) {
    return text.isEmpty()
        ? Shape.of()
        : Shape.of(Arrays.stream(text.split(",")).mapToLong(Long::parseLong).toArray());
  }
}
