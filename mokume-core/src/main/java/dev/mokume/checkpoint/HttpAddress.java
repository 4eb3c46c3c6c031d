package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/// An `http://` or `https://` address of a file.
///
/// User and password before an `@` go into a header to that host alone. Neither they nor what
/// follows a `?`, which is often a token, are shown to anybody.
///
/// @param uri without user, password and fragment
/// @param authorization the header for them
record HttpAddress(URI uri, Optional<String> authorization) {
  /// Whether a text is meant as such an address.
  static boolean is(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") || lower.startsWith("https://");
  }

  /// @throws MokumeException `UNREADABLE_INPUT` if it is no address after all
  static HttpAddress parse(String text) {
    try {
      URI uri = new URI(text);
      if (uri.getHost() == null) {
        throw noAddress("it names no host");
      }
      Optional<String> authorization =
          Optional.ofNullable(uri.getUserInfo())
              .map(user ->
                  "Basic "
                      + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)));
      return new HttpAddress(bare(uri), authorization);
    } catch (URISyntaxException e) {
      throw noAddress(e.getReason());
    }
  }

  /// The text may hold a password, so it is not repeated.
  private static MokumeException noAddress(String why) {
    return new MokumeException(
        ErrorCode.UNREADABLE_INPUT,
        "an address that begins with http:// or https:// cannot be one: "
            + why
            + ". Write blanks and other special characters as %20 and the like.");
  }

  private static URI bare(URI uri) throws URISyntaxException {
    StringBuilder text = new StringBuilder(origin(uri)).append(path(uri));
    if (uri.getRawQuery() != null) {
      text.append('?').append(uri.getRawQuery());
    }
    return new URI(text.toString());
  }

  private static String path(URI uri) {
    String path = uri.getRawPath();
    return path == null || path.isEmpty() ? "/" : path;
  }

  /// Scheme, host and port.
  static String origin(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme().toLowerCase(Locale.ROOT) + "://" + uri.getHost() + port;
  }

  /// For people: without what may be secret.
  String name() {
    return Quoted.printable(origin(uri) + path(uri));
  }

  /// The last part of the path, as it stands in the address.
  String fileName() {
    String path = path(uri);
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// What this lies in, with the query, since that may be what lets one in.
  Optional<HttpAddress> folder() {
    String path = path(uri);
    int end = path.lastIndexOf('/', path.length() - 2);
    return end < 0 ? Optional.empty() : Optional.of(with(path.substring(0, end + 1)));
  }

  /// What lies in this, if it is a folder.
  HttpAddress child(String file) {
    try {
      String escaped = new URI(null, null, "/" + file, null).getRawPath();
      String folder = path(uri);
      return with(
          (folder.endsWith("/") ? folder.substring(0, folder.length() - 1) : folder) + escaped);
    } catch (URISyntaxException e) {
      throw noAddress(e.getReason());
    }
  }

  private HttpAddress with(String path) {
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    return new HttpAddress(URI.create(origin(uri) + path + query), authorization);
  }
}
