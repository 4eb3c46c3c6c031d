package dev.mokume.checkpoint;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A small HTTP server of this process: it gives ranges of files, notes what was asked for, and can
/// be told to behave badly.
public final class RangeServer implements AutoCloseable {
  private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
  private static final int PIECE = 1 << 16;

  /// A file of any size: so many bytes, the first of which are given; the rest are zeros.
  public record Content(byte[] start, long size) {}

  /// One request.
  ///
  /// @param from the first byte, or 0 if it asks for no range
  /// @param to behind the last byte
  public record Request(
      String method, String path, long from, long to, Map<String, String> headers) {}

  /// What to say instead of giving the file.
  public interface Behaviour {
    /// Status, headers and body; or nothing, to give what was asked.
    Optional<String> answer(Request request);
  }

  private final ServerSocket socket;
  private final Map<String, Content> files = new HashMap<>();
  private final List<Request> requests = Collections.synchronizedList(new ArrayList<>());
  private volatile Behaviour behaviour = _ -> Optional.empty();
  private volatile String tag = "\"one\"";
  private volatile boolean ranges = true;

  /// After how many bytes of bodies the next connection is dropped; never, if negative.
  private final AtomicLong dropAfter = new AtomicLong(-1);

  public RangeServer() {
    try {
      socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public RangeServer file(String path, byte[] bytes) {
    return file(path, new Content(bytes, bytes.length));
  }

  public RangeServer file(String path, Content content) {
    files.put(path, content);
    return this;
  }

  public RangeServer behave(Behaviour how) {
    behaviour = how;
    return this;
  }

  /// What the files are called from now on.
  public void tag(String etag) {
    tag = etag;
  }

  public void withoutRanges() {
    ranges = false;
  }

  public void dropAfter(long bytes) {
    dropAfter.set(bytes);
  }

  /// `http://127.0.0.1:PORT`
  public String origin() {
    return "http://" + socket.getInetAddress().getHostAddress() + ":" + socket.getLocalPort();
  }

  public List<Request> requests() {
    return List.copyOf(requests);
  }

  /// How many bytes were asked for in all.
  public long asked() {
    return requests().stream()
        .filter(request -> request.method().equals("GET"))
        .mapToLong(request -> request.to() - request.from())
        .sum();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket connection = socket.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
        OutputStream out = connection.getOutputStream()) {
      String line;
      while ((line = in.readLine()) != null) {
        String[] words = line.split(" ");
        Map<String, String> headers = new HashMap<>();
        while (!(line = in.readLine()).isEmpty()) {
          int colon = line.indexOf(':');
          headers.put(
              line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
        }
        answer(words[0], words[1], headers, out);
        out.flush();
      }
    } catch (IOException e) {
      // The connection is gone, as somebody wanted.
    }
  }

  private void answer(String method, String path, Map<String, String> headers, OutputStream out)
      throws IOException {
    String file = path.split("\\?")[0];
    Content content = files.getOrDefault(file, new Content(new byte[0], 0));
    Matcher range = RANGE.matcher(headers.getOrDefault("range", ""));
    boolean inRange = ranges && range.matches();
    long from = inRange ? Long.parseLong(range.group(1)) : 0;
    long to =
        inRange ? Math.min(Long.parseLong(range.group(2)) + 1, content.size()) : content.size();
    Request request = new Request(method, path, from, to, headers);
    requests.add(request);
    Optional<String> instead = behaviour.answer(request);
    if (instead.isPresent()) {
      out.write(instead.get().getBytes(StandardCharsets.UTF_8));
      return;
    }
    if (!files.containsKey(file)) {
      out.write(
          "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      return;
    }
    if (from >= content.size() && inRange) {
      out.write(
          ("HTTP/1.1 416 Range\r\nContent-Length: 0\r\nContent-Range: bytes */"
                  + content.size()
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8));
      return;
    }
    String head =
        (inRange && method.equals("GET")
                ? "HTTP/1.1 206 Part\r\nContent-Range: bytes "
                    + from
                    + "-"
                    + (to - 1)
                    + "/"
                    + content.size()
                    + "\r\n"
                : "HTTP/1.1 200 OK\r\n")
            + "ETag: "
            + tag
            + "\r\nContent-Length: "
            + (to - from)
            + "\r\n\r\n";
    out.write(head.getBytes(StandardCharsets.UTF_8));
    if (method.equals("GET")) {
      body(content, from, to, out);
    }
  }

  private void body(Content content, long from, long to, OutputStream out) throws IOException {
    for (long at = from; at < to; ) {
      long length = Math.min(PIECE, to - at);
      long left = dropAfter.get();
      if (left >= 0) {
        length = Math.min(length, left);
        dropAfter.set(left - length);
      }
      byte[] piece = new byte[(int) length];
      for (int i = 0; i < piece.length && at + i < content.start().length; i++) {
        piece[i] = content.start()[(int) at + i];
      }
      out.write(piece);
      at += length;
      if (dropAfter.compareAndSet(0, -1)) {
        out.flush();
        throw new IOException("dropped");
      }
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
