package dev.mokume.cli;

import dev.mokume.error.Quoted;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Rows of text in aligned columns.
final class Table {
  private static final String GAP = "  ";

  private final List<Column> columns;
  private final List<List<String>> rows = new ArrayList<>();

  private Table(List<Column> columns) {
    this.columns = columns;
  }

  private record Column(String title, boolean right) {}

  /// Columns by their titles; a title that begins with `>` is of a column that is aligned to the
  /// right.
  static Table of(String... titles) {
    List<Column> columns = new ArrayList<>();
    for (String title : titles) {
      boolean right = title.startsWith(">");
      columns.add(new Column(right ? title.substring(1) : title, right));
    }
    return new Table(columns);
  }

  Table row(String... cells) {
    if (cells.length != columns.size()) {
      throw new IllegalArgumentException(
          "a row needs " + columns.size() + " cells but has " + cells.length);
    }
    // A name from a file may have a line's end, which would break the table.
    rows.add(Arrays.stream(cells).map(Quoted::printable).toList());
    return this;
  }

  /// Every line begins with `indent`; none ends in a blank. Titles that are all empty are left out.
  void print(PrintWriter out, String indent) {
    int[] widths = new int[columns.size()];
    boolean titled = false;
    for (int i = 0; i < widths.length; i++) {
      widths[i] = columns.get(i).title().length();
      titled |= widths[i] > 0;
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    if (titled) {
      out.println(line(columns.stream().map(Column::title).toList(), widths, indent));
    }
    for (List<String> row : rows) {
      out.println(line(row, widths, indent));
    }
  }

  private String line(List<String> cells, int[] widths, String indent) {
    StringBuilder line = new StringBuilder(indent);
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      String blanks = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP).append(columns.get(i).right() ? blanks + cell : cell + blanks);
    }
    return line.toString().stripTrailing();
  }
}
