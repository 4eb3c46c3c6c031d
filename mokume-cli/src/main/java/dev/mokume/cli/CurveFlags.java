package dev.mokume.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that give a number of a method, or of a mask, tensor by tensor.
final class CurveFlags {
  @Option(
      names = "--mbw",
      order = 12,
      paramLabel = "[NUMBER=]WEIGHTS",
      description =
          "alpha (task vectors: lambda; masks: their first number), or the number that is named,"
              + " per block: the 26 numbers of SD 1.x (20 or 21 for SDXL, 61 for FLUX), the base"
              + " first, or name=value pairs as in IN04=1,OUT=0, or the name of a row as in"
              + " GRAD_V. drop-rate=BASE=0.9,IN04=0.5 is of --drop-rate. May be given for several"
              + " numbers.")
  List<String> mbw = new ArrayList<>();

  @Option(
      names = "--mbw-presets",
      order = 12,
      paramLabel = "FILE",
      description =
          "Where names of rows for --mbw are: on each line a name, a tab and numbers, as"
              + " supermerger's mbwpresets.txt has them.")
  Optional<Path> presets = Optional.empty();

  @Option(
      names = "--gradient",
      order = 12,
      paramLabel = "[NUMBER=]X1,X2,..",
      description =
          "alpha (task vectors: lambda; masks: their first number), or the number that is named, by"
              + " depth: 0,0.5,1 is 0 at the first layer, 1 at the last, and rises evenly between;"
              + " density=0.2,0.8 is of --density. With the number's own option or --mbw the"
              + " product of both.")
  List<String> gradient = new ArrayList<>();

  @Option(
      names = "--ratio-for",
      order = 12,
      paramLabel = "NUMBER=RATIO",
      description =
          "A number of the method or mask as a ratio of recipes, by name, component or anything:"
              + " 'density={patterns: {\"*attn*\": 0.2, \"*\": 0.8}}'. With other options for that"
              + " number the product of all.")
  List<String> ratioFor = new ArrayList<>();

  @Option(
      names = "--elemental",
      order = 12,
      paramLabel = "[NUMBER=]RULES",
      description =
          "BLOCKS:ELEMENTS:NUMBER, separated by commas or lines, which overrule --mbw:"
              + " 'OUT03-OUT05:attn2 attn1.to_out:0.5,NOT BASE:ff:0.2'. ELEMENTS are parts of"
              + " tensors' names; an empty part selects everything; the last that fits counts.")
  List<String> elemental = new ArrayList<>();
}
