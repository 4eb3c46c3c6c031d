package dev.mokume.internal.pickle;

/// A file in a zip archive.
///
/// @param deflated whether its bytes are compressed; else they lie in the archive as they are
/// @param offset of its first byte in the archive, behind its header
/// @param compressed bytes in the archive
/// @param length bytes of the file
record ArchiveEntry(String name, boolean deflated, long offset, long compressed, long length) {}
