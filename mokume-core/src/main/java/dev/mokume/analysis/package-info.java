/// What differs between checkpoints, and what masks select. Start with
/// [dev.mokume.analysis.Comparison].
@NullMarked
package dev.mokume.analysis;

import org.jspecify.annotations.NullMarked;
