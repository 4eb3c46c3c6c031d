package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.error.Version;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Asks a server for parts of one file, and makes sure that all of them are of one state of it.
///
/// A connection that breaks off is taken up where it did, so that nothing is asked for which has
/// come; a part is given up after [#ATTEMPTS] attempts, one on which nothing comes for a minute
/// included. Redirects are followed, but not from https to http, and user and password go only to
/// the host that they were given for.
final class HttpRanges {
  private static final int ATTEMPTS = 6;
  private static final int MOST_REDIRECTS = 5;
  private static final Duration CONNECT = Duration.ofSeconds(20);
  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long FIRST_PAUSE_MILLIS = 200;

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

  /// The client of this process, made when it is first needed; its threads end with the process.
  private static final class Client {
    static final HttpClient SHARED =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT)
            .build();
  }

  /// One state of a file.
  ///
  /// @param tag what the server calls it (its `ETag`), else when it was last changed; empty if the
  ///   server tells neither
  record State(long size, String tag) {}

  private final HttpAddress address;

  /// Where the last answer came from: behind redirects, which are not gone through every time.
  private volatile URI target;

  private final State state;
  private final byte[] start;

  /// Asks for the first `length` bytes, and so learns how many there are.
  ///
  /// @throws MokumeException `UNREADABLE_INPUT` if there is no such file, or it cannot be read in
  ///   parts
  HttpRanges(HttpAddress address, int length) {
    this.address = address;
    this.target = address.uri();
    HttpPart part = new HttpPart(length);
    this.state = fill(part, 0, null);
    this.start = Arrays.copyOf(part.bytes(), (int) Math.min(length, state.size));
  }

  State state() {
    return state;
  }

  /// The first bytes of the file, which the first answer brought.
  byte[] start() {
    return start;
  }

  /// The bytes from `offset` on, all of which the file has.
  byte[] read(long offset, int length) {
    HttpPart part = new HttpPart(length);
    fill(part, offset, state);
    return part.bytes();
  }

  /// Asks once more what the file is, without its bytes. A server that does not know such a
  /// question is taken at the word of its answers so far, each of which was held against the first.
  void verifyUnchanged() {
    HttpRequest request =
        request(target).method("HEAD", HttpRequest.BodyPublishers.noBody()).build();
    HttpPart nothing = new HttpPart(0);
    try {
      HttpHeaders headers = send(request, nothing).headers();
      String size = String.valueOf(state.size);
      boolean tells = headers.firstValue("Content-Length").filter(size::equals).isPresent();
      if (tells && !state.tag.isEmpty() && !tag(headers).equals(state.tag)) {
        throw changed("the server calls it by another tag (ETag or Last-Modified)");
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          address.name() + ": cannot be looked at once more: " + reason(e) + ".",
          e);
    }
  }

  /// @param known what the file was when it was opened; null if it is being opened
  private State fill(HttpPart part, long offset, @Nullable State known) {
    for (int attempt = 1; ; attempt++) {
      try {
        return ask(part, offset, known);
      } catch (IOException e) {
        part.dropConnection();
        if (attempt == ATTEMPTS) {
          throw new MokumeException(
              known == null ? ErrorCode.UNREADABLE_INPUT : ErrorCode.IO_FAILED,
              address.name()
                  + ": cannot be read at offset "
                  + (offset + part.count())
                  + ": "
                  + reason(e)
                  + ", in each of "
                  + ATTEMPTS
                  + " attempts. Look at the network, and run again.",
              e);
        }
        pause(attempt);
      }
    }
  }

  private State ask(HttpPart part, long offset, @Nullable State known) throws IOException {
    URI uri = target;
    for (int redirects = 0; ; redirects++) {
      if (redirects > MOST_REDIRECTS) {
        throw refused("redirects more than " + MOST_REDIRECTS + " times", "");
      }
      long from = offset + part.count();
      long last = offset + part.bytes().length - 1;
      HttpRequest request = request(uri).header("Range", "bytes=" + from + "-" + last).build();
      HttpResponse<HttpPart> answer = send(request, part);
      int status = answer.statusCode();
      switch (status) {
        case 206 -> {
          State now = checked(answer.headers(), from, known);
          target = uri;
          long wanted = Math.min(part.bytes().length, now.size - offset);
          if (part.count() < wanted) {
            throw new IOException("the connection broke off");
          }
          return now;
        }
        case 200 ->
            throw refused(
                "sends the whole file where a part of it was asked for",
                " Fetch the file, and name the copy.");
        case 301, 302, 303, 307, 308 -> uri = redirected(answer.headers(), uri);
        case 416 -> {
          if (known == null && isEmpty(answer.headers())) {
            return new State(0, "");
          }
          throw changed("it has not the bytes any more that it had");
        }
        case 408, 429, 500, 502, 503, 504 -> throw new IOException("the server answers " + status);
        default -> {
          boolean isBehind = !uri.equals(address.uri()) && uri.equals(target);
          if (!isBehind) {
            throw failed(status);
          }
          // An address that a redirect led to may be good for some time only.
          target = address.uri();
          uri = target;
        }
      }
    }
  }

  private HttpRequest.Builder request(URI uri) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "mokume/" + Version.current());
    if (HttpAddress.origin(uri).equals(HttpAddress.origin(address.uri()))) {
      address.authorization().ifPresent(value -> request.header("Authorization", value));
    }
    return request;
  }

  private HttpResponse<HttpPart> send(HttpRequest request, HttpPart part) throws IOException {
    CompletableFuture<HttpResponse<HttpPart>> answer =
        Client.SHARED.sendAsync(
            request, info -> info.statusCode() == 206 ? part.body() : part.noBody());
    int count = part.count();
    long since = System.nanoTime();
    while (true) {
      try {
        return answer.get(1, TimeUnit.SECONDS);
      } catch (TimeoutException e) {
        if (part.count() > count) {
          count = part.count();
          since = System.nanoTime();
        } else if (System.nanoTime() - since > SILENCE_NANOS) {
          answer.cancel(true);
          throw new IOException("nothing came for a minute");
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof IOException failure) {
          throw failure;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        answer.cancel(true);
        throw interrupted(e);
      }
    }
  }

  /// Holds an answer against what was asked and against the answers before.
  private State checked(HttpHeaders headers, long from, @Nullable State known) {
    Matcher range = CONTENT_RANGE.matcher(headers.firstValue("Content-Range").orElse(""));
    boolean isPlain = headers.firstValue("Content-Encoding").orElse("identity").equals("identity");
    if (!range.matches() || Long.parseLong(range.group(1)) != from || !isPlain) {
      throw refused(
          "answers with another part of the file than was asked for",
          " Fetch the file, and name the copy.");
    }
    State now = new State(Long.parseLong(range.group(3)), tag(headers));
    if (known != null && known.size != now.size) {
      throw changed("its size was " + known.size + " bytes and is " + now.size + " now");
    }
    if (known != null && !known.tag.equals(now.tag)) {
      throw changed("the server calls it by another tag (ETag or Last-Modified)");
    }
    return now;
  }

  private static String tag(HttpHeaders headers) {
    return headers.firstValue("ETag").or(() -> headers.firstValue("Last-Modified")).orElse("");
  }

  private static boolean isEmpty(HttpHeaders headers) {
    return headers.firstValue("Content-Range").orElse("").equals("bytes */0");
  }

  private URI redirected(HttpHeaders headers, URI from) {
    String location = headers.firstValue("Location").orElse("");
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw refused("redirects to something that is no address", "");
    }
    String scheme = String.valueOf(to.getScheme());
    boolean isWeb = scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("http");
    if (location.isEmpty() || !isWeb || to.getHost() == null) {
      throw refused("redirects to something that is no address", "");
    }
    if ("https".equalsIgnoreCase(from.getScheme()) && scheme.equalsIgnoreCase("http")) {
      throw refused(
          "redirects from https to http, where anybody on the way can read and change the file",
          " If that is meant, name the address that it leads to.");
    }
    return to;
  }

  private MokumeException failed(int status) {
    return switch (status) {
      case 401, 403 ->
          refused(
              "answers " + status + ": the file is for those who may see it",
              " Give user and password as in https://USER:PASSWORD@..., or fetch the file.");
      case 404, 410 ->
          new MokumeException(
              ErrorCode.UNREADABLE_INPUT,
              address.name() + ": the server answers " + status + ": there is no such file.",
              new NoSuchFileException(address.name()));
      default -> refused("answers " + status, "");
    };
  }

  private MokumeException refused(String what, String remedy) {
    return new MokumeException(
        ErrorCode.UNREADABLE_INPUT, address.name() + ": the server " + what + "." + remedy);
  }

  private MokumeException changed(String how) {
    return new MokumeException(
        ErrorCode.INPUT_CHANGED,
        address.name()
            + ": changed while it was in use: "
            + how
            + ". Run again when nothing writes to it any more.");
  }

  private MokumeException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new MokumeException(
        ErrorCode.CANCELLED, address.name() + ": reading was interrupted.", e);
  }

  /// Twice as long each time.
  private void pause(int attempt) {
    try {
      Thread.sleep(FIRST_PAUSE_MILLIS << (attempt - 1));
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static String reason(IOException e) {
    if (e.getCause() instanceof UnresolvedAddressException || e instanceof UnknownHostException) {
      return "there is no such host";
    }
    if (e instanceof ConnectException) {
      return "nothing answers there";
    }
    return Reason.of(e);
  }
}
