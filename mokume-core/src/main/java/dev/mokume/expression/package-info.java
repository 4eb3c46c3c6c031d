/// The arithmetic of one output tensor, as a graph of elements, mask bits and whole-tensor numbers.
@NullMarked
package dev.mokume.expression;

import org.jspecify.annotations.NullMarked;
