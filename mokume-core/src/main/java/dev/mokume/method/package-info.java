/// Merge methods, each turned into the arithmetic of one tensor. A merge method lives here.
@NullMarked
package dev.mokume.method;

import org.jspecify.annotations.NullMarked;
