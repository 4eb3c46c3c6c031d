package dev.mokume.internal.engine;

/// The norms of an `outer x channels x inner` tensor over its channels: `outer * inner` numbers, in
/// f64.
record ChannelNorms(long channels, long inner) {}
