package dev.mokume.checkpoint;

import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/// The bytes of a part of a file as they come in, over as many connections as that takes.
final class HttpPart {
  private final byte[] bytes;
  private int count;
  private int connection;

  HttpPart(int length) {
    this.bytes = new byte[length];
  }

  byte[] bytes() {
    return bytes;
  }

  /// How many have come.
  synchronized int count() {
    return count;
  }

  /// Nothing more is taken from the connections so far.
  synchronized void dropConnection() {
    connection++;
  }

  private synchronized void add(int from, ByteBuffer buffer) {
    if (from == connection) {
      int length = Math.min(buffer.remaining(), bytes.length - count);
      buffer.get(bytes, count, length);
      count += length;
    }
  }

  /// Takes the body of an answer.
  HttpResponse.BodySubscriber<HttpPart> body() {
    return new Body(true);
  }

  /// Takes nothing of a body that was not asked for, which may be the whole file: the connection is
  /// dropped.
  HttpResponse.BodySubscriber<HttpPart> noBody() {
    return new Body(false);
  }

  private final class Body implements HttpResponse.BodySubscriber<HttpPart> {
    private final boolean wanted;
    private final int from;
    private final CompletableFuture<HttpPart> done = new CompletableFuture<>();

    Body(boolean wanted) {
      this.wanted = wanted;
      synchronized (HttpPart.this) {
        this.from = connection;
      }
    }

    @Override
    public CompletionStage<HttpPart> getBody() {
      return done;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      if (wanted) {
        subscription.request(Long.MAX_VALUE);
      } else {
        subscription.cancel();
        done.complete(HttpPart.this);
      }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      buffers.forEach(buffer -> add(from, buffer));
    }

    @Override
    public void onError(Throwable failure) {
      done.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      done.complete(HttpPart.this);
    }
  }
}
