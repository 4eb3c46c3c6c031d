package dev.mokume.method;

import dev.mokume.recipe.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The names of a U-Net's blocks as the DareMerge nodes count them. Names are those within the
/// diffusion model.
///
/// By whole segments, `input_blocks.1` is not the beginning of `input_blocks.10.0`; by bare
/// prefixes, as the nodes look names up, it is ([dev.mokume.recipe.Quirk#BARE_PREFIXES]).
final class UnetNames {
  private static final String TIME = "time";
  private static final String LABEL = "label";
  private static final String OUT = "out";

  /// Every name of DareMerge's MBW Gradient, in the order in which the node tries them.
  static final List<String> BLOCKS =
      Stream.of(
              Stream.of(TIME, LABEL),
              numbered("input_blocks.", 0, 11),
              numbered("middle_block.", 0, 2),
              numbered("output_blocks.", 0, 11),
              Stream.of(OUT))
          .flatMap(names -> names)
          .toList();

  private UnetNames() {}

  /// The number of the group that the tensor is of. `out.` is not the beginning of
  /// `output_blocks.`.
  static Optional<Double> group(Ratio.ByGroup groups, String local) {
    if (local.startsWith("input_blocks.")) {
      return Optional.of(groups.input());
    }
    if (local.startsWith("middle_block.")) {
      return Optional.of(groups.middle());
    }
    if (local.startsWith("output_blocks.")) {
      return Optional.of(groups.output());
    }
    if (local.startsWith("out.")) {
      return Optional.of(groups.out());
    }
    if (local.startsWith("time")) {
      return Optional.of(groups.time());
    }
    return local.startsWith("label_emb") ? Optional.of(groups.label()) : Optional.empty();
  }

  /// The first of `blocks` that the tensor is of.
  static Optional<String> block(List<String> blocks, String local, boolean barePrefixes) {
    return blocks.stream().filter(block -> isOf(block, local, barePrefixes)).findFirst();
  }

  /// The number of the shell that the tensor is of.
  ///
  /// @param deep whether the U-Net has twelve blocks a side (SD 1.x) and not nine (SDXL)
  static Optional<Double> shell(
      Ratio.ByShell shells, String local, boolean deep, boolean barePrefixes) {
    if (local.startsWith("middle_block")) {
      return Optional.of(shells.core());
    }
    Shells names = deep ? Shells.SD15 : Shells.SDXL;
    if (block(names.exterior, local, barePrefixes).isPresent()) {
      return Optional.of(shells.exterior());
    }
    if (block(names.interior, local, barePrefixes).isPresent()) {
      return Optional.of(shells.interior());
    }
    return block(names.core, local, barePrefixes).map(_ -> shells.core());
  }

  /// The block in the name: `input_blocks.10` of `input_blocks.10.0.out_layers.3.weight`.
  static String blockOf(String local) {
    int first = local.indexOf('.');
    int second = local.indexOf('.', first + 1);
    return second < 0 ? local : local.substring(0, second);
  }

  private static boolean isOf(String block, String local, boolean barePrefixes) {
    return switch (block) {
      case TIME -> local.startsWith(TIME);
      case LABEL -> local.startsWith("label_emb");
      case OUT -> local.startsWith("out.");
      default -> local.startsWith(barePrefixes ? block : block + ".");
    };
  }

  private static Stream<String> numbered(String family, int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(number -> family + number);
  }

  /// Which blocks make a shell, the middle block apart, which is always core.
  private record Shells(List<String> exterior, List<String> interior, List<String> core) {
    static final Shells SD15 =
        new Shells(blocks(0, 3, 9, 12), blocks(4, 8, 4, 8), blocks(9, 12, 0, 3));
    static final Shells SDXL =
        new Shells(blocks(0, 2, 6, 8), blocks(3, 5, 3, 5), blocks(6, 8, 0, 2));

    private static List<String> blocks(
        int firstInput, int lastInput, int firstOutput, int lastOutput) {
      List<String> blocks = new ArrayList<>();
      numbered("input_blocks.", firstInput, lastInput).forEach(blocks::add);
      numbered("output_blocks.", firstOutput, lastOutput).forEach(blocks::add);
      return List.copyOf(blocks);
    }
  }
}
