/// Full-size checkpoints of pseudo-random weights, for trying out and measuring. Start with
/// [dev.mokume.synth.Synth].
@NullMarked
package dev.mokume.synth;

import org.jspecify.annotations.NullMarked;
