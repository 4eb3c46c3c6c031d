package dev.mokume.internal.random;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// What tells one tensor's draws from all others.
///
/// The key is the first 8 bytes, big-endian, of the SHA-256 of: the seed as 8 bytes, big-endian;
/// the stream in UTF-8; a zero byte; the tensor's name in UTF-8. Neighbouring seeds, streams and
/// names give unrelated keys.
public final class RandomKey {
  /// To look through Java's providers for each draw of each tensor takes longer than the hashing.
  private static final ThreadLocal<MessageDigest> DIGEST =
      ThreadLocal.withInitial(RandomKey::sha256);

  private RandomKey() {}

  /// @param seed from the recipe
  /// @param stream names the draw: the model's position in the method, the iteration, the mask's
  ///   name
  /// @param tensor the tensor's name in the output checkpoint
  public static long of(long seed, String stream, String tensor) {
    MessageDigest digest = DIGEST.get();
    digest.update(ByteBuffer.allocate(Long.BYTES).putLong(seed).array());
    digest.update(stream.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
    digest.update(tensor.getBytes(StandardCharsets.UTF_8));
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
