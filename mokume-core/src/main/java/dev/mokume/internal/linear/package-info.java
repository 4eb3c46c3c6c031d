/// Low-rank approximations of matrices larger than memory. Start with [RandomisedSvd].
@NullMarked
package dev.mokume.internal.linear;

import org.jspecify.annotations.NullMarked;
