package dev.mokume.checkpoint;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Where an [HttpPath] is at home. `java.nio.file` finds nothing there and can write nothing: only
/// [Checkpoints#open] reads addresses.
final class HttpFileSystem extends FileSystem {
  static final HttpFileSystem WEB = new HttpFileSystem();

  private final FileSystemProvider provider = new Provider();

  private HttpFileSystem() {}

  private static UnsupportedOperationException no() {
    return new UnsupportedOperationException("there is nothing of the kind at an address");
  }

  private static IOException noFile() {
    return new IOException("it is an address, which only a checkpoint is read from");
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public void close() {}

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return true;
  }

  @Override
  public String getSeparator() {
    return "/";
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    return List.of();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    return List.of();
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return Set.of();
  }

  /// A relative path, to be resolved against an address.
  @Override
  public Path getPath(String first, String... more) {
    return Path.of(first, more);
  }

  @Override
  public PathMatcher getPathMatcher(String pattern) {
    throw no();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    throw no();
  }

  @Override
  public WatchService newWatchService() {
    throw no();
  }

  private static final class Provider extends FileSystemProvider {
    @Override
    public String getScheme() {
      return "http";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
      throw no();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      return WEB;
    }

    @Override
    public Path getPath(URI uri) {
      throw no();
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      throw noFile();
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
        Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
      throw noFile();
    }

    @Override
    public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
      throw noFile();
    }

    @Override
    public void delete(Path path) throws IOException {
      throw noFile();
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) throws IOException {
      throw noFile();
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
      throw noFile();
    }

    @Override
    public boolean isSameFile(Path path, Path other) {
      return path.equals(other);
    }

    @Override
    public boolean isHidden(Path path) {
      return false;
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      throw noFile();
    }

    /// What is asked by those who look whether a file is there.
    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      throw noFile();
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      throw no();
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(
        Path path, Class<A> type, LinkOption... options) throws IOException {
      throw noFile();
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
        throws IOException {
      throw noFile();
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
        throws IOException {
      throw noFile();
    }
  }
}
