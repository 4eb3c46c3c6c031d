/// Merge methods that are no composition of others: Mokume's own and those that users bring. Start
/// with [dev.mokume.plugin.MergeMethod].
@org.jspecify.annotations.NullMarked
package dev.mokume.plugin;
