package dev.mokume.plan;

import dev.mokume.architecture.Component;
import dev.mokume.architecture.Detection;
import dev.mokume.checkpoint.CheckpointFormat;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.internal.quantised.ScaleNames;
import dev.mokume.internal.quantised.ScaledTensor;
import dev.mokume.recipe.Result;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Shape;
import dev.mokume.tensor.TensorSpec;
import java.util.Optional;
import java.util.Set;

/// Chooses how each tensor of a checkpoint is stored: as the recipe asks, else as in the first
/// model, as far as the output's format can.
final class StorageChoice {
  /// What the values of quantised tensors are stored as in a format without such dtypes.
  static final DType SUBSTITUTE = DType.F16;

  private final Result.Checkpoint result;
  private final CheckpointFormat format;
  private final OpenInputs inputs;
  private final String firstModel;
  private final Set<String> names;

  /// @param names of all tensors that the output may have
  StorageChoice(
      Result.Checkpoint result,
      CheckpointFormat format,
      OpenInputs inputs,
      String firstModel,
      Set<String> names) {
    this.result = result;
    this.format = format;
    this.inputs = inputs;
    this.firstModel = firstModel;
    this.names = names;
  }

  /// @param tensor of the component's anchor
  Storage of(Component component, StoredTensor tensor) {
    DType asked = result.dtypes().get(component);
    TensorSpec spec = tensor.spec();
    if (asked == null
        || !format.stores(asked)
        || !spec.dtype().isBlendable()
        || Detection.isMarker(spec.name())) {
      return asStored(tensor);
    }
    if (!result.encoding().scaled().contains(component)) {
      return plain(spec, asked);
    }
    if (!Storage.isScalable(spec)) {
      return asStored(tensor);
    }
    Optional<ScaledTensor> like = ScaledTensor.behind(tensor);
    return new Storage.Scaled(
        asked,
        scaleNames(component),
        like.filter(ScaledTensor::hasOneScale)
            .map(scaled -> scaled.scale().spec().shape())
            .orElse(Shape.of()),
        like);
  }

  /// How `source` is stored, another model's tensor that is taken in the place of `tensor`.
  Storage ofTaken(Component component, StoredTensor tensor, StoredTensor source) {
    boolean convertible =
        source.spec().dtype().isBlendable() && tensor.spec().dtype().isBlendable();
    if (!convertible) {
      return asStored(source);
    }
    Storage wanted = of(component, tensor);
    return wanted instanceof Storage.Plain(var dtype)
        ? plain(source.spec(), storable(dtype, source.spec().shape()))
        : wanted;
  }

  /// As it is, if the format can.
  Storage asStored(StoredTensor tensor) {
    Optional<ScaledTensor> scaled = ScaledTensor.behind(tensor);
    TensorSpec spec = tensor.spec();
    if (scaled.isPresent() && format.stores(scaled.get().weight().spec().dtype())) {
      return new Storage.AsStored(scaled.get());
    }
    if (!spec.dtype().isBlendable() || Detection.isMarker(spec.name())) {
      return new Storage.Plain(spec.dtype());
    }
    DType own = ScaledTensor.isPart(tensor) ? Storage.UNSCALED : spec.dtype();
    return plain(spec, storable(own, spec.shape()));
  }

  /// What files of the output's format usually store such a tensor as that is to be `wanted`.
  private Storage plain(TensorSpec spec, DType wanted) {
    return new Storage.Plain(format.storedAs(spec, wanted, names));
  }

  /// The dtype itself, or what stands in for it where the output's format lacks it or cannot hold
  /// that shape in it.
  private DType storable(DType dtype, Shape shape) {
    boolean fits = format.stores(dtype) && dtype.fits(shape);
    return fits || !dtype.isBlendable() ? dtype : SUBSTITUTE;
  }

  /// What the scales of a component are called that are asked for.
  private ScaleNames scaleNames(Component component) {
    return switch (result.encoding().scales()) {
      case WEIGHT_SCALE -> ScaleNames.WEIGHT_SCALE;
      case SCALE_WEIGHT -> ScaleNames.SCALE_WEIGHT;
      case AS_STORED ->
          inputs
              .scaled(firstModel)
              .flatMap(model ->
                  model.scaled().stream()
                      .filter(scaled -> inputs.component(firstModel, scaled.weight()) == component)
                      .map(ScaledTensor::names)
                      .filter(names -> names == ScaleNames.SCALE_WEIGHT)
                      .findFirst())
              .orElse(ScaleNames.WEIGHT_SCALE);
    };
  }
}
