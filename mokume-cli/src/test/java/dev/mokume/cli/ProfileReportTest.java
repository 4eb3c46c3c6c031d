package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mokume.cli.ProfileReport.Limit;
import dev.mokume.event.Profile;
import dev.mokume.event.Profile.Part;
import dev.mokume.event.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProfileReportTest {
  private static final long GB = 1_000_000_000;

  /// Two threads for four seconds, of which 3.5 are tensors'; 4 GB read and 2 GB written.
  private static Profile profile(Part... parts) {
    return new Profile(2, 4, 3.5, 2 * GB, List.of(parts), Map.of("a", 4 * GB));
  }

  private static Part[] linear() {
    return new Part[] {
      new Part(Stage.PLAN, 0, 0.25, 0.25, 0),
      new Part(Stage.HASH, 0, 2, 2, 4 * GB),
      new Part(Stage.READ, 1, 1, 2, 4 * GB),
      new Part(Stage.COMPUTE, 1, 1.5, 3, 6 * GB),
      new Part(Stage.WRITE, 1, 1, 1.5, 2 * GB),
      new Part(Stage.SYNC, 0, 0.75, 0.75, 2 * GB),
      new Part(Stage.RENAME, 0, 0.25, 0.25, 0)
    };
  }

  private static String print(ProfileReport report) {
    StringWriter text = new StringWriter();
    report.print(new PrintWriter(text));
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  @Test
  void tellsWhereTheTimeWentAndWhatBoundsTheMerge() {
    ProfileReport report =
        new ProfileReport(profile(linear()), 0, new MachineRates(10.0 * GB, 2.5 * GB, Double.NaN));

    assertThat(print(report))
        .isEqualTo(
            """
              stage      wall  threads    bytes  GB/s  of the bound
              plan     0.25 s   0.25 s
              hash     2.00 s   2.00 s  4.00 GB  2.00          80 %
              read     1.00 s   2.00 s  4.00 GB  4.00          40 %
              compute  1.50 s   3.00 s  6.00 GB  4.00          40 %
              write    1.00 s   1.50 s  2.00 GB  2.00          20 %
              fsync    0.75 s   0.75 s  2.00 GB  2.67
              rename   0.25 s   0.25 s
              other             0.50 s
              in all   4.00 s
              each alone: the disk 1.00 s, memory 0.60 s, arithmetic 1.50 s, hashing the inputs 1.60 s
              this machine: copies 10.0 GB/s, hashes 2.50 GB/s a thread
              bounded by hashing the inputs: 3.75 GB/s expected at the most, 1.50 GB/s reached, 40 % of it
            """);
  }

  /// 4 GB at 1.25 GB a second are 3.2 seconds.
  @Test
  void aColdMergeIsBoundedByTheDisk() {
    ProfileReport report =
        new ProfileReport(
            profile(
                new Part(Stage.READ, 1, 3.3, 6.6, 4 * GB),
                new Part(Stage.COMPUTE, 1, 0.2, 0.2, 6 * GB),
                new Part(Stage.WRITE, 1, 0.2, 0.2, 2 * GB)),
            4 * GB,
            new MachineRates(10.0 * GB, Double.NaN, 1.25 * GB));

    assertThat(print(report))
        .isEqualTo(
            """
              stage      wall  threads    bytes  GB/s  of the bound
              read     3.30 s   6.60 s  4.00 GB  1.21          97 %
              compute  0.20 s   0.20 s  6.00 GB  30.0         300 %
              write    0.20 s   0.20 s  2.00 GB  10.0         100 %
              other             0.00 s
              in all   4.00 s
              each alone: the disk 3.20 s, memory 0.60 s, arithmetic 0.10 s, hashing the inputs 0.00 s
              this machine: copies 10.0 GB/s, reads 1.25 GB/s from the disk
              bounded by the disk: 1.88 GB/s expected at the most, 1.50 GB/s reached, 80 % of it
            """);
  }

  @Test
  void numbersPassesWhereThereAreSeveral() {
    ProfileReport report =
        new ProfileReport(
            profile(
                new Part(Stage.READ, 1, 1, 1, GB),
                new Part(Stage.COMPUTE, 1, 1, 1, GB),
                new Part(Stage.COMPUTE, 2, 1, 1, GB),
                new Part(Stage.WRITE, 2, 1, 1, GB)),
            0,
            new MachineRates(0.25 * GB, Double.NaN, Double.NaN));

    assertThat(print(report).lines().skip(1).limit(4))
        .containsExactly(
            "  read, pass 1     1.00 s   1.00 s  1.00 GB  1.00         400 %",
            "  compute, pass 1  1.00 s   1.00 s  1.00 GB  1.00         400 %",
            "  compute, pass 2  1.00 s   1.00 s  1.00 GB  1.00         400 %",
            "  write, pass 2    1.00 s   1.00 s  1.00 GB  1.00         400 %");
    assertThat(report.limit()).isEqualTo(Limit.MEMORY);
  }

  /// Of a quarter of a second in which nothing but planning was done.
  private static ProfileReport ofPlanning(int threads) {
    Profile profile =
        new Profile(threads, 0.25, 0, 0, List.of(new Part(Stage.PLAN, 0, 0.25, 0.25, 0)), Map.of());
    return new ProfileReport(profile, 0, MachineRates.UNKNOWN);
  }

  @Test
  void ofAnUpdateThatChangesNothingOnlyItsTimeIsTold() {
    assertThat(print(ofPlanning(2))).endsWith("\n  in all  0.25 s\n");
  }

  /// Nothing is read, so there is nothing that could bound it.
  @Test
  void ofAPlanOnlyItsTimeIsTold() {
    ProfileReport report = ofPlanning(0);

    assertThat(print(report))
        .isEqualTo(
            """

            Profile
              stage     wall  threads  bytes  GB/s  of the bound
              plan    0.25 s   0.25 s
              in all  0.25 s
            """);
    StringWriter json = new StringWriter();
    Json.write(new PrintWriter(json), report::describe);
    assertThat(json.toString().strip())
        .isEqualTo(
            "{\"threads\":0,\"seconds\":0.25,\"stages\":["
                + "{\"stage\":\"plan\",\"wallSeconds\":0.25,\"threadSeconds\":0.25,\"bytes\":0,"
                + "\"bytesPerSecond\":null,\"ofTheBound\":null}]}");
  }

  @Test
  void saysTheSameInJson() {
    StringWriter text = new StringWriter();
    Json.write(
        new PrintWriter(text),
        new ProfileReport(
                profile(
                    new Part(Stage.PLAN, 0, 0.5, 0.5, 0),
                    new Part(Stage.READ, 1, 3.2, 6.4, 4 * GB)),
                4 * GB,
                new MachineRates(10.0 * GB, Double.NaN, 1.25 * GB))
            ::describe);

    assertThat(text.toString().strip())
        .isEqualTo(
            "{\"threads\":2,\"seconds\":4.0,\"stages\":["
                + "{\"stage\":\"plan\",\"wallSeconds\":0.5,\"threadSeconds\":0.5,\"bytes\":0,"
                + "\"bytesPerSecond\":null,\"ofTheBound\":null},"
                + "{\"stage\":\"read\",\"pass\":1,\"wallSeconds\":3.2,\"threadSeconds\":6.4,"
                + "\"bytes\":4000000000,\"bytesPerSecond\":1.25E9,\"ofTheBound\":1.0}],"
                + "\"otherThreadSeconds\":0.5999999999999996,\"bytesFromDisk\":4000000000,"
                + "\"copyBytesPerSecond\":1.0E10,\"hashBytesPerSecond\":null,"
                + "\"diskBytesPerSecond\":1.25E9,"
                + "\"leastSeconds\":{\"disk\":3.2,\"memory\":0.4,\"arithmetic\":0.0,"
                + "\"hashing\":0.0},"
                + "\"boundedBy\":\"disk\",\"expectedBytesPerSecond\":1.25E9,"
                + "\"reachedBytesPerSecond\":1.0E9}");
  }
}
