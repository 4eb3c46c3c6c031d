package dev.mokume.synth;

import dev.mokume.architecture.Layout;
import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.checkpoint.CarriedOver;
import dev.mokume.checkpoint.Checkpoint;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.CheckpointLayout;
import dev.mokume.checkpoint.CheckpointWriter;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.QuantisedWeights;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.checkpoint.TensorEntry;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.internal.random.RandomKey;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Makes checkpoints that look like real ones in names, shapes, dtypes and the size of their
/// numbers, but were never trained.
///
/// A value is a pure function of the seed, the tensor's name and the element's index: the same file
/// comes out whatever the number of threads, and two layouts that share a tensor share its values.
public final class Synth {
  private Synth() {}

  /// Writes a checkpoint of that layout.
  ///
  /// @param floats the dtype of all floating-point tensors; the layout's own dtypes if empty
  /// @return the bytes that were settled before the values
  /// @throws MokumeException if the output cannot be written; there is then no output file
  public static CheckpointLayout fromLayout(
      Layout layout, Optional<DType> floats, long seed, Path output, SynthOptions options) {
    Storing storing = new Storing(output, floats, layout.specs());
    List<SynthTensor> tensors = new ArrayList<>();
    for (TensorSpec spec : layout.specs()) {
      tensors.add(
          new SynthTensor(
              storing.entry(spec),
              PlausibleContent.of(spec),
              RandomKey.of(seed, "synth", spec.name())));
    }
    Map<String, String> metadata =
        Map.of("mokume.synth", "layout %s, seed %s".formatted(layout.name(), seed));
    CheckpointLayout file = storing.layout(tensors, metadata, Optional.empty());
    return write(tensors, file, output, options.output(), options);
  }

  /// Writes a checkpoint that differs from `base` as a fine-tuned model does from the one it was
  /// made of: every floating-point value plus `noise` times the deviation of its tensor's values
  /// times a random number of deviation 1. All other tensors are copied, byte for byte.
  ///
  /// The base is read twice.
  ///
  /// @param noise at least 0; 0.05 is about what fine-tuning does
  /// @param floats the dtype of all floating-point tensors; the base's own dtypes if empty
  /// @throws MokumeException if the base cannot be read, is quantised, or has NaN or infinity in
  ///   its weights, or if the output cannot be written; there is then no output file
  public static CheckpointLayout sibling(
      Path base,
      double noise,
      Optional<DType> floats,
      long seed,
      Path output,
      SynthOptions options) {
    if (!(noise >= 0 && noise <= Float.MAX_VALUE)) {
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the noise must be a number of at least 0 but was "
              + noise
              + "; 0.05 is about what fine-tuning does");
    }
    try (Checkpoint checkpoint = Checkpoints.open(base)) {
      QuantisedWeights.problem(checkpoint)
          .ifPresent(problem -> {
            throw new MokumeException(List.of(problem));
          });
      Storing storing =
          new Storing(
              output,
              floats,
              checkpoint.tensors().values().stream().map(StoredTensor::spec).toList());
      List<SynthTensor> tensors = siblings(checkpoint, noise, storing, seed, options);
      Map<String, String> metadata = new LinkedHashMap<>(checkpoint.metadata());
      metadata.put(
          "mokume.synth",
          "sibling of %s, noise %s, seed %s".formatted(base.getFileName(), noise, seed));
      AtomicFileOutput.Options target = options.output().inputs(Checkpoints.files(checkpoint));
      CheckpointLayout file = storing.layout(tensors, metadata, checkpoint.carriedOver());
      return write(tensors, file, output, target, options);
    }
  }

  private static List<SynthTensor> siblings(
      Checkpoint base, double noise, Storing storing, long seed, SynthOptions options) {
    List<StoredTensor> blendable =
        base.tensors().values().stream()
            .filter(tensor -> tensor.spec().dtype().isBlendable())
            .toList();
    Map<String, Double> deviations = new Deviations(blendable, options).measure();
    List<SynthTensor> tensors = new ArrayList<>();
    for (StoredTensor tensor : base.tensors().values()) {
      Content content = new Content.Copy(tensor);
      Double deviation = deviations.get(tensor.name());
      if (deviation != null) {
        content = new Content.Sibling(tensor, (float) (noise * deviation));
      }
      tensors.add(
          new SynthTensor(
              deviation == null
                  ? new TensorEntry(tensor.spec(), tensor.length())
                  : storing.entry(tensor.spec()),
              content,
              RandomKey.of(seed, "sibling", tensor.name())));
    }
    return tensors;
  }

  /// How tensors are stored in the format that the output's name chooses.
  private static final class Storing {
    private final CheckpointFormat format;
    private final Optional<DType> floats;
    private final Set<String> names;

    Storing(Path output, Optional<DType> floats, List<TensorSpec> tensors) {
      this.format = Checkpoints.formatOf(output);
      floats
          .filter(dtype -> !format.stores(dtype))
          .ifPresent(dtype -> {
            throw new MokumeException(
                ErrorCode.INVALID_RECIPE,
                "%s: a %s file cannot hold %s; store as f16, bf16 or f32, or give the output the extension of a format that can."
                    .formatted(output, format.name(), dtype));
          });
      this.floats = floats;
      this.names = tensors.stream().map(TensorSpec::name).collect(Collectors.toSet());
    }

    TensorEntry entry(TensorSpec spec) {
      if (!spec.dtype().isBlendable()) {
        return TensorEntry.of(spec);
      }
      DType wanted =
          floats.or(() -> spec.dtype().encodable().filter(format::stores)).orElse(DType.F16);
      DType dtype = format.storedAs(spec, wanted, names);
      return TensorEntry.of(new TensorSpec(spec.name(), dtype, spec.shape()));
    }

    CheckpointLayout layout(
        List<SynthTensor> tensors, Map<String, String> metadata, Optional<CarriedOver> carried) {
      return format.layout(tensors.stream().map(SynthTensor::entry).toList(), metadata, carried);
    }
  }

  private static CheckpointLayout write(
      List<SynthTensor> tensors,
      CheckpointLayout layout,
      Path output,
      AtomicFileOutput.Options target,
      SynthOptions options) {
    try (CheckpointWriter writer =
        CheckpointWriter.open(layout, AtomicFileOutput.create(output, layout.size(), target))) {
      new SynthRun(tensors, writer, options).run();
      verifySources(tensors);
      writer.commit();
    }
    return layout;
  }

  private static void verifySources(List<SynthTensor> tensors) {
    tensors.stream()
        .flatMap(tensor -> tensor.content().source().stream())
        .map(StoredTensor::source)
        .distinct()
        .forEach(source -> source.verifyUnchanged());
  }
}
