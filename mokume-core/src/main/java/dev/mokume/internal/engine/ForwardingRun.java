package dev.mokume.internal.engine;

/// A run that is another one, but for what a subclass changes.
abstract class ForwardingRun implements Run {
  abstract Run run();

  @Override
  public void prepare(Worker worker) {
    run().prepare(worker);
  }

  @Override
  public boolean hasTile() {
    return run().hasTile();
  }

  @Override
  public int takeTile() {
    return run().takeTile();
  }

  @Override
  public void process(int tile, Worker worker) {
    run().process(tile, worker);
  }

  @Override
  public boolean tileDone() {
    return run().tileDone();
  }

  @Override
  public boolean finishPass(Worker worker) {
    return run().finishPass(worker);
  }

  @Override
  public long weight(int tile) {
    return run().weight(tile);
  }

  @Override
  public void release(MemoryPool pool) {
    run().release(pool);
  }
}
