/// Inner loops over blocks of elements, in pairs: a scalar kernel that reads as the specification
/// and a vector one that is bit-equal to it. Kernels never check and never allocate.
@NullMarked
package dev.mokume.internal.kernel;

import org.jspecify.annotations.NullMarked;
