package dev.mokume.federated;

import java.nio.file.Path;

/// A client that cannot take part.
///
/// @param reason a sentence that begins with the file's name
public record BadClient(Path file, String reason) {}
