package dev.mokume.cli;

import dev.mokume.checkpoint.PendingOutputs;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The process `mokume`.
public final class Main {
  /// How long a signal waits for the command to stop by itself. It cannot while it waits for the
  /// disk.
  private static final long PATIENCE_SECONDS = 5;

  private Main() {}

  public static void main(String[] args) {
    // Nothing that people or scripts read may depend on the machine's language.
    Locale.setDefault(Locale.ROOT);
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-V"))) {
      System.out.println(Version.line());
      return;
    }
    HeadStart.of(args.length == 0 ? "" : args[0]);
    Session session = Session.ofProcess();
    CountDownLatch finished = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(session, finished), "mokume-stop"));
    int code;
    try {
      code = Cli.run(session, args);
    } finally {
      session.flush();
      finished.countDown();
    }
    // To exit, Java asks for a logger first, for which it opens every jar. Where nobody else is at
    // work the process ends by itself.
    if (code != ExitCode.OK || Thread.activeCount() > 1) {
      System.exit(code);
    }
  }

  /// On SIGINT or SIGTERM the JVM runs this while the command still works, and then exits with 130
  /// or 143 by itself. After an ordinary end there is nothing left to stop.
  private static void stop(Session session, CountDownLatch finished) {
    session.cancellation().cancel();
    try {
      if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        PendingOutputs.removeAll();
        boolean _ = finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
