/// Pictures: [dev.mokume.plot.HeatMap] of a tensor, [dev.mokume.plot.WorkflowDrawing] of a graph.
/// Nothing needs a display; letters in a PNG need a font on the machine.
@NullMarked
package dev.mokume.plot;

import org.jspecify.annotations.NullMarked;
