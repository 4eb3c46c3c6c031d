/// What differs between checkpoints: norms, cosines, sign agreement.
@NullMarked
package dev.mokume.analysis;

import org.jspecify.annotations.NullMarked;
