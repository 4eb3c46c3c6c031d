/// Sweeps: one recipe with many values of some of its numbers. Start with [dev.mokume.sweep.Sweep].
@NullMarked
package dev.mokume.sweep;

import org.jspecify.annotations.NullMarked;
