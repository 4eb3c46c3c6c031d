/// What can go wrong, as a category, a place, what was found, what was wanted and what to do next.
@NullMarked
package dev.mokume.error;

import org.jspecify.annotations.NullMarked;
