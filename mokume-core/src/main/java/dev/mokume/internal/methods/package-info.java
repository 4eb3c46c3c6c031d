/// Mokume's own methods that are no composition of others, written as a plugin would write them.
/// Start with [OwnMethods].
@NullMarked
package dev.mokume.internal.methods;

import org.jspecify.annotations.NullMarked;
