/// What a checkpoint holds, told from its header. Start with [dev.mokume.inspection.Inspection].
@NullMarked
package dev.mokume.inspection;

import org.jspecify.annotations.NullMarked;
