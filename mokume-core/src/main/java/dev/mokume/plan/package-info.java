/// What will be done, tensor by tensor; every problem that can be found before a weight is read.
@NullMarked
package dev.mokume.plan;

import org.jspecify.annotations.NullMarked;
