package dev.mokume.cli;

import dev.mokume.error.Problem;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;

/// One JSON document on standard output, written as it comes.
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private final JsonGenerator generator;

  private Json(JsonGenerator generator) {
    this.generator = generator;
  }

  /// Writes one object and the end of the line.
  static void write(PrintWriter out, Consumer<Json> fields) {
    try (JsonGenerator generator = FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
      generator.writeStartObject();
      fields.accept(new Json(generator));
      generator.writeEndObject();
    }
    out.println();
    out.flush();
  }

  void text(String name, String value) {
    generator.writeStringProperty(name, value);
  }

  void number(String name, long value) {
    generator.writeNumberProperty(name, value);
  }

  /// JSON knows no NaN and no infinity: they become null.
  void number(String name, double value) {
    if (Double.isFinite(value)) {
      generator.writeNumberProperty(name, value);
    } else {
      generator.writeNullProperty(name);
    }
  }

  void flag(String name, boolean value) {
    generator.writeBooleanProperty(name, value);
  }

  void texts(String name, Collection<String> values) {
    generator.writeArrayPropertyStart(name);
    values.forEach(generator::writeString);
    generator.writeEndArray();
  }

  void numbers(String name, long[] values) {
    generator.writeArrayPropertyStart(name);
    for (long value : values) {
      generator.writeNumber(value);
    }
    generator.writeEndArray();
  }

  void numbers(String name, double[] values) {
    generator.writeArrayPropertyStart(name);
    for (double value : values) {
      generator.writeNumber(value);
    }
    generator.writeEndArray();
  }

  void object(String name, Consumer<Json> fields) {
    generator.writeObjectPropertyStart(name);
    fields.accept(this);
    generator.writeEndObject();
  }

  /// An array of objects, one an item.
  <T> void objects(String name, Collection<T> items, BiConsumer<Json, T> fields) {
    generator.writeArrayPropertyStart(name);
    for (T item : items) {
      generator.writeStartObject();
      fields.accept(this, item);
      generator.writeEndObject();
    }
    generator.writeEndArray();
  }

  /// The field `problems`.
  void problems(Collection<Problem> problems) {
    objects(
        "problems",
        problems,
        (item, problem) -> {
          item.text("code", problem.code().name());
          item.text("message", problem.message());
        });
  }
}
