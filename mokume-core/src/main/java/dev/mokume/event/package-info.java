/// What a merge tells Java Flight Recorder while it runs, and how the times add up: an event for
/// every strip that is read, computed or written, and for every step of a merge around them. Begin
/// at [Profile]. Where nothing is recorded, none of these classes is loaded.
@NullMarked
package dev.mokume.event;

import org.jspecify.annotations.NullMarked;
