package dev.mokume.cli;

import dev.mokume.architecture.Component;
import dev.mokume.recipe.Interpolation;
import dev.mokume.recipe.Mask;
import dev.mokume.recipe.Mask.Quantile;
import dev.mokume.recipe.Mask.Select;
import dev.mokume.recipe.Ratio;
import dev.mokume.recipe.Recipe;
import dev.mokume.recipe.Result;
import dev.mokume.recipe.SparseUpdate;
import dev.mokume.recipe.SparseUpdate.Vote;
import dev.mokume.recipe.Weights;
import dev.mokume.tensor.DType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// What `mokume bench` times, and what Mokume is built to reach on two threads.
enum BenchCase {
  /// The linear blend of two files.
  LINEAR(2L << 30, DType.F16, DType.BF16),
  /// A random tenth of B - A, added to A.
  DARE(1L << 30, DType.F16, DType.BF16),
  /// The same of one sign a tensor, where C hardly differs from A: three files, three numbers of
  /// whole tensors.
  DARE_TIES_MASK(1L << 30, DType.F16),
  /// The greatest half of each of three task vectors, with a sign elected for each element, upon a
  /// base.
  TIES(1L << 29, DType.BF16),
  /// An exact quantile of |B - A|, and how many elements are below it; nothing is written.
  QUANTILE(200_000_000L, DType.F16);

  static final double ALPHA = 0.35;
  private static final double DROP_RATE = 0.9;
  static final double THRESHOLD = 0.8;

  private final long bytes;
  private final List<DType> dtypes;

  BenchCase(long bytes, DType... dtypes) {
    this.bytes = bytes;
    this.dtypes = List.of(dtypes);
  }

  /// What is timed, in the order of a round.
  enum What {
    FLOOR("cat of the inputs > /dev/null, dd of A over a file"),
    LINEAR("weighted sum of A and B, in process, warm, over a file"),
    NUMPY("numpy's partition of |B - A|, made before"),
    WARM("in process, warm, over a file"),
    COUNTED("in process, warm: read, quantile, count"),
    PROCESS("whole process, over a file"),
    WARM_SHIPPED("in process, as shipped: new file, fsync, SHA-256"),
    PROCESS_SHIPPED("whole process, as shipped"),
    PEER("the peer's whole process");

    private final String words;

    What(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /// At most so many times what something else takes.
  record Goal(What of, double most, What against) {}

  /// The dtypes that it is usually measured with.
  List<DType> dtypes() {
    return dtypes;
  }

  /// How large each file usually is.
  long bytes() {
    return bytes;
  }

  int inputs() {
    return switch (this) {
      case LINEAR, DARE, QUANTILE -> 2;
      case DARE_TIES_MASK -> 3;
      case TIES -> 4;
    };
  }

  boolean writes() {
    return this != QUANTILE;
  }

  List<What> things() {
    return switch (this) {
      case LINEAR ->
          List.of(What.FLOOR, What.WARM, What.PROCESS, What.WARM_SHIPPED, What.PROCESS_SHIPPED);
      case DARE, DARE_TIES_MASK, TIES -> List.of(What.FLOOR, What.LINEAR, What.WARM);
      case QUANTILE -> List.of(What.NUMPY, What.COUNTED);
    };
  }

  List<Goal> goals(DType dtype) {
    return switch (this) {
      case LINEAR ->
          List.of(
              new Goal(What.WARM, dtype.equals(DType.BF16) ? 0.55 : 0.65, What.FLOOR),
              new Goal(What.PROCESS, 1.2, What.FLOOR));
      case DARE -> List.of(new Goal(What.WARM, 1.5, What.LINEAR));
      case DARE_TIES_MASK -> List.of(new Goal(What.WARM, 3, What.FLOOR));
      case TIES -> List.of(new Goal(What.WARM, 4, What.FLOOR));
      case QUANTILE -> List.of(new Goal(What.COUNTED, 0.3, What.NUMPY));
    };
  }

  /// @param files as many as [#inputs]; the base of TIES is the first
  Recipe recipe(List<Path> files) {
    return switch (this) {
      case LINEAR -> {
        MethodFlags flags = new MethodFlags();
        flags.method = Optional.of("weighted-sum");
        flags.alpha = Optional.of(ALPHA);
        yield MethodRecipes.of(flags, files, new Headers());
      }
      case DARE -> {
        MethodFlags flags = new MethodFlags();
        flags.method = Optional.of("dare");
        flags.dropRate = Optional.of(DROP_RATE);
        flags.vote = Optional.of("off");
        yield MethodRecipes.of(flags, files, new Headers());
      }
      case DARE_TIES_MASK -> {
        Weights dare =
            new Weights.Dare(
                source(0),
                source(1),
                new Ratio.Constant(1),
                new SparseUpdate(DROP_RATE, Vote.SUM, false, 1),
                1,
                Interpolation.LINEAR,
                Optional.of(magnitude(source(0), source(2))));
        SequencedMap<Component, Weights> components = new LinkedHashMap<>();
        new Headers()
            .apply(files.getFirst())
            .mainComponents()
            .forEach(component -> components.put(component, dare));
        yield Recipe.of(named(files), Result.Checkpoint.of(components));
      }
      case TIES -> {
        MethodFlags flags = new MethodFlags();
        flags.method = Optional.of("ties");
        flags.base = Optional.of(files.getFirst());
        flags.density = Optional.of("0.5");
        yield MethodRecipes.of(flags, files.subList(1, files.size()), new Headers());
      }
      case QUANTILE -> Recipe.of(named(files), Result.MaskFile.of(magnitude(source(0), source(1))));
    };
  }

  private static Mask magnitude(Weights a, Weights b) {
    Quantile exact = new Quantile(Quantile.Rule.EXACT, Quantile.REFERENCE_CHUNK);
    return new Mask.Magnitude(a, b, THRESHOLD, exact, Select.BELOW);
  }

  private static Weights.Source source(int index) {
    return new Weights.Source(ModelNames.letter(index));
  }

  private static SequencedMap<String, Path> named(List<Path> files) {
    SequencedMap<String, Path> models = new LinkedHashMap<>();
    files.forEach(file -> models.put(ModelNames.letter(models.size()), file));
    return models;
  }
}
