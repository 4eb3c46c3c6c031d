package dev.mokume.cli;

import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.TypeConversionException;

/// A LoRA as a command is given it: a file, a folder or an address, and a number behind an equals
/// sign.
///
/// There may be equals signs in a name too. What follows the last one is the number, unless it is
/// none and the whole text names a file; in an address with a query, a parameter's own value comes
/// before it: `https://example.org/a.safetensors?token=7=0.5`.
///
/// @param number 1 if there is none
record LoraArgument(Path place, double number) {
  /// @param what the number is called in messages
  /// @throws MokumeException if there is neither such a file nor a number
  static LoraArgument parse(String text, String what) {
    int equals = text.lastIndexOf('=');
    if (equals <= 0 || isOfQuery(text, equals)) {
      return new LoraArgument(Checkpoints.place(text), 1);
    }
    try {
      return new LoraArgument(
          Checkpoints.place(text.substring(0, equals)), Numbers.real(text.substring(equals + 1)));
    } catch (TypeConversionException e) {
      Path whole = Checkpoints.place(text);
      if (Files.exists(whole) || text.indexOf('?') >= 0) {
        return new LoraArgument(whole, 1);
      }
      throw new MokumeException(
          ErrorCode.INVALID_RECIPE,
          "the %s of %s must be a number: %s."
              .formatted(what, text.substring(0, equals), e.getMessage()));
    }
  }

  /// Whether the sign is the first of a parameter in an address's query.
  private static boolean isOfQuery(String text, int equals) {
    int query = text.indexOf('?');
    int parameter = Math.max(query, text.lastIndexOf('&', equals));
    boolean isAddress = text.contains("://") && query >= 0 && query < equals;
    return isAddress && text.indexOf('=', parameter) == equals;
  }
}
