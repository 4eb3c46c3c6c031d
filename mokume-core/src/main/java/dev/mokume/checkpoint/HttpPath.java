package dev.mokume.checkpoint;

import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.ProviderMismatchException;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import org.jspecify.annotations.Nullable;

/// An address in the place of a path, so that a model of a recipe may lie on the web. It is
/// absolute, lies in a folder, and is written as a person may see it; nothing but
/// [Checkpoints#open] reads it.
final class HttpPath implements Path {
  private final HttpAddress address;

  HttpPath(HttpAddress address) {
    this.address = address;
  }

  HttpAddress address() {
    return address;
  }

  @Override
  public FileSystem getFileSystem() {
    return HttpFileSystem.WEB;
  }

  @Override
  public boolean isAbsolute() {
    return true;
  }

  @Override
  public @Nullable Path getRoot() {
    return null;
  }

  /// As a path of the machine's own, for names that are made of it.
  @Override
  public Path getFileName() {
    return Path.of(address.fileName());
  }

  @Override
  public @Nullable Path getParent() {
    return address.folder().map(HttpPath::new).orElse(null);
  }

  @Override
  public int getNameCount() {
    return 1;
  }

  @Override
  public Path getName(int index) {
    return getFileName();
  }

  @Override
  public Path subpath(int begin, int end) {
    return getFileName();
  }

  @Override
  public boolean startsWith(Path other) {
    return equals(other);
  }

  @Override
  public boolean endsWith(Path other) {
    return equals(other);
  }

  @Override
  public Path normalize() {
    return this;
  }

  @Override
  public Path resolve(Path other) {
    return other.isAbsolute() ? other : new HttpPath(address.child(other.toString()));
  }

  @Override
  public Path relativize(Path other) {
    throw new UnsupportedOperationException("addresses are not relative to each other");
  }

  @Override
  public URI toUri() {
    return address.uri();
  }

  @Override
  public Path toAbsolutePath() {
    return this;
  }

  @Override
  public Path toRealPath(LinkOption... options) {
    return this;
  }

  @Override
  public WatchKey register(
      WatchService watcher, WatchEvent.Kind<?>[] events, WatchEvent.Modifier... modifiers) {
    throw new UnsupportedOperationException("an address is not watched");
  }

  @Override
  public int compareTo(Path other) {
    if (!(other instanceof HttpPath path)) {
      throw new ProviderMismatchException();
    }
    return address.uri().compareTo(path.address.uri());
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof HttpPath path && address.equals(path.address);
  }

  @Override
  public int hashCode() {
    return address.hashCode();
  }

  /// Without what may be secret.
  @Override
  public String toString() {
    return address.name();
  }
}
