package dev.mokume.error;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Objects;

/// Why reading or writing failed, in words. The JDK's exceptions for the usual reasons say the
/// file's name and nothing else.
public final class Reason {
  private Reason() {}

  /// A clause without a stop, to follow a colon: `there is no file or folder 'a.txt'`. What the
  /// system says itself, it says in the user's language.
  public static String of(IOException e) {
    if (e instanceof FileSystemException failure) {
      return of(failure);
    }
    if (e instanceof CharacterCodingException) {
      return "it is not UTF-8 text";
    }
    if (e instanceof EOFException && e.getMessage() == null) {
      return "it ends too early";
    }
    return Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
  }

  private static String of(FileSystemException e) {
    if (e.getReason() != null) {
      return e.getReason();
    }
    String file = Quoted.name(String.valueOf(e.getFile()));
    return switch (e) {
      case NoSuchFileException _ -> missing(String.valueOf(e.getFile()));
      case AccessDeniedException _ -> "this user may not access " + file;
      case FileAlreadyExistsException _ -> file + " is there already";
      case NotDirectoryException _ -> file + " is not a folder";
      case DirectoryNotEmptyException _ -> "the folder " + file + " is not empty";
      default -> Objects.requireNonNullElse(e.getMessage(), e.getClass().getSimpleName());
    };
  }

  /// A file that is to be made is named as the missing one too; what is missing is its folder.
  private static String missing(String file) {
    Path folder = Path.of(file).toAbsolutePath().getParent();
    return folder == null || Files.exists(folder)
        ? "there is no file or folder " + Quoted.name(file)
        : "there is no folder " + Quoted.name(folder.toString());
  }
}
