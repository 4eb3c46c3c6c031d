package dev.mokume.cli;

import dev.mokume.checkpoint.AtomicFileOutput;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/// `--profile`: tells where a command's time went. Without it nothing of Flight Recorder is loaded.
final class Profiling {
  @Option(
      names = "--profile",
      order = 508,
      description =
          "Tell where the time went: seconds and GB/s of each stage, and whether the disk, memory"
              + " or arithmetic bounds the merge on this machine. Of a plan, how long it took.")
  private boolean wanted;

  @Option(
      names = "--recording",
      order = 509,
      paramLabel = "FILE.jfr",
      description =
          "With --profile, keep its recording too, for JDK Mission Control; implies --profile.")
  private Optional<Path> recording = Optional.empty();

  private Optional<ProfileReport> report = Optional.empty();

  /// Does the work, and notes where its time went if that is wanted.
  ///
  /// @param output how a recording is written
  /// @throws MokumeException before the work, if the recording cannot be written
  <T> T record(AtomicFileOutput.Options output, Supplier<T> work) {
    if (!wanted && recording.isEmpty()) {
      return work.get();
    }
    recording.ifPresent(file -> {
      List<Problem> problems = AtomicFileOutput.problems(file, 0, output);
      if (!problems.isEmpty()) {
        throw new MokumeException(problems);
      }
    });
    ProfiledWork<T> profiled = ProfiledWork.of(work, recording);
    report = Optional.of(profiled.report());
    return profiled.result();
  }

  /// Whether the recording is kept, which is of one piece of work.
  boolean keepsRecording() {
    return recording.isPresent();
  }

  /// Tells of the work, and where its time went if that was wanted.
  ///
  /// @param document to which the profile is added as a field, if `json`
  /// @param words before it, if not
  void tell(Session session, boolean json, Consumer<Json> document, Consumer<PrintWriter> words) {
    if (json) {
      Json.write(
          session.out(),
          out -> {
            document.accept(out);
            report.ifPresent(noted -> out.object("profile", noted::describe));
          });
    } else {
      words.accept(session.out());
      report.ifPresent(noted -> noted.print(session.out()));
    }
  }
}
