/// Named tensors on disk, and the bytes behind them.
@NullMarked
package dev.mokume.checkpoint;

import org.jspecify.annotations.NullMarked;
