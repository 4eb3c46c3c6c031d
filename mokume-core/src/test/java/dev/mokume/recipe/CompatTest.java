package dev.mokume.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.error.MokumeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class CompatTest {
  private static final Path PAGE = Path.of("..", "docs", "compat.md");
  private static final Map<String, Compat> COLUMNS = new LinkedHashMap<>();

  static {
    COLUMNS.put("d", Compat.DAREMERGE);
    COLUMNS.put("24", Compat.DAREMERGE_2024_01);
    COLUMNS.put("c", Compat.COMFYUI);
    COLUMNS.put("c+d", Compat.COMFYUI_DAREMERGE);
    COLUMNS.put("mk", Compat.MERGEKIT);
    COLUMNS.put("ml", Compat.MERGELM);
    COLUMNS.put("me", Compat.MECHA);
  }

  private static List<String> cells(String row) {
    return Arrays.stream(row.split("\\|", -1)).skip(1).map(String::strip).toList();
  }

  private static List<List<String>> table() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      return lines
          .dropWhile(line -> !line.startsWith("| quirk |"))
          .takeWhile(line -> line.startsWith("|"))
          .map(CompatTest::cells)
          .toList();
    }
  }

  @Test
  void thePageHasEveryQuirkInTheOrderOfTheCode() throws IOException {
    List<String> rows =
        table().stream().skip(2).map(cells -> cells.get(0) + " " + cells.get(1)).toList();
    assertThat(rows)
        .isEqualTo(
            Arrays.stream(Quirk.values())
                .map(quirk -> "`" + quirk.id() + "` " + String.join(", ", quirk.ids()))
                .toList());
  }

  @Test
  void thePageSaysWhichProfileHasWhich() throws IOException {
    List<List<String>> table = table();
    List<String> head = table.getFirst();
    assertThat(head).containsAll(COLUMNS.keySet());
    for (int i = 0; i < Quirk.values().length; i++) {
      Quirk quirk = Quirk.values()[i];
      List<String> written = new ArrayList<>();
      List<String> coded = new ArrayList<>();
      for (Map.Entry<String, Compat> column : COLUMNS.entrySet()) {
        String mark = table.get(i + 2).get(head.indexOf(column.getKey()));
        assertThat(mark).as(quirk.id()).isIn("x", "");
        if (!mark.isEmpty()) {
          written.add(column.getKey());
        }
        if (column.getValue().has(quirk)) {
          coded.add(column.getKey());
        }
      }
      assertThat(written).as(quirk.id()).isEqualTo(coded);
    }
  }

  @Test
  void theDefaultHasNone() {
    for (Quirk quirk : Quirk.values()) {
      assertThat(Compat.NONE.has(quirk)).isFalse();
    }
  }

  @Test
  void aProfileIsReadByItsName() {
    for (Compat compat : Compat.values()) {
      assertThat(Compat.parse(compat.id())).isEqualTo(compat);
    }
    assertThat(Compat.parse("ComfyUI+DareMerge")).isEqualTo(Compat.COMFYUI_DAREMERGE);
    assertThatThrownBy(() -> Compat.parse("comfyui-daremerge"))
        .isInstanceOf(MokumeException.class)
        .hasMessage(
            "there is no compat profile 'comfyui-daremerge'; did you mean 'comfyui+daremerge'? The"
                + " profiles are none, daremerge, daremerge-2024-01, comfyui, comfyui+daremerge,"
                + " mergekit, mergelm, mecha.");
    assertThatThrownBy(() -> Compat.parse("swarm"))
        .hasMessageStartingWith("there is no compat profile 'swarm'. The profiles are none, ");
  }
}
