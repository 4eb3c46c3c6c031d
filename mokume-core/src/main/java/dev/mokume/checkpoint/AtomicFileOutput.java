package dev.mokume.checkpoint;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import dev.mokume.error.Reason;
import dev.mokume.event.RenameEvent;
import dev.mokume.event.SyncEvent;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import jdk.jfr.FlightRecorder;
import org.jspecify.annotations.Nullable;

/// A file that appears whole or not at all: bytes go to a hidden temporary file in the same folder,
/// which takes the output's name on [#commit()]. A file that had the name before stays as it was
/// until then. The new one is this user's, with the group and the permissions of the older one, and
/// while it is written nobody else can open it. Where this user may not give it that group, group
/// and others may do what both might before.
///
/// A process that is killed without a chance to clean up leaves the temporary file, named
/// `.NAME.mokume-XXXXXXXX.tmp`; one that gets a signal removes it through [PendingOutputs].
public final class AtomicFileOutput implements ByteSink {
  /// How an output comes into being.
  ///
  /// @param replaceExisting whether a file of that name may be replaced
  /// @param durable whether [#commit()] waits until the disk has the bytes; without it a power
  ///   failure may leave a file of the right name with wrong bytes
  /// @param inputs files that the output must not be, under whatever name
  public record Options(boolean replaceExisting, boolean durable, List<Path> inputs) {
    public Options {
      inputs = List.copyOf(inputs);
    }

    /// A new file, durable.
    public static Options defaults() {
      return new Options(false, true, List.of());
    }

    public Options replaceExisting(boolean replace) {
      return new Options(replace, durable, inputs);
    }

    public Options durable(boolean wait) {
      return new Options(replaceExisting, wait, inputs);
    }

    public Options inputs(List<Path> files) {
      return new Options(replaceExisting, durable, files);
    }
  }

  private enum State {
    OPEN,
    COMMITTED,
    GIVEN_UP
  }

  private static final long LONGEST_WRITE = 1L << 30;

  /// What file systems share at least.
  private static final int BLOCK = 4096;

  /// Below it, what there is to save takes less time than to ask for it.
  static final long LEAST_RESERVED = 64L << 20;

  /// A smaller file is in the page cache before a second way to write would be there.
  static final long LEAST_DIRECT = 256L << 20;

  private static final String COMPLETING = "completing the file";

  private final OutputTarget target;
  private final Path temporary;
  private final long size;
  private final Options options;
  private final FileChannel channel;
  private final Optional<Access> access;
  private final ArrayFile arrays;
  private State state = State.OPEN;

  /// Null for a small file, and where a file cannot be written so.
  private volatile @Nullable DirectWriter direct;

  private AtomicFileOutput(
      OutputTarget target,
      Path temporary,
      long size,
      Options options,
      FileChannel channel,
      Optional<Access> access) {
    this.target = target;
    this.temporary = temporary;
    this.size = size;
    this.options = options;
    this.channel = channel;
    this.access = access;
    this.arrays = ArrayFile.toWrite(temporary);
  }

  /// Everything that speaks against writing `size` bytes to `path`, without writing any; empty if
  /// nothing does.
  public static List<Problem> problems(Path path, long size, Options options) {
    return OutputTarget.of(path).problems(size, options);
  }

  /// Begins an output of exactly `size` bytes.
  ///
  /// @throws MokumeException with every problem of [#problems], before anything is written
  public static AtomicFileOutput create(Path path, long size, Options options) {
    return create(path, size, options, Access.of(OutputTarget.of(path).file()));
  }

  /// @param access to the new file; nothing for that which new files have
  static AtomicFileOutput create(Path path, long size, Options options, Optional<Access> access) {
    if (size < 0) {
      throw new IllegalArgumentException("an output cannot have " + size + " bytes");
    }
    OutputTarget target = OutputTarget.of(path);
    List<Problem> problems = target.problems(size, options);
    if (!problems.isEmpty()) {
      throw new MokumeException(problems);
    }
    AtomicFileOutput output = openTemporary(target, size, options, access);
    PendingOutputs.add(output);
    try {
      output.setLength();
      return output;
    } catch (RuntimeException e) {
      output.close();
      throw e;
    }
  }

  private static AtomicFileOutput openTemporary(
      OutputTarget target, long size, Options options, Optional<Access> access) {
    while (true) {
      Path temporary =
          target.folder().resolve(temporaryName(String.valueOf(target.file().getFileName())));
      try {
        // From the start: whoever opens it keeps it open, whatever its permissions become.
        FileAttribute<?>[] attributes =
            access.isPresent()
                ? new FileAttribute<?>[] {Access.onlyOwner()}
                : new FileAttribute<?>[0];
        FileChannel channel =
            FileChannel.open(
                temporary,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                attributes);
        return new AtomicFileOutput(target, temporary, size, options, channel, access);
      } catch (FileAlreadyExistsException e) {
        // Somebody else's: draw another name.
      } catch (IOException e) {
        throw new MokumeException(
            ErrorCode.UNWRITABLE_OUTPUT,
            target.given()
                + ": the temporary file '"
                + temporary
                + "' cannot be created: "
                + Reason.of(e)
                + ".",
            e);
      }
    }
  }

  /// A name has at most 255 bytes on most file systems: of a long one only the start is kept.
  private static String temporaryName(String name) {
    int points = Math.min(50, name.codePointCount(0, name.length()));
    String start = name.substring(0, name.offsetByCodePoints(0, points));
    return "." + start + ".mokume-" + randomDigits() + ".tmp";
  }

  private static String randomDigits() {
    return Integer.toHexString(ThreadLocalRandom.current().nextInt() | 0x8000_0000);
  }

  /// The file has its full length from the start, so parts can come in any order and a limit on
  /// file size shows early.
  ///
  /// A large one has its place on the disk too, where the system can: ext4 looks for it block by
  /// block otherwise, and all at once, while one waits, when the file takes another one's name.
  private void setLength() {
    if (size >= LEAST_RESERVED && arrays.reserve(size)) {
      if (size >= LEAST_DIRECT) {
        direct =
            DirectWriter.open(temporary, size, options.durable(), this::writeCached).orElse(null);
      }
      return;
    }
    if (size > 0) {
      try {
        channel.write(ByteBuffer.wrap(new byte[1]), size - 1);
      } catch (IOException e) {
        throw failed("writing at offset " + (size - 1), 1, e);
      }
    }
  }

  @Override
  public String name() {
    return target.given().toString();
  }

  @Override
  public void write(long offset, MemorySegment part) {
    long length = part.byteSize();
    if (offset < 0 || length > size - offset) {
      throw new IllegalArgumentException(
          "a part needs a place in the output: " + length + " bytes at " + offset + " of " + size);
    }
    DirectWriter past = direct;
    if (past != null) {
      past.write(offset, part);
    } else {
      writeCached(offset, part);
    }
  }

  private void writeCached(long offset, MemorySegment part) {
    if (part.isNative()) {
      writeThroughChannel(offset, part);
    } else if (!arrays.write(offset, part)) {
      try (Arena arena = Arena.ofConfined()) {
        writeThroughChannel(offset, arena.allocate(part.byteSize()).copyFrom(part));
      }
    }
  }

  @Override
  public boolean takesArrays() {
    return ArrayFile.isAvailable();
  }

  /// Between files that lie on the disk in the same blocks, a file system with copy-on-write shares
  /// these; so whole blocks go by themselves.
  @Override
  public boolean copy(ByteSource source, long start, long length, long offset) {
    if (!(source instanceof FileSource file)) {
      return false;
    }
    DirectWriter past = direct;
    if (past != null) {
      past.giveWay(offset, length);
    }
    boolean isAlike = start % BLOCK == offset % BLOCK;
    long head = isAlike ? Math.min(length, Math.floorMod(-start, BLOCK)) : length;
    long middle = (length - head) / BLOCK * BLOCK;
    // A channel of its own: the place where the system writes to is the channel's.
    try (FileChannel to = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
      long done = 0;
      for (long piece : new long[] {head, middle, length - head - middle}) {
        if (piece > 0 && file.transfer(start + done, piece, to.position(offset + done)) < piece) {
          return false;
        }
        done += piece;
      }
      return true;
    } catch (IOException e) {
      // What can be read and written all the same is; and if not, that tells what is wrong.
      return false;
    }
  }

  /// Writes a file that is small enough to be in memory.
  public static void write(Path path, byte[] content, Options options) {
    try (AtomicFileOutput output = create(path, content.length, options);
        Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(content.length);
      MemorySegment.copy(MemorySegment.ofArray(content), 0, bytes, 0, content.length);
      output.write(0, bytes);
      output.commit();
    }
  }

  private void writeThroughChannel(long offset, MemorySegment part) {
    long length = part.byteSize();
    try {
      for (long done = 0; done < length; ) {
        long piece = Math.min(length - done, LONGEST_WRITE);
        writeFully(offset + done, part.asSlice(done, piece).asByteBuffer());
        done += piece;
      }
    } catch (IOException e) {
      throw failed("writing at offset " + offset, length, e);
    }
  }

  private void writeFully(long offset, ByteBuffer part) throws IOException {
    while (part.hasRemaining()) {
      channel.write(part, offset + part.position());
    }
  }

  @Override
  public void commit() {
    seal();
    RenameEvent event = FlightRecorder.isInitialized() ? RenameEvent.begun(1) : null;
    rename();
    forceFolder();
    if (event != null) {
      event.commit();
    }
  }

  /// Waits until the disk has the bytes, if that is wanted. What may take long is over then.
  void seal() {
    DirectWriter past = direct;
    if (past != null) {
      past.finish();
    }
    try {
      if (options.durable()) {
        SyncEvent event = FlightRecorder.isInitialized() ? SyncEvent.begun(name(), size) : null;
        channel.force(true);
        if (event != null) {
          event.commit();
        }
      }
    } catch (IOException e) {
      throw failed(COMPLETING, 0, e);
    }
  }

  /// @throws MokumeException `CANCELLED` if it was given up
  synchronized void requireOpen() {
    if (state == State.GIVEN_UP) {
      throw failed(COMPLETING, 0, new ClosedChannelException());
    }
  }

  /// What has taken the name since the start.
  Optional<Problem> occupied() {
    return target.occupied(options);
  }

  /// Only this is under the lock: a signal's handler must not wait until the disk has the bytes.
  synchronized void rename() {
    try {
      switch (state) {
        case COMMITTED -> throw new IllegalStateException(name() + ": is committed already");
        case GIVEN_UP -> throw new ClosedChannelException();
        case OPEN -> {
          arrays.close();
          channel.close();
          occupied()
              .ifPresent(problem -> {
                throw new MokumeException(List.of(problem));
              });
          access.ifPresent(older -> older.give(temporary));
          Files.move(temporary, target.file(), StandardCopyOption.ATOMIC_MOVE);
          state = State.COMMITTED;
        }
      }
    } catch (IOException e) {
      throw failed(COMPLETING, 0, e);
    }
    PendingOutputs.remove(this);
  }

  /// Where the bytes are to be found after [#rename].
  Path file() {
    return target.file();
  }

  /// Makes the new name durable, if that is wanted.
  void forceFolder() {
    if (!options.durable()) {
      return;
    }
    try (FileChannel folder = FileChannel.open(target.folder(), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      // Windows and some network file systems cannot do it, and the bytes are safe already.
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (state != State.OPEN) {
        return;
      }
      state = State.GIVEN_UP;
    }
    DirectWriter past = direct;
    if (past != null) {
      past.close();
    }
    try {
      // The name goes first: closing may wait for a write that is under way.
      Files.deleteIfExists(temporary);
      arrays.close();
      channel.close();
    } catch (IOException e) {
      closeQuietlyAndDelete();
    }
    PendingOutputs.remove(this);
  }

  /// Where an open file cannot be deleted (Windows).
  private void closeQuietlyAndDelete() {
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      System.getLogger(AtomicFileOutput.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "the temporary file {0} could not be deleted: {1}",
              temporary,
              e);
    }
  }

  private MokumeException failed(String what, long length, IOException e) {
    if (e instanceof ClosedByInterruptException) {
      return new MokumeException(
          ErrorCode.CANCELLED, name() + ": " + what + " was interrupted.", e);
    }
    if (e instanceof ClosedChannelException) {
      return new MokumeException(ErrorCode.CANCELLED, name() + ": " + what + " was given up.", e);
    }
    String reason = name() + ": " + what + " (of " + size + " bytes) failed: ";
    if (e instanceof NoSuchFileException && !Files.exists(temporary)) {
      return new MokumeException(
          ErrorCode.IO_FAILED,
          reason
              + "its temporary file '"
              + temporary
              + "' is not there any more. Run again, and let nothing remove it or its folder"
              + " meanwhile.",
          e);
    }
    reason += Reason.of(e) + ".";
    if (isOutOfSpace(length, e)) {
      return new MokumeException(
          ErrorCode.NO_SPACE,
          reason + " The disk is full; free some space, or choose a folder on another disk.",
          e);
    }
    return new MokumeException(ErrorCode.IO_FAILED, reason, e);
  }

  /// The system says the reason in the user's language, so the free space is asked as well.
  private boolean isOutOfSpace(long length, IOException e) {
    String reason = String.valueOf(e.getMessage());
    if (reason.contains("No space left") || reason.contains("quota exceeded")) {
      return true;
    }
    try {
      return Files.getFileStore(target.folder()).getUsableSpace() < length;
    } catch (IOException unknown) {
      return false;
    }
  }
}
