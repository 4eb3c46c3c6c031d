/// The front door: plan, merge, inspect, diff. Start with [dev.mokume.Mokume].
@NullMarked
package dev.mokume;

import org.jspecify.annotations.NullMarked;
