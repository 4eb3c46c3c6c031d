/// What the user asked: the sealed trees of weights, masks and ratios.
@NullMarked
package dev.mokume.recipe;

import org.jspecify.annotations.NullMarked;
