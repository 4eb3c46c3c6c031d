package dev.mokume.cli;

import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Reason;
import dev.mokume.event.Profile;
import dev.mokume.event.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import jdk.jfr.Recording;

/// What was done while Flight Recorder recorded, and where its time went.
record ProfiledWork<T>(T result, ProfileReport report) {
  /// So small a part of what is read matters nothing to the disk: the process reads its own
  /// classes.
  private static final int FEW = 100;

  /// @param file keeps the recording, if there is one
  static <T> ProfiledWork<T> of(Supplier<T> work, Optional<Path> file) {
    try (Recording recording = Profile.recording()) {
      recording.start();
      long readBefore = DiskReads.ofProcess();
      T result = work.get();
      long read = DiskReads.ofProcess() - readBefore;
      recording.stop();
      Profile profile = profile(recording, file);
      boolean cold = read > profile.bytes(Stage.READ) / FEW;
      return new ProfiledWork<>(
          result, new ProfileReport(profile, cold ? read : 0, MachineRates.measure(profile, cold)));
    }
  }

  private static Profile profile(Recording recording, Optional<Path> file) {
    try {
      if (file.isPresent()) {
        recording.dump(file.get());
        return Profile.of(file.get());
      }
      Path passing = Files.createTempFile("mokume-profile-", ".jfr");
      try {
        recording.dump(passing);
        return Profile.of(passing);
      } finally {
        Files.deleteIfExists(passing);
      }
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.IO_FAILED,
          "the work is done, but its recording cannot be written: "
              + Reason.of(e)
              + ". Give --recording a file on a disk with space, or leave --profile out.",
          e);
    }
  }
}
