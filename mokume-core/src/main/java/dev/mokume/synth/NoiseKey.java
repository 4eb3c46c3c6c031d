package dev.mokume.synth;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The key of a tensor's random numbers: of every (seed, stream, name) another.
final class NoiseKey {
  private NoiseKey() {}

  /// The first 8 bytes of SHA-256(seed, stream, 0, name).
  static long of(long seed, String stream, String tensorName) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
      digest.update(stream.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
      digest.update(tensorName.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(digest.digest()).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
