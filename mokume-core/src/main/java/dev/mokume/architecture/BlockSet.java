package dev.mokume.architecture;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Nearest;
import dev.mokume.error.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Some of a checkpoint's blocks, as people name them for merges: `IN04`, `OUT03-OUT05`, `clip_l`,
/// `BASE`.
///
/// BASE is what a row of block weights has no other number for: text encoders, the VAE, and what of
/// a U-Net lies outside IN, M and OUT. As in such rows, a U-Net's final layers go with its last OUT
/// block.
public final class BlockSet {
  private final Set<Block> blocks;
  private final boolean base;

  /// What has a number of its own in a row of block weights, so that it is not of BASE.
  private final Set<Block> counted;

  private BlockSet(Set<Block> blocks, boolean base, Set<Block> counted) {
    this.blocks = Set.copyOf(blocks);
    this.base = base;
    this.counted = Set.copyOf(counted);
  }

  /// @param names separated by white space; at least one
  /// @param detection of the checkpoint whose blocks are meant
  /// @throws MokumeException `INVALID_RECIPE` with every name that it has no block of
  public static BlockSet parse(String names, Detection detection) {
    BlockNames known = new BlockNames(detection);
    List<List<Block>> slots = slots(detection);
    Set<Block> blocks = new HashSet<>();
    boolean base = false;
    List<Problem> problems = new ArrayList<>();
    for (String name : names.strip().split("\\s+")) {
      List<Block> found = known.find(name);
      if (name.equalsIgnoreCase(BlockNames.BASE)) {
        base = true;
      } else if (found.isEmpty()) {
        problems.add(
            new Problem(
                ErrorCode.INVALID_RECIPE,
                "%s has no block '%s'%s"
                    .formatted(
                        detection.architecture().words(),
                        name,
                        Nearest.to(name, known.known())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("; its blocks are " + known.description()))));
      } else {
        blocks.addAll(found);
        slots.stream()
            .filter(slot -> slot.stream().anyMatch(found::contains))
            .forEach(blocks::addAll);
      }
    }
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    Set<Block> counted = slots.stream().flatMap(List::stream).collect(Collectors.toSet());
    return new BlockSet(blocks, base, counted);
  }

  private static List<List<Block>> slots(Detection detection) {
    List<BlockForm> forms = BlockForm.of(detection);
    return forms.isEmpty()
        ? detection.blocks().keySet().stream().filter(Block::isNumbered).map(List::of).toList()
        : forms.getFirst().slots();
  }

  /// Whether a tensor at that place is in one of the blocks.
  public boolean contains(TensorPlace place) {
    boolean outside = true;
    for (Optional<Block> stage = place.middlePart().or(() -> Optional.of(place.block()));
        stage.isPresent();
        stage = stage.get().parent()) {
      if (blocks.contains(stage.get())) {
        return true;
      }
      outside &= !counted.contains(stage.get());
    }
    return base && outside;
  }
}
