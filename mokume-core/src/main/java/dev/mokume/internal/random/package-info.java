/// Random draws that belong to the elements of one tensor: Mokume's own, and those of torch's CPU
/// generator. Start with [dev.mokume.internal.random.DrawSequence].
@NullMarked
package dev.mokume.internal.random;

import org.jspecify.annotations.NullMarked;
