package dev.mokume.federated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClientListTest {
  @TempDir private Path folder;

  private Path file(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static List<Client> at(Object place) {
    return ClientList.at(place.toString());
  }

  @Test
  void aFileIsAClientOfOneExample() {
    assertThat(at("a.safetensors")).containsExactly(new Client(Path.of("a.safetensors"), 1));
  }

  @Test
  void linesOfATableAreFilesBesideItAndTheirExamples() throws IOException {
    Path list = file("round.csv", "file,examples\na.safetensors,120\n\nb,c.pt, 7.5\n");
    assertThat(at(list))
        .containsExactly(
            new Client(folder.resolve("a.safetensors"), 120),
            new Client(folder.resolve("b,c.pt"), 7.5));
  }

  @Test
  void anObjectHasTheExamplesOfEachFile() throws IOException {
    Path list = file("round.json", "{\"a.safetensors\": 120, \"sub/b.pt\": 8}");
    assertThat(at(list))
        .containsExactly(
            new Client(folder.resolve("a.safetensors"), 120),
            new Client(folder.resolve("sub/b.pt"), 8));
  }

  @Test
  void aFolderStandsForTheCheckpointsInIt() throws IOException {
    Path a = file("round/a.safetensors", "");
    Path b = file("round/b.pt", "");
    file("round/notes.txt", "");
    file("round/.c.safetensors", "");
    assertThat(at(folder.resolve("round")))
        .containsExactlyInAnyOrder(new Client(a, 1), new Client(b, 1));
  }

  @Test
  void aFolderOfFoldersHasAClientInEach() throws IOException {
    Path a = file("round/one/model.safetensors", "").getParent();
    Path b = file("round/two/model.safetensors", "").getParent();
    assertThat(at(folder.resolve("round")))
        .containsExactlyInAnyOrder(new Client(a, 1), new Client(b, 1));
  }

  @Test
  void aPatternStandsForTheFilesThatFit() throws IOException {
    Path a = file("round/a1.safetensors", "");
    file("round/b1.safetensors", "");
    Path c = file("other/a1.safetensors", "");
    assertThat(at(folder.resolve("*/a*.safetensors")))
        .containsExactlyInAnyOrder(new Client(a, 1), new Client(c, 1));
  }

  private void wrong(Object place, String message) {
    assertThatThrownBy(() -> at(place)).isInstanceOf(MokumeException.class).hasMessage(message);
  }

  @Test
  void whatIsWrongWithAListIsToldWithItsPlace() throws IOException {
    Path noNumber = file("a.csv", "a.safetensors,1\nb.safetensors\n");
    wrong(
        noNumber,
        noNumber
            + ": line 2 is 'b.safetensors', but a file and its number of examples were wanted, as"
            + " in a.safetensors,120.");
    Path none = file("b.csv", "a.safetensors,0\n");
    wrong(
        none,
        none
            + ": 'a.safetensors' has 0.0 examples, but a file with more than 0 was wanted; leave"
            + " clients without examples out.");
    Path empty = file("c.csv", "file,examples\n");
    wrong(empty, empty + ": names no client.");
    Path text = file("d.json", "{\"a.safetensors\": \"many\"}");
    wrong(
        text,
        text
            + ": 'a.safetensors' has no number of examples; the list has to be an object like"
            + " {\"a.safetensors\": 120}.");
    wrong(folder.resolve("x*.pt"), folder.resolve("x*.pt") + ": no file fits this pattern.");
    Path bare = Files.createDirectory(folder.resolve("bare"));
    wrong(bare, bare + ": neither checkpoints nor folders of clients are in it.");
  }
}
