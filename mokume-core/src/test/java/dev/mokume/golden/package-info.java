/// Reference results of other merging programs, run through Mokume. Start with
/// [dev.mokume.golden.GoldenTest].
@NullMarked
package dev.mokume.golden;

import org.jspecify.annotations.NullMarked;
