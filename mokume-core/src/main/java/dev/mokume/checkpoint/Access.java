package dev.mokume.checkpoint;

import static java.nio.file.attribute.PosixFilePermission.GROUP_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;
import static java.nio.file.attribute.PosixFilePermission.OWNER_READ;
import static java.nio.file.attribute.PosixFilePermission.OWNER_WRITE;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A file's group, and what its owner, that group and others may do with it.
record Access(GroupPrincipal group, Set<PosixFilePermission> permissions) {
  Access {
    permissions = Set.copyOf(permissions);
  }

  /// For a file that is not to be opened by anybody else before [#give].
  static FileAttribute<Set<PosixFilePermission>> onlyOwner() {
    return PosixFilePermissions.asFileAttribute(EnumSet.of(OWNER_READ, OWNER_WRITE));
  }

  /// That of a file; nothing if there is none, or if the file system does not tell.
  static Optional<Access> of(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        return Optional.empty();
      }
      PosixFileAttributes found = Files.readAttributes(file, PosixFileAttributes.class);
      return Optional.of(new Access(found.group(), found.permissions()));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  /// Gives it to a file of this user's. Where the group cannot be given, nobody gains by that.
  void give(Path file) {
    try {
      Files.setPosixFilePermissions(file, givesGroup(file) ? permissions : ofAnyGroup(permissions));
    } catch (IOException e) {
      // Some network file systems tell permissions and cannot set them.
    }
  }

  private boolean givesGroup(Path file) {
    try {
      Files.setAttribute(file, "posix:group", group);
      return true;
    } catch (IOException e) {
      // It is none of this user's.
      return false;
    }
  }

  /// What stays if the group is another one, whose members were others before, and the other way
  /// round: what both might do.
  static Set<PosixFilePermission> ofAnyGroup(Set<PosixFilePermission> permissions) {
    Set<PosixFilePermission> rest = EnumSet.noneOf(PosixFilePermission.class);
    rest.addAll(permissions);
    for (List<PosixFilePermission> same :
        List.of(
            List.of(GROUP_READ, OTHERS_READ),
            List.of(GROUP_WRITE, OTHERS_WRITE),
            List.of(GROUP_EXECUTE, OTHERS_EXECUTE))) {
      if (!permissions.containsAll(same)) {
        rest.removeAll(same);
      }
    }
    return rest;
  }
}
