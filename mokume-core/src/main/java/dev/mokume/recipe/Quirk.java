package dev.mokume.recipe;

import java.util.List;
import java.util.Locale;

/// One thing that another tool does otherwise than Mokume: a row of the table in `docs/compat.md`,
/// where a test compares them. A [Compat] profile is a set of these.
///
/// The first line of each says what the tool does. [#ids()] are the golden data's.
public enum Quirk {
  /// Slerp of (nearly) equal BF16 tensors is NaN: the limit 0.9995 rounds to 1.
  NAN_SLERP("M1"),
  /// Bislerp of a constant tensor is NaN.
  NAN_BISLERP("M7"),
  /// Lerp, bislerp and BF16 slerp round F16 and BF16 after every operation; norms of halves are
  /// halves.
  HALF_ARITHMETIC("H1"),
  /// The 1e-12 that is added to a norm is 0 in F16, so that normalise makes NaN of a tensor of
  /// zeros.
  VANISHING_EPSILON("H1"),
  /// The result of an earlier merge is rounded to the tensor's dtype before the next.
  ROUNDED_MERGES("B1"),
  /// A DareMerge node takes the results of earlier merges rounded to the tensor's dtype; ComfyUI's
  /// own nodes take them as they are.
  ROUNDED_OPERANDS("B1"),
  /// DARE rounds to A's dtype after each iteration.
  ROUNDED_ITERATIONS("S1"),
  /// A masked merge keeps A where the mask is *set* and ignores `label_emb`; DARE's masks are as
  /// ever.
  INVERTED_MASKS("S1"),
  /// The epsilon of norms is 1e-8.
  COARSE_EPSILON("S1"),
  /// DARE computes tensors of alpha 0 too, which only methods that are not linear show.
  DARE_AT_ZERO("S1"),
  /// Normalise puts B's weight, divided by the ratio, into A's bias where the sizes agree, and
  /// zeroes the bias elsewhere.
  DAMAGED_BIASES("N1"),
  /// Normalise knows the names of SD 1.5 only.
  SD15_NAMES("N3"),
  /// A block's name is a bare prefix: `input_blocks.10` and `.11` take the number of block 1.
  BARE_PREFIXES("G1", "G2"),
  /// Layer texts: line ends vanish; braces, endings and full names select nothing.
  POOR_LAYER_TEXTS("G4", "G5"),
  /// A tensor that two patterns select is edited twice; an edit changes the ratio for whoever else
  /// uses it.
  REPEATED_EDITS("G6", "G7"),
  /// Where two patterns of injected noise select a tensor, both start from the model as it came;
  /// under a method other than comfy the later replaces the earlier.
  SEPARATE_NOISE("I1"),
  /// A pattern may select nothing as long as another selects something.
  IDLE_PATTERNS("G4", "G5", "G6"),
  /// A union drops tensors that only the second mask has.
  FIRST_MASK_UNION("K4"),
  /// Masks that are held as floats are counted as `64.0` in reports.
  FLOAT_COUNTS("K3"),
  /// Where B has another shape, A's tensor is left multiplied by A's share.
  MULTIPLIED_MISFITS("CC1"),
  /// Weights and other numbers are rounded to F16 or BF16 where tensors are, and so is the result
  /// of every operation; tensors first, if [Recipe#arithmetic()] says to what. Where F32 makes a
  /// difference too, small tensors have torch's order of sums.
  STEPWISE_ROUNDING("MK2"),
  /// Of equal magnitudes at the limit those are kept, to the exact number, that torch's sort puts
  /// first; beyond a million elements those that come first.
  UNSTABLE_SORTS("MK5"),
  /// Breadcrumbs that drop no outlier drop everything.
  EMPTY_BREADCRUMBS("MK1"),
  /// Random masks of MergeLM draw what they drop, from one sequence that goes through all tensors
  /// of one model after the other.
  MODEL_SEQUENCES,
  /// DoRA whose lengths are of rows divides by the norms of the rows before the change.
  EARLY_NORMS,
  /// OFT and BOFT multiply by the strength twice, take alpha as it is for the largest norm, and OFT
  /// leaves out the rescaling.
  REPEATED_STRENGTHS,
  /// SCE weighs all models alike where their mean squares add up to less than 1e-6, and divides by
  /// no less than that.
  FLAT_SCE,
  /// The factors of an extracted LoRA are cut to the 0.99 quantile of their numbers, all of the
  /// singular values in the one; a convolution has at most as many columns as it has inputs.
  CUT_FACTORS,
  /// Dropout draws from numpy's default generator, seeded anew for each tensor.
  NUMPY_DRAWS,
  /// Rotate turns every direction of a wide matrix, and be it made of rounding only. Of small ones
  /// it is the same rounding.
  LEFT_OVER_DIRECTIONS;

  private final List<String> ids;

  Quirk(String... ids) {
    this.ids = List.of(ids);
  }

  /// What the golden data calls it: `G1`, `G2`; empty for what is not in it.
  public List<String> ids() {
    return ids;
  }

  /// As the documentation writes it: `bare-prefixes`.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
