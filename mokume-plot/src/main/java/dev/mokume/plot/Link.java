package dev.mokume.plot;

/// A link of a drawn workflow.
///
/// @param from index of the node that it comes from
/// @param to index of the node that it goes to
record Link(int from, int slot, int to, String input) {}
