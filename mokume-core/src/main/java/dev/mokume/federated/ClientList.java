package dev.mokume.federated;

import dev.mokume.checkpoint.ByteSource;
import dev.mokume.checkpoint.Checkpoints;
import dev.mokume.checkpoint.FileSource;
import dev.mokume.error.ErrorCode;
import dev.mokume.error.MokumeException;
import dev.mokume.error.Quoted;
import dev.mokume.internal.format.StrictJson;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// The clients that a person names: a checkpoint; a folder, for each checkpoint in it; a pattern
/// such as `round7/*.safetensors`; or a list of files with their example counts.
///
/// A list is a CSV file of lines `FILE,EXAMPLES`, where a first line whose second field is no
/// number is a heading, or a JSON file of one object, `{"FILE": EXAMPLES}`. Its files are relative
/// to it. Clients that no list names have one example each.
public final class ClientList {
  /// A thousand is much; what is beyond this is no list of clients.
  private static final int MOST_CLIENTS = 100_000;

  private static final long LONGEST_LIST = 64L << 20;

  private ClientList() {}

  /// @param place as a person writes it
  /// @throws MokumeException if nothing is there, or with the first line of a list that is wrong
  public static List<Client> at(String place) {
    Path path = Checkpoints.place(place);
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".csv")) {
      return ofCsv(path);
    }
    if (name.endsWith(".json") && !Checkpoints.isIndex(path)) {
      return ofJson(path);
    }
    if (Files.isDirectory(path)) {
      return inFolder(path);
    }
    boolean isPattern = place.chars().anyMatch(c -> "*?[{".indexOf(c) >= 0);
    return isPattern && Files.notExists(path)
        ? matching(path, place)
        : List.of(new Client(path, 1));
  }

  private static List<Client> inFolder(Path folder) {
    List<Path> entries = listed(folder, 1);
    List<Path> files =
        entries.stream()
            .filter(entry -> Files.isRegularFile(entry) && Checkpoints.isNamedAsCheckpoint(entry))
            .toList();
    List<Path> clients =
        files.isEmpty() ? entries.stream().filter(Files::isDirectory).toList() : files;
    if (clients.isEmpty()) {
      throw wrong(folder + ": neither checkpoints nor folders of clients are in it.");
    }
    return ofFiles(clients);
  }

  private static List<Client> matching(Path pattern, String written) {
    Path start = pattern.isAbsolute() ? pattern.getRoot() : Path.of("");
    int literal = 0;
    while (literal < pattern.getNameCount()
        && pattern.getName(literal).toString().chars().noneMatch(c -> "*?[{".indexOf(c) >= 0)) {
      start = start.resolve(pattern.getName(literal));
      literal++;
    }
    PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    List<Path> found =
        Files.isDirectory(start.toAbsolutePath())
            ? listed(start, pattern.getNameCount() - literal).stream()
                .filter(matcher::matches)
                .toList()
            : List.of();
    if (found.isEmpty()) {
      throw wrong(written + ": no file fits this pattern.");
    }
    return ofFiles(found);
  }

  /// What is so many folders deep in a folder, but for hidden files.
  private static List<Path> listed(Path folder, int depth) {
    try (Stream<Path> entries = Files.walk(folder, depth)) {
      List<Path> listed =
          entries
              .filter(entry -> !entry.equals(folder))
              .filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
              .limit(MOST_CLIENTS + 1L)
              .toList();
      if (listed.size() > MOST_CLIENTS) {
        throw wrong(folder + ": holds more than " + MOST_CLIENTS + " files.");
      }
      return listed;
    } catch (IOException e) {
      throw new MokumeException(
          ErrorCode.UNREADABLE_INPUT, folder + ": the folder cannot be listed.", e);
    }
  }

  private static List<Client> ofFiles(List<Path> files) {
    return files.stream().map(file -> new Client(file, 1)).toList();
  }

  private static List<Client> ofCsv(Path list) {
    List<Client> clients = new ArrayList<>();
    int number = 0;
    for (String line : lines(list)) {
      number++;
      int comma = line.lastIndexOf(',');
      String examples = line.substring(comma + 1).strip();
      boolean isHeading = number == 1 && comma >= 0 && !isNumber(examples);
      if (line.isBlank() || isHeading) {
        continue;
      }
      if (comma < 0 || !isNumber(examples)) {
        throw wrong(
            list
                + ": line "
                + number
                + " is "
                + Quoted.name(line)
                + ", but a file and its number of examples were wanted, as in a.safetensors,120.");
      }
      add(clients, list, line.substring(0, comma).strip(), Double.parseDouble(examples));
    }
    return some(clients, list);
  }

  private static List<String> lines(Path list) {
    try {
      if (Files.size(list) > LONGEST_LIST) {
        throw wrong(list + ": has more than " + LONGEST_LIST + " bytes, too many for a list.");
      }
      return Files.readAllLines(list);
    } catch (MalformedInputException e) {
      throw new MokumeException(ErrorCode.UNREADABLE_INPUT, list + ": is not UTF-8 text.", e);
    } catch (IOException e) {
      throw new MokumeException(ErrorCode.UNREADABLE_INPUT, list + ": cannot be read.", e);
    }
  }

  private static boolean isNumber(String text) {
    return text.matches("[-+]?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?");
  }

  private static List<Client> ofJson(Path list) {
    try (ByteSource source = FileSource.open(list)) {
      if (source.size() > LONGEST_LIST) {
        throw wrong(list + ": has more than " + LONGEST_LIST + " bytes, too many for a list.");
      }
      try (StrictJson json = new StrictJson(source, 0, source.size(), "the list")) {
        return some(json.object(parser -> entries(parser, list)), list);
      }
    }
  }

  private static List<Client> entries(JsonParser parser, Path list) {
    List<Client> clients = new ArrayList<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String file = parser.currentName();
      if (!parser.nextToken().isNumeric()) {
        throw wrong(
            list
                + ": "
                + Quoted.name(file)
                + " has no number of examples; the list has to be an object like"
                + " {\"a.safetensors\": 120}.");
      }
      add(clients, list, file, parser.getDoubleValue());
    }
    return clients;
  }

  private static void add(List<Client> clients, Path list, String file, double examples) {
    if (clients.size() == MOST_CLIENTS) {
      throw wrong(list + ": names more than " + MOST_CLIENTS + " clients.");
    }
    if (file.isEmpty() || !(examples > 0 && examples < Double.POSITIVE_INFINITY)) {
      throw wrong(
          list
              + ": "
              + Quoted.name(file)
              + " has "
              + examples
              + " examples, but a file with more than 0 was wanted; leave clients without examples"
              + " out.");
    }
    clients.add(new Client(list.resolveSibling(file), examples));
  }

  private static List<Client> some(List<Client> clients, Path list) {
    if (clients.isEmpty()) {
      throw wrong(list + ": names no client.");
    }
    return List.copyOf(clients);
  }

  private static MokumeException wrong(String message) {
    return new MokumeException(ErrorCode.UNREADABLE_INPUT, message);
  }
}
