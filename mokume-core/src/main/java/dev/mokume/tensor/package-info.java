/// Names, dtypes and shapes of tensors.
@NullMarked
package dev.mokume.tensor;

import org.jspecify.annotations.NullMarked;
