package dev.mokume.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mokume.internal.engine.Scheduler.Admission;
import dev.mokume.internal.engine.Scheduler.Job;
import dev.mokume.internal.kernel.Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private final Arena arena = Arena.ofAuto();
  private final MemoryPool pool = new MemoryPool(arena, 64);
  private final Worker worker =
      new Worker(0, Kernels.scalar(), () -> arena.allocate(64), () -> false, _ -> {});
  private final List<String> log = new ArrayList<>();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final AtomicLong progress = new AtomicLong();

  /// A tensor of some tiles and passes that notes what is done with it.
  private final class NotedRun implements Run {
    private final String name;
    private final int tiles;
    private int passes;
    private int next;
    private int done;

    NotedRun(String name, int tiles, int passes) {
      this.name = name;
      this.tiles = tiles;
      this.passes = passes;
    }

    @Override
    public void prepare(Worker by) {
      log.add(name + " ready");
    }

    @Override
    public boolean hasTile() {
      return next < tiles;
    }

    @Override
    public int takeTile() {
      return next++;
    }

    @Override
    public void process(int tile, Worker by) {
      if (name.equals("broken")) {
        throw new IllegalStateException("broken tile");
      }
      log.add(name + tile);
    }

    @Override
    public boolean tileDone() {
      return ++done == tiles;
    }

    @Override
    public boolean finishPass(Worker worker) {
      log.add(name + " pass");
      next = 0;
      done = 0;
      return --passes > 0;
    }

    @Override
    public long weight(int tile) {
      return 10;
    }

    @Override
    public void release(MemoryPool from) {
      log.add(name + " released");
    }
  }

  private Admission admits(Run run) {
    return () -> Optional.of(run);
  }

  private Scheduler scheduler(int most, Admission... admissions) {
    return new Scheduler(
        List.of(admissions).iterator(), pool, most, cancelled::get, progress::addAndGet);
  }

  private void work(Scheduler scheduler) {
    Optional<Job> job = scheduler.take();
    while (job.isPresent()) {
      scheduler.perform(job.get(), worker);
      job = scheduler.take();
    }
  }

  @Test
  void tensorsAreDoneInOrderTileByTileAndPassByPass() {
    work(scheduler(2, admits(new NotedRun("a", 2, 2)), admits(new NotedRun("b", 1, 1))));
    assertThat(log)
        .containsExactly(
            "a ready",
            "a0",
            "a1",
            "a pass",
            "a0",
            "a1",
            "a pass",
            "a released",
            "b ready",
            "b0",
            "b pass",
            "b released");
    assertThat(progress.get()).isEqualTo(5 * 10);
  }

  @Test
  void theNextTensorBeginsWhileTheLastTileIsUnderWay() {
    Scheduler scheduler =
        scheduler(2, admits(new NotedRun("a", 1, 1)), admits(new NotedRun("b", 1, 1)));
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    Job lastTile = scheduler.take().orElseThrow();
    // Another worker comes before that tile is done: there is nothing to take of a, but b can be
    // made ready.
    Job another = scheduler.take().orElseThrow();
    assertThat(another.tile()).isEqualTo(Job.PREPARE);
    scheduler.perform(another, worker);
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    scheduler.perform(lastTile, worker);
    assertThat(log)
        .containsExactly(
            "a ready", "b ready", "b0", "b pass", "b released", "a0", "a pass", "a released");
    assertThat(scheduler.take()).isEmpty();
  }

  @Test
  void theNextTensorsTaskIsCompiledWhileThereAreTilesToTake() {
    AtomicBoolean compiled = new AtomicBoolean();
    Admission b =
        new Admission() {
          @Override
          public Optional<Run> admit() {
            return Optional.of(new NotedRun("b", 1, 1));
          }

          @Override
          public boolean isCompiled() {
            return compiled.get();
          }

          @Override
          public void compile() {
            compiled.set(true);
          }
        };
    Scheduler scheduler = scheduler(2, admits(new NotedRun("a", 2, 1)), b);
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    Job compilation = scheduler.take().orElseThrow();
    assertThat(compilation.tile()).isEqualTo(Job.COMPILE);
    // Another worker goes on meanwhile.
    assertThat(scheduler.take().orElseThrow().tile()).isEqualTo(0);
    scheduler.perform(compilation, worker);
    assertThat(compiled).isTrue();
    assertThat(scheduler.take().orElseThrow().tile()).isEqualTo(1);
    assertThat(scheduler.take().orElseThrow().tile()).isEqualTo(Job.PREPARE);
  }

  @Test
  void aTensorIsNotTouchedBeforeItIsReady() {
    Scheduler scheduler =
        scheduler(2, admits(new NotedRun("a", 1, 1)), admits(new NotedRun("b", 1, 1)));
    Job prepareA = scheduler.take().orElseThrow();
    Job prepareB = scheduler.take().orElseThrow();
    scheduler.perform(prepareB, worker);
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    scheduler.perform(prepareA, worker);
    work(scheduler);
    assertThat(log)
        .containsExactly(
            "b ready", "b0", "b pass", "b released", "a ready", "a0", "a pass", "a released");
  }

  @Test
  void aTensorWaitsUntilThereIsMemoryForIt() {
    AtomicBoolean room = new AtomicBoolean();
    Run b = new NotedRun("b", 1, 1);
    Run a =
        new ForwardingRun() {
          private final Run inner = new NotedRun("a", 1, 1);

          @Override
          Run run() {
            return inner;
          }

          @Override
          public void release(MemoryPool from) {
            super.release(from);
            room.set(true);
          }
        };
    work(scheduler(2, admits(a), () -> room.get() ? Optional.of(b) : Optional.empty()));
    assertThat(log).endsWith("a released", "b ready", "b0", "b pass", "b released");
  }

  @Test
  void aFailureStopsTheOthersAndIsKept() {
    Scheduler scheduler =
        scheduler(2, admits(new NotedRun("broken", 2, 1)), admits(new NotedRun("b", 1, 1)));
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    Job tile = scheduler.take().orElseThrow();
    assertThatThrownBy(() -> scheduler.perform(tile, worker)).hasMessage("broken tile");
    IllegalStateException first = new IllegalStateException("first");
    scheduler.stop(first);
    scheduler.stop(new IllegalStateException("second"));
    assertThat(scheduler.take()).isEmpty();
    assertThat(scheduler.failure()).isSameAs(first);
    scheduler.close();
    assertThat(log).containsExactly("broken ready", "broken released");
  }

  @Test
  void cancellingEndsTheWorkWithoutAFailure() {
    Scheduler scheduler = scheduler(2, admits(new NotedRun("a", 3, 1)));
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    cancelled.set(true);
    assertThat(scheduler.take()).isEmpty();
    assertThat(scheduler.failure()).isNull();
    scheduler.close();
    assertThat(log).containsExactly("a ready", "a0", "a released");
  }

  @Test
  void noMoreTensorsAreUnderWayThanAllowed() throws InterruptedException {
    Scheduler scheduler =
        scheduler(1, admits(new NotedRun("a", 1, 1)), admits(new NotedRun("b", 1, 1)));
    scheduler.perform(scheduler.take().orElseThrow(), worker);
    Job tile = scheduler.take().orElseThrow();
    // A second worker finds nothing and waits until the first is done.
    Thread second = Thread.ofPlatform().start(() -> work(scheduler));
    while (second.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    scheduler.perform(tile, worker);
    second.join();
    assertThat(log)
        .containsExactly(
            "a ready", "a0", "a pass", "a released", "b ready", "b0", "b pass", "b released");
  }
}
