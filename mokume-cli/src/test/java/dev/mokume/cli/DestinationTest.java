package dev.mokume.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationTest {
  @ParameterizedTest
  @CsvSource({
    "5GB, 5000000000",
    "5 gb, 5000000000",
    "5G, 5000000000",
    "1.5GB, 1500000000",
    "2GiB, 2147483648",
    "512MiB, 536870912",
    "300KB, 300000",
    "4096, 4096",
    "999999999999TB, 9223372036854775807"
  })
  void sizesAreThoseOfDisks(String text, long bytes) {
    assertThat(Destination.of(Optional.of(text)).largestShard()).contains(bytes);
  }

  @ParameterizedTest
  @CsvSource({"5 gigs", "GB", "-1GB", "1e9"})
  void aSizeThatIsNone(String text) {
    assertThatThrownBy(() -> Destination.of(Optional.of(text)))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "--max-shard: '"
                + text
                + "' is not a size; write 5GB, 500MB, 2GiB or a number of bytes.");
  }

  @Test
  void nothingIsTooLittle() {
    assertThatThrownBy(() -> Destination.of(Optional.of("0GB")))
        .hasMessage("--max-shard must be at least 1 byte but was 0GB.");
  }

  @ParameterizedTest
  @CsvSource({
    "merged, merged/model.safetensors.index.json",
    "a/v1.5, a/v1.5/model.safetensors.index.json",
    "a/out.safetensors, a/out.safetensors.index.json",
    "out.safetensors.index.json, out.safetensors.index.json"
  })
  void shardsAreNamedByTheirIndex(String out, String index) {
    assertThat(Destination.of(Optional.of("5GB")).file(Path.of(out))).isEqualTo(Path.of(index));
  }

  @ParameterizedTest
  @CsvSource({"merged", "out.safetensors", "out.safetensors.index.json"})
  void withoutASizeTheNameIsTheFile(String out) {
    assertThat(Destination.of(Optional.empty()).file(Path.of(out))).isEqualTo(Path.of(out));
  }
}
