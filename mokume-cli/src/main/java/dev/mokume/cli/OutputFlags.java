package dev.mokume.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that say what the output holds and how it is stored.
final class OutputFlags {
  @Option(
      names = "--from",
      order = 100,
      paramLabel = "COMPONENT=MODEL",
      description =
          "Take a component as it is from a model: --from vae=C.safetensors bakes a VAE, --from"
              + " clip=A keeps the first model's text encoders. MODEL is a file, or the letter of a"
              + " model in the order given. Repeatable.")
  List<String> from = new ArrayList<>();

  @Option(
      names = "--vae",
      order = 100,
      paramLabel = "MODEL",
      description = "Bake in another VAE: --vae C.safetensors is --from vae=C.safetensors.")
  Optional<String> vae = Optional.empty();

  @Option(
      names = "--dtype",
      order = 101,
      paramLabel = "[COMPONENT=]TYPE",
      description =
          "Store floats as F32, F16, BF16, F8_E4M3 ...: --dtype f16, or --dtype unet=f16 --dtype"
              + " vae=f32. F8_E4M3_SCALED and F8_E5M2_SCALED store matrices with a scale each and"
              + " leave the rest as it is. In a .gguf output also Q8_0, Q6_K, Q5_K, Q5_0, Q4_K,"
              + " Q4_0. Default: as in the first model. What is quantised already loses twice if it"
              + " is merged and quantised again: better merge F16 originals. Repeatable.")
  List<String> dtypes = new ArrayList<>();

  @Option(
      names = "--rounding",
      order = 102,
      paramLabel = "HOW",
      description =
          "How 8-bit floats are rounded: nearest (the default), or stochastic[:SEED]: up or down by"
              + " chance, so that the mean stays.")
  Optional<String> rounding = Optional.empty();

  @Option(
      names = "--scales",
      order = 103,
      paramLabel = "NAME",
      description =
          "What the scales of 8-bit floats are called: as-stored (the default: as in the first"
              + " model, weight-scale if it has none), weight-scale (as ComfyUI writes them now),"
              + " or scale-weight (as it wrote them at first).")
  Optional<String> scales = Optional.empty();

  @Option(
      names = "--ema",
      order = 104,
      paramLabel = "WHAT",
      description =
          "What becomes of model_ema tensors: keep (the default), drop, promote (they take the"
              + " place of the weights they are the average of), or exchange (both change places).")
  Optional<String> ema = Optional.empty();

  @Option(
      names = "--only",
      order = 105,
      split = ",",
      paramLabel = "COMPONENT",
      description =
          "Write this component and no other: --only unet, --only unet,vae, --only clip. What is"
              + " left out is listed in the plan.")
  List<String> only = new ArrayList<>();

  @Option(
      names = "--names",
      order = 106,
      paramLabel = "HOW",
      description =
          "What tensors are called: as-stored (the default: as in the first model that has the"
              + " component), checkpoint (as in whole checkpoints), bare (one component without a"
              + " prefix, as loaders of single files want it; goes with --only), or diffusers (as"
              + " in a folder of the diffusers library: with --only of one component a file of it,"
              + " else the output is such a folder).")
  Optional<String> names = Optional.empty();

  @Option(
      names = "--on-mismatch",
      order = 107,
      paramLabel = "WHAT",
      description =
          "What becomes of a tensor that a model has in another shape than the first: error (the"
              + " default), keep: it stays the first model's, and the plan says why, or skip: the"
              + " model that does not fit plays no part in it; larger embeddings are cut.")
  Optional<String> onMismatch = Optional.empty();

  @Option(
      names = "--exclude",
      order = 108,
      paramLabel = "PATTERN",
      description =
          "Leave tensors as they are in the first model: names or beginnings of names, with * and"
              + " {a,b}. Repeatable.")
  List<String> exclude = new ArrayList<>();

  @Option(
      names = "--max-shard",
      order = 109,
      paramLabel = "SIZE",
      description =
          "Write shards of at most SIZE, as in 5GB or 2GiB, and the index that lists them. OUT is"
              + " then a folder, in which they are called model-00001-of-00002.safetensors and so"
              + " on, or a file whose name they begin with.")
  Optional<String> maxShard = Optional.empty();

  @Option(
      names = "--position-ids",
      order = 104,
      paramLabel = "WHAT",
      description =
          "What becomes of the text encoders' position_ids, which old merges damaged: keep (the"
              + " default), or repair: they are written anew. 'mokume inspect' tells damaged ones.")
  Optional<String> positionIds = Optional.empty();

  @Option(
      names = "--metadata",
      order = 111,
      paramLabel = "KEY=TEXT",
      description =
          "Write this into the output's metadata, as in --metadata modelspec.title=Mine; an empty"
              + " text takes away what the first model says there. Repeatable.")
  List<String> metadata = new ArrayList<>();

  /// Whether any was given that says nothing about a mask.
  boolean concernCheckpoints() {
    return !from.isEmpty()
        || vae.isPresent()
        || !dtypes.isEmpty()
        || rounding.isPresent()
        || scales.isPresent()
        || ema.isPresent()
        || positionIds.isPresent()
        || !metadata.isEmpty()
        || !only.isEmpty()
        || names.isPresent()
        || onMismatch.isPresent()
        || !exclude.isEmpty()
        || maxShard.isPresent();
  }

  /// @throws dev.mokume.error.MokumeException if `--max-shard` is no size
  Destination destination() {
    return Destination.of(maxShard);
  }
}
