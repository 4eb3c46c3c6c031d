package dev.mokume.workflow;

import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/// A workflow as text in the form that ComfyUI runs, to embed it in an output or to export it. The
/// same workflow gives the same text: nodes and inputs stand in its order.
public final class WorkflowWriter {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  // As Python reads and writes them: a saved prompt may hold them.
                  .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS)
                  // Whatever carries the text, it need not agree on an encoding.
                  .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                  .build())
          .build();

  private WorkflowWriter() {}

  /// One line of ASCII; what is beyond is escaped. NaN and infinities stand bare, as ComfyUI writes
  /// them.
  public static String apiJson(Workflow workflow) {
    return MAPPER.writeValueAsString(ApiForm.json(workflow));
  }
}
