package dev.mokume.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a file that no format of ours recognises is, told by its first bytes.
final class ForeignContent {
  /// Extensions of formats that hold weights but that Mokume does not write.
  static final List<String> EXTENSIONS =
      List.of(".ckpt", ".pt", ".pth", ".bin", ".pkl", ".ggml", ".onnx", ".h5", ".npz", ".msgpack");

  private record Kind(String start, String message) {}

  private static final String CONVERT = "; convert it to safetensors first.";

  private static final List<Kind> KINDS =
      List.of(
          new Kind("tjgg", "is a GGML file, whose weights are mostly quantised" + CONVERT),
          new Kind("lmgg", "is a GGML file, whose weights are mostly quantised" + CONVERT),
          new Kind("\u0089HDF\r\n", "is an HDF5 file (Keras, TensorFlow)" + CONVERT),
          new Kind("\u0093NUMPY", "is a NumPy array" + CONVERT),
          new Kind("\u001f\u008b", "is compressed with gzip; unpack it first."),
          new Kind(
              "version https:",
              "is a Git LFS pointer of a few lines and not the checkpoint itself; fetch it with"
                  + " 'git lfs pull'."),
          new Kind(
              "<!doctype",
              "is a web page and not a checkpoint: the download was an error or a login page."),
          new Kind(
              "<html",
              "is a web page and not a checkpoint: the download was an error or a login page."));

  private ForeignContent() {}

  /// A sentence that says what the file is and what to do, if that can be told.
  static Optional<String> of(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    String lower = text.toLowerCase(Locale.ROOT);
    return KINDS.stream()
        .filter(kind -> text.startsWith(kind.start) || lower.startsWith(kind.start))
        .map(Kind::message)
        .findFirst();
  }
}
