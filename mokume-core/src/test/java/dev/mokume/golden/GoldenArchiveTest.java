package dev.mokume.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The checked-in copy of the golden data is frozen.
class GoldenArchiveTest {
  @Test
  void everyFileIsTheOneThatWasRecorded() throws IOException {
    List<String> recorded;
    try (InputStream sums = GoldenFolder.resource("SHA256SUMS")) {
      recorded = new String(sums.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    List<String> found =
        GoldenFolder.checkedIn().archive().entrySet().stream()
            .map(file -> sha256(file.getValue()) + "  " + file.getKey())
            .toList();
    assertThat(found).isEqualTo(recorded);
  }

  @Test
  void everySuiteIsThere() {
    GoldenFolder folder = GoldenFolder.checkedIn();
    assertThat(GoldenTest.SUITES)
        .allSatisfy(
            name -> assertThat(GoldenSuite.open(folder, name).orElseThrow().cases()).isNotEmpty());
  }

  @Test
  void aFolderThatDoesNotExistIsAFailure(@TempDir Path temporary) {
    Path missing = temporary.resolve("none");
    assertThatThrownBy(() -> GoldenFolder.of(missing))
        .isInstanceOf(AssertionError.class)
        .hasMessage("-Dmokume.golden=" + missing + ": there is no such folder");
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
