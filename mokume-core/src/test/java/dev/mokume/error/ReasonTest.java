package dev.mokume.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Why something could not be read or written, in words.
class ReasonTest {
  @TempDir Path folder;

  /// What the JDK throws when a file is read that is not there, and when one is made where there is
  /// no folder, is the same.
  @Test
  void whatIsMissingIsNamed() {
    Path file = folder.resolve("a.txt");
    assertThat(Reason.of(new NoSuchFileException(file.toString())))
        .isEqualTo("there is no file or folder '" + file + "'");
    assertThat(Reason.of(new NoSuchFileException(file.toString(), folder + "/b.txt", null)))
        .isEqualTo("there is no file or folder '" + file + "'");
    Path inner = folder.resolve("inner");
    assertThat(Reason.of(new NoSuchFileException(inner + "/a.txt")))
        .isEqualTo("there is no folder '" + inner + "'");
  }

  @Test
  void whatTheJdkSaysByAClassAloneIsSaidInWords() {
    assertThat(Reason.of(new AccessDeniedException("a.txt")))
        .isEqualTo("this user may not access 'a.txt'");
    assertThat(Reason.of(new FileAlreadyExistsException("a.txt")))
        .isEqualTo("'a.txt' is there already");
    assertThat(Reason.of(new NotDirectoryException("a.txt"))).isEqualTo("'a.txt' is not a folder");
    assertThat(Reason.of(new DirectoryNotEmptyException("a")))
        .isEqualTo("the folder 'a' is not empty");
    assertThat(Reason.of(new MalformedInputException(1))).isEqualTo("it is not UTF-8 text");
    assertThat(Reason.of(new EOFException())).isEqualTo("it ends too early");
  }

  @Test
  void whatTheSystemSaysIsTold() {
    assertThat(Reason.of(new FileSystemException("a.txt", null, "Read-only file system")))
        .isEqualTo("Read-only file system");
    assertThat(Reason.of(new IOException("Input/output error"))).isEqualTo("Input/output error");
  }
}
