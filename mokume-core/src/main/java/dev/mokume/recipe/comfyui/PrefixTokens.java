package dev.mokume.recipe.comfyui;

import dev.mokume.workflow.Input;
import dev.mokume.workflow.Node;
import dev.mokume.workflow.Workflow;
import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// What `%...%` in a file's prefix stands for: the time, and values of other nodes. ComfyUI's
/// editor replaces some before it runs a workflow and its server the others; whatever means nothing
/// stays as it is.
record PrefixTokens(Workflow workflow, LocalDateTime now) {
  private static final Pattern TOKEN = Pattern.compile("%([^%]+)%");
  private static final String DATE = "date:";

  /// Digits of the time, in the editor's letters; two of them are two digits.
  private static final Pattern DATE_PART = Pattern.compile("dd?|MM?|hh?|mm?|ss?|yyyy|yy");

  /// What the editor keeps out of file names.
  private static final Pattern UNFIT = Pattern.compile("[/?<>\\\\:*|\"\\x00-\\x1F\\x7F]");

  String expand(String prefix) {
    return replaced(TOKEN, prefix, match -> meaning(match.group(1)).orElse(match.group()));
  }

  private interface Replacement {
    String of(MatchResult match);
  }

  private static String replaced(Pattern pattern, String text, Replacement replacement) {
    return pattern
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(replacement.of(match)));
  }

  private Optional<String> meaning(String token) {
    if (token.startsWith(DATE)) {
      return Optional.of(date(token.substring(DATE.length())));
    }
    return switch (token) {
      case "year" -> Optional.of(date("yyyy"));
      case "month" -> Optional.of(date("MM"));
      case "day" -> Optional.of(date("dd"));
      case "hour" -> Optional.of(date("hh"));
      case "minute" -> Optional.of(date("mm"));
      case "second" -> Optional.of(date("ss"));
      // Of the image that ComfyUI saves; weights have none.
      case "width", "height", "batch_num" -> Optional.of("0");
      default -> value(token);
    };
  }

  private String date(String format) {
    return replaced(DATE_PART, format, match -> datePart(match.group()));
  }

  private String datePart(String letters) {
    int number =
        switch (letters.charAt(0)) {
          case 'd' -> now.getDayOfMonth();
          case 'M' -> now.getMonthValue();
          case 'h' -> now.getHour();
          case 'm' -> now.getMinute();
          case 's' -> now.getSecond();
          default -> letters.length() == 2 ? now.getYear() % 100 : now.getYear();
        };
    return String.format(Locale.ROOT, "%0" + letters.length() + "d", number);
  }

  /// `NODE.INPUT`: a value of the first node of that class, or of that title if the class has none.
  /// The editor goes by a property first that is the class unless a person changes it.
  private Optional<String> value(String token) {
    int dot = token.indexOf('.');
    if (dot < 0) {
      return Optional.empty();
    }
    String name = token.substring(0, dot);
    return first(node -> node.type().equals(name))
        .or(() -> first(node -> node.title().equals(name)))
        .map(node -> node.inputs().get(token.substring(dot + 1)))
        .flatMap(input ->
            input instanceof Input.Literal(JsonNode literal)
                ? Optional.of(text(literal))
                : Optional.empty());
  }

  private Optional<Node> first(Predicate<Node> wanted) {
    return workflow.nodes().values().stream().filter(wanted).findFirst();
  }

  private static String text(JsonNode value) {
    String text =
        value.isString()
            ? value.stringValue()
            : value.isFloatingPointNumber() && Double.isFinite(value.doubleValue())
                ? number(value.doubleValue())
                : value.toString();
    return UNFIT.matcher(text).replaceAll("_");
  }

  /// 1.0 is 1, as the editor writes it.
  private static String number(double value) {
    return value == 0 ? "0" : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
