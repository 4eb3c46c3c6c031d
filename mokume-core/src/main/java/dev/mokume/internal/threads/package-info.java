/// Threads that work on one job together: [Workers].
@NullMarked
package dev.mokume.internal.threads;

import org.jspecify.annotations.NullMarked;
