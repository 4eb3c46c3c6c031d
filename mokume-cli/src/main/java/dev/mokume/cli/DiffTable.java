package dev.mokume.cli;

import dev.mokume.analysis.Comparison;
import dev.mokume.analysis.Comparison.Row;
import dev.mokume.error.Amount;
import java.util.Locale;

/// A comparison as a table: a row a component, with its blocks below it.
final class DiffTable {
  private DiffTable() {}

  static Table of(Comparison comparison, boolean blocks) {
    Table table =
        Table.of(
            "component",
            "block",
            ">tensors",
            ">elements",
            ">changed",
            ">|B-A|/|A|",
            ">cosine",
            ">same sign");
    for (Row component : comparison.components()) {
      add(table, component, component.component().id(), "all");
      if (blocks) {
        comparison.rows().stream()
            .filter(row -> row.component() == component.component())
            .forEach(row -> add(table, row, "", row.block()));
      }
    }
    return table;
  }

  private static void add(Table table, Row row, String component, String block) {
    table.row(
        component,
        block,
        Amount.count(row.tensors()),
        Amount.count(row.elements()),
        percent(row.changed()),
        number(row.relativeDelta()),
        number(row.cosine()),
        percent(row.signAgreement()));
  }

  static String percent(double share) {
    return Double.isNaN(share) ? "-" : String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }

  static String number(double value) {
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.5f", value);
  }
}
