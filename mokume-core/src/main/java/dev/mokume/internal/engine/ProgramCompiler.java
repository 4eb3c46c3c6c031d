package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Draw;
import dev.mokume.expression.Elements;
import dev.mokume.expression.Matrix;
import dev.mokume.expression.PerLine;
import dev.mokume.expression.Scalar;
import dev.mokume.expression.Survey;
import dev.mokume.internal.kernel.Kernels;
import dev.mokume.plan.TensorTask;
import dev.mokume.plan.TensorTask.Write;
import dev.mokume.tensor.DType;
import dev.mokume.tensor.Packing;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/// Turns a tensor's task into the fewest passes over its elements.
///
/// A node belongs to the pass in which every whole-tensor number that it needs is known. A later
/// pass computes it anew unless it is made of elements of yet earlier passes: then the node's own
/// pass keeps its values in a slot. So a chain of n iterations costs n passes, recomputes none but
/// the first (which needs nothing kept), and keeps one tensor from each pass to the next.
final class ProgramCompiler {
  private final TensorTask task;
  private final Kernels kernels;
  private final Graph graph;
  private final List<Output> outputs = new ArrayList<>();
  private final Map<StoredTensor, Integer> inputs = new LinkedHashMap<>();
  private final Map<StoredTensor, Packing> packings = new HashMap<>();
  private final Map<Matrix, Integer> matrices = new LinkedHashMap<>();
  private final Map<Node, Integer> slots = new LinkedHashMap<>();
  private final Set<Node> wholes = new HashSet<>();
  private final List<Program.Slot> slotKinds = new ArrayList<>();
  private final Map<Draw, Integer> draws = new LinkedHashMap<>();
  private final List<Program.Statistic> statistics = new ArrayList<>();
  private final Map<Program.Statistic, Integer> lateStatistics = new HashMap<>();
  private final List<Write.Copy> copiesToMake = new ArrayList<>();
  private final List<Program.Copied> copies = new ArrayList<>();
  private final List<Program.Number> numbers = new ArrayList<>();
  private int passCount;

  private record Output(Node node, Program.Output output) {}

  private ProgramCompiler(TensorTask task, Map<Scalar, Double> known, Kernels kernels) {
    this.task = task;
    this.kernels = kernels;
    this.graph = new Graph(known);
  }

  /// @param known numbers that other tasks measured, by the identity of their scalar
  static Program compile(TensorTask task, Map<Scalar, Double> known, Kernels kernels) {
    return StoredBlend.of(task, kernels)
        .orElseGet(() -> new ProgramCompiler(task, known, kernels).compile());
  }

  private Program compile() {
    for (Write write : task.writes()) {
      switch (write) {
        case Write.Values(_, _, var value, var dtype) ->
            outputs.add(new Output(graph.of(value), new Program.Output(write, dtype.packing())));
        case Write.Mask(_, _, var bits) ->
            outputs.add(new Output(graph.of(bits), new Program.Output(write, Packing.BITS)));
        case Write.Number number ->
            numbers.add(
                new Program.Number(
                    number, graph.of(number.value()), kernels.codec(number.dtype())));
        case Write.Copy copy -> copiesToMake.add(copy);
      }
    }
    List<Node> measures = task.measures().stream().map(graph::of).toList();
    findStatistics();
    for (Node node : graph.nodes()) {
      if (node.needsWholeInput() || node.isWhole()) {
        wholes.addAll(node.inputs());
      }
    }
    passCount = passCount(measures);
    List<SequencedSet<Node>> rootsOfPass = rootsOfPasses();
    if (slots.isEmpty()) {
      findLateStatistics(rootsOfPass);
      rootsOfPass = rootsOfPasses();
    }
    List<Program.Pass> passes = new ArrayList<>();
    for (int pass = 0; pass < passCount; pass++) {
      passes.add(new PassWriter(pass, rootsOfPass.get(pass)).write());
    }
    List<Program.Input> allInputs =
        inputs.keySet().stream()
            .map(tensor -> new Program.Input(tensor, of(packings, tensor)))
            .toList();
    return new Program(
        task.tensor(),
        task.count(),
        passes,
        graph.nodes(),
        allInputs,
        List.copyOf(matrices.keySet()),
        List.copyOf(slotKinds),
        List.copyOf(draws.keySet()),
        steps(),
        regressions(),
        statistics,
        outputs.stream().map(Output::output).toList(),
        List.copyOf(copies),
        List.copyOf(numbers),
        task.measures().stream()
            .map(scalar -> new Program.Measure(scalar, graph.of(scalar).id()))
            .toList());
  }

  /// What is made of whole tensors between passes, inputs before their users.
  private List<Program.Step> steps() {
    List<Program.Step> steps = new ArrayList<>();
    for (Node node : keptWholes()) {
      if (node.expression() instanceof Elements.Whole whole) {
        steps.add(new Program.Step(whole, node.level(), slotsOf(node.inputs()), of(slots, node)));
      }
    }
    return steps;
  }

  /// What is solved by Gram matrices between passes. No two of these and of [#steps] before the
  /// same pass are made of each other.
  private List<Program.Regression> regressions() {
    List<Program.Regression> regressions = new ArrayList<>();
    for (Node node : keptWholes()) {
      if (node.expression() instanceof Elements.Regressed regressed) {
        regressions.add(
            new Program.Regression(
                regressed, node.level(), slotsOf(node.inputs()), of(slots, node)));
      }
    }
    return regressions;
  }

  private List<Node> keptWholes() {
    return slots.keySet().stream()
        .filter(Node::isWhole)
        .sorted((a, b) -> Integer.compare(a.id(), b.id()))
        .toList();
  }

  private List<Integer> slotsOf(List<Node> nodes) {
    return nodes.stream().map(node -> of(slots, node)).toList();
  }

  /// What was noted for `key`, which was noted before.
  private static <K, V> V of(Map<K, V> notes, K key) {
    return Objects.requireNonNull(notes.get(key));
  }

  /// Every node is there because an output or a measure is made of it.
  private void findStatistics() {
    for (Node node : graph.nodes()) {
      if (node.expression() instanceof Scalar scalar
          && scalar.ownPasses() > 0
          && Survey.count(scalar) != task.count()) {
        throw new IllegalStateException(
            "'"
                + task.tensor()
                + "' needs a number over a tensor of "
                + Survey.count(scalar)
                + " elements, which was not measured before");
      }
      switch (node.expression()) {
        case Scalar.Statistic _, Scalar.Dot _, Scalar.Count _, Scalar.Sampled _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.BLOCKS));
        case Scalar.Quantile _, Scalar.Ranked _, Scalar.Greatest _ -> {
          statistics.add(new Program.Statistic(node, Program.Statistic.Kind.UPPER));
          statistics.add(new Program.Statistic(node, Program.Statistic.Kind.LOWER));
        }
        case PerLine.Statistic _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.LINES));
        case ChannelNorms _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.CHANNELS));
        case Scalar.Share _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.SHARE));
        case BlockCounts _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.BLOCK_COUNTS));
        case RepeatedChannels _ ->
            statistics.add(new Program.Statistic(node, Program.Statistic.Kind.REPEATED_CHANNELS));
        default -> {
          // Anything else is no statistic.
        }
      }
    }
  }

  /// The pass that a statistic is gathered in: the last one before its value is known, or the one
  /// before that; or a later one, see [#findLateStatistics]; of a sample the last of all, where
  /// nothing else may have to be done.
  private int passOf(Program.Statistic statistic) {
    int level = statistic.node().level();
    if (statistic.isSampled()) {
      return passCount - 1;
    }
    int first = statistic.kind() == Program.Statistic.Kind.UPPER ? level - 2 : level - 1;
    return lateStatistics.getOrDefault(statistic, first);
  }

  /// What follows from stored tensors, is one number a block and is not needed soon is gathered in
  /// the last pass before it is, so that passes before it may find out what they are for from a
  /// sample.
  private void findLateStatistics(List<SequencedSet<Node>> rootsOfPass) {
    Set<Node> early = neededEarly();
    for (Program.Statistic statistic : statistics) {
      Node node = statistic.node();
      if (statistic.kind() == Program.Statistic.Kind.BLOCKS
          && node.level() == 1
          && !statistic.isSampled()
          && !early.contains(node)) {
        IntStream.range(1, rootsOfPass.size())
            .filter(pass -> isNeeded(node, rootsOfPass.get(pass)))
            .findFirst()
            .ifPresent(pass -> lateStatistics.put(statistic, pass - 1));
      }
    }
  }

  /// The numbers that something is made of as soon as they ought to be known: all but those that
  /// elements, or numbers about them, are computed from block by block.
  private Set<Node> neededEarly() {
    Set<Node> early = new HashSet<>();
    for (Node node : graph.nodes().reversed()) {
      boolean whenComputed =
          node.isPerElement() && !(node.expression() instanceof Elements.Mapped)
              || node.expression() instanceof Scalar.Computed && !early.contains(node);
      if (!whenComputed) {
        early.addAll(node.inputs());
      }
    }
    return early;
  }

  private static boolean isNeeded(Node number, Set<Node> roots) {
    Deque<Node> open = new ArrayDeque<>(roots);
    Set<Node> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (node.equals(number)) {
        return true;
      }
      boolean isStatistic = node.expression() instanceof Scalar scalar && scalar.ownPasses() > 0;
      if (seen.add(node) && !isStatistic) {
        node.inputs().forEach(open::push);
      }
    }
    return false;
  }

  private int passCount(List<Node> measures) {
    // Even numbers that need no pass are known only once a run is over.
    int count = 1;
    for (Output output : outputs) {
      count = Math.max(count, output.node().level() + 1);
    }
    for (Node measure : measures) {
      count = Math.max(count, measure.level());
    }
    for (Program.Number number : numbers) {
      count = Math.max(count, number.node().level());
    }
    return count;
  }

  /// What each pass has to compute: outputs, statistics, and what it must keep for later passes.
  private List<SequencedSet<Node>> rootsOfPasses() {
    List<SequencedSet<Node>> roots = new ArrayList<>();
    for (int pass = 0; pass < passCount; pass++) {
      SequencedSet<Node> own = new LinkedHashSet<>();
      for (Program.Statistic statistic : statistics) {
        if (passOf(statistic) == pass) {
          own.addAll(statistic.node().inputs());
        }
      }
      for (Output output : outputs) {
        if (output.node().level() == pass) {
          own.add(output.node());
        }
      }
      roots.add(own);
    }
    Map<Node, Integer> lastUse = new LinkedHashMap<>();
    for (int pass = passCount - 1; pass > 0; pass--) {
      SequencedSet<Node> kept = new LinkedHashSet<>();
      SequencedSet<Node> seen = new LinkedHashSet<>();
      for (Node root : List.copyOf(roots.get(pass))) {
        findKept(root, pass, kept, seen);
      }
      for (Node node : kept) {
        keep(node, pass, lastUse, roots);
      }
    }
    assignSlots(lastUse);
    return roots;
  }

  /// Notes that a pass reads a node back. Its own pass keeps it then; what is made of whole tensors
  /// has none, but the passes of its inputs keep those.
  private static void keep(
      Node kept, int pass, Map<Node, Integer> lastUse, List<SequencedSet<Node>> roots) {
    record Use(Node node, int pass) {}
    Deque<Use> open = new ArrayDeque<>(List.of(new Use(kept, pass)));
    while (!open.isEmpty()) {
      Use use = open.pop();
      Node node = use.node();
      boolean isNew = !lastUse.containsKey(node);
      lastUse.merge(node, use.pass(), Math::max);
      if (!node.isWhole()) {
        roots.get(node.level()).add(node);
      } else if (isNew) {
        node.inputs().forEach(input -> open.push(new Use(input, node.level())));
      }
    }
  }

  /// Gives each kept node a slot. A slot is used again once the pass that read it last is over, so
  /// that a chain of a hundred iterations takes two.
  private void assignSlots(Map<Node, Integer> lastUse) {
    List<Integer> freeAfter = new ArrayList<>();
    List<Node> kept = new ArrayList<>(lastUse.keySet());
    // In words, as what Comparator puts together Java makes anew in each process.
    kept.sort((a, b) ->
        a.level() == b.level()
            ? Integer.compare(a.id(), b.id())
            : Integer.compare(a.level(), b.level()));
    for (Node node : kept) {
      Program.Slot kind = new Program.Slot(node.isBits() ? Packing.BITS : DType.F32.packing());
      int slot = 0;
      while (slot < slotKinds.size()
          && !(slotKinds.get(slot).equals(kind) && freeAfter.get(slot) < node.level())) {
        slot++;
      }
      if (slot == slotKinds.size()) {
        slotKinds.add(kind);
        freeAfter.add(0);
      }
      freeAfter.set(slot, of(lastUse, node));
      slots.put(node, slot);
    }
  }

  private void findKept(Node root, int pass, SequencedSet<Node> kept, SequencedSet<Node> seen) {
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (!node.isPerElement() || !seen.add(node)) {
        continue;
      }
      if (isKept(node, pass)) {
        kept.add(node);
      } else if (node.needsWholeInput()) {
        kept.addAll(node.inputs());
      } else {
        node.inputs().reversed().forEach(open::push);
      }
    }
  }

  private boolean isKept(Node node, int pass) {
    return node.isWhole()
        ? node.level() <= pass
        : node.level() < pass
            && (node.isWorthKeeping() || node.needsWholeInput() || wholes.contains(node));
  }

  /// Writes the instructions of one pass.
  private final class PassWriter implements InstructionSelection.PassOperands {
    private final InstructionSelection instructions = new InstructionSelection(kernels, this);
    private final int pass;
    private SequencedSet<Node> roots;
    private final SequencedSet<Node> order = new LinkedHashSet<>();
    private final Map<Node, Integer> uses = new HashMap<>();
    private final Map<Node, Integer> registers = new HashMap<>();
    private final TreeSet<Integer> freeValues = new TreeSet<>();
    private final TreeSet<Integer> freeMasks = new TreeSet<>();
    private final TreeSet<Integer> usedInputs = new TreeSet<>();
    private final TreeSet<Integer> usedOutputs = new TreeSet<>();
    private final TreeSet<Integer> loads = new TreeSet<>();
    private final TreeSet<Integer> stores = new TreeSet<>();
    private final TreeSet<Integer> accumulators = new TreeSet<>();
    private final TreeSet<Integer> usedDraws = new TreeSet<>();
    private final List<Instruction> body = new ArrayList<>();
    private int valueRegisters;
    private int maskRegisters;

    PassWriter(int pass, SequencedSet<Node> roots) {
      this.pass = pass;
      this.roots = roots;
    }

    Program.Pass write() {
      Optional<Program.Fused> fused = fused();
      Optional<FewElements> few = fused.isPresent() ? Optional.empty() : few();
      few.ifPresent(this::turnTo);
      roots.forEach(this::schedule);
      for (Node node : order) {
        for (Node input : inputsOf(node)) {
          uses.merge(input, 1, Integer::sum);
        }
      }
      roots.forEach(root -> uses.merge(root, 1, Integer::sum));
      for (Node node : order) {
        emit(node);
        if (roots.contains(node)) {
          consume(node);
        }
      }
      for (int statistic = 0; statistic < statistics.size(); statistic++) {
        Program.Statistic candidate = statistics.get(statistic);
        if (passOf(candidate) == pass && candidate.node().expression() instanceof Scalar.Dot) {
          accumulate(statistic, candidate.node());
        }
      }
      few.ifPresent(this::choose);
      boolean ordered = accumulators.stream().anyMatch(s -> statistics.get(s).kind().isOrdered());
      int before = copies.size();
      usedInputs.forEach(this::copy);
      return new Program.Pass(
          List.copyOf(body),
          valueRegisters,
          maskRegisters,
          List.copyOf(usedInputs),
          List.copyOf(usedOutputs),
          IntStream.range(before, copies.size()).boxed().toList(),
          List.copyOf(loads),
          List.copyOf(stores),
          List.copyOf(accumulators),
          List.copyOf(usedDraws),
          ordered,
          fused.orElse(null));
    }

    /// The first pass that reads an input makes the copies of it.
    private void copy(int number) {
      ByteRange bytes = tensorOf(number).range();
      for (Write.Copy copy : List.copyOf(copiesToMake)) {
        if (copy.from().range().equals(bytes)) {
          copies.add(new Program.Copied(number, copy));
          copiesToMake.remove(copy);
        }
      }
    }

    private StoredTensor tensorOf(int number) {
      return List.copyOf(inputs.keySet()).get(number);
    }

    /// Puts a node into the order, after what this pass computes it from.
    private void schedule(Node root) {
      Deque<Node> open = new ArrayDeque<>();
      if (root.isPerElement()) {
        open.push(root);
      }
      while (!open.isEmpty()) {
        Node node = open.element();
        List<Node> missing =
            order.contains(node)
                ? List.of()
                : inputsOf(node).stream().filter(input -> !order.contains(input)).toList();
        if (missing.isEmpty()) {
          order.add(open.pop());
        } else {
          missing.reversed().forEach(open::push);
        }
      }
    }

    /// The per-element inputs that this pass computes the node from: none if it is read back, or if
    /// it reads its input as a whole.
    private List<Node> inputsOf(Node node) {
      if (isKept(node, pass) || node.needsWholeInput()) {
        return List.of();
      }
      List<Node> perElement = new ArrayList<>();
      for (Node input : node.inputs()) {
        if (input.isPerElement()) {
          perElement.add(input);
        }
      }
      return perElement;
    }

    /// What happens to a value that was just computed: outputs, statistics of it alone, slots. Dot
    /// products wait for both.
    private void consume(Node node) {
      int register = of(registers, node);
      for (int i = 0; i < outputs.size(); i++) {
        if (outputs.get(i).node().equals(node) && node.level() == pass) {
          usedOutputs.add(i);
          body.add(
              switch (outputs.get(i).output().write()) {
                case Write.Values(_, _, _, var dtype) ->
                    new Instruction.Encode(register, kernels.codec(dtype), dtype.packing(), i);
                case Write.Mask _ -> new Instruction.EncodeBits(register, i);
                case Write.Number _, Write.Copy _ ->
                    throw new IllegalStateException("a copy or a number has no elements");
              });
        }
      }
      boolean inDot = false;
      for (int i = 0; i < statistics.size(); i++) {
        Program.Statistic statistic = statistics.get(i);
        if (passOf(statistic) == pass && statistic.node().inputs().contains(node)) {
          if (statistic.node().expression() instanceof Scalar.Dot) {
            inDot = true;
          } else {
            accumulate(i, statistic.node());
          }
        }
      }
      if (slots.containsKey(node) && node.level() == pass && !node.isWhole()) {
        int slot = of(slots, node);
        stores.add(slot);
        body.add(
            node.isBits()
                ? new Instruction.StoreBits(register, slot)
                : new Instruction.StoreValues(register, slot));
      }
      if (!inDot) {
        release(node);
      }
    }

    private void accumulate(int statistic, Node node) {
      accumulators.add(statistic);
      int a = of(registers, node.inputs().getFirst());
      int b = of(registers, node.inputs().getLast());
      body.add(new Instruction.Accumulate(statistic, a, b));
    }

    private void emit(Node node) {
      if (isKept(node, pass)) {
        int slot = of(slots, node);
        loads.add(slot);
        int out = allocate(node);
        body.add(
            node.isBits()
                ? new Instruction.LoadBits(slot, out)
                : new Instruction.LoadValues(slot, out));
        return;
      }
      List<Node> operands = node.inputs();
      int[] in =
          node.needsWholeInput()
              ? operands.stream().mapToInt(input -> of(slots, input)).toArray()
              : operands.stream().mapToInt(this::operand).toArray();
      // Methods of plugins may write the result before they have read all of their inputs.
      boolean apart = node.expression() instanceof Elements.Mapped;
      if (!apart) {
        inputsOf(node).forEach(this::release);
      }
      int out = allocate(node);
      if (apart) {
        inputsOf(node).forEach(this::release);
      }
      body.add(instructions.of(node, in, out));
    }

    /// A register for values and masks, a node's id for whole-tensor numbers.
    private int operand(Node node) {
      return node.isPerElement() ? of(registers, node) : node.id();
    }

    @Override
    public int input(StoredTensor tensor, Packing packing) {
      packings.put(tensor, packing);
      int number = inputs.computeIfAbsent(tensor, _ -> inputs.size());
      usedInputs.add(number);
      return number;
    }

    @Override
    public int matrix(Matrix matrix) {
      return matrices.computeIfAbsent(matrix, _ -> matrices.size());
    }

    @Override
    public int draws(Draw draw) {
      int number = draws.computeIfAbsent(draw, _ -> draws.size());
      usedDraws.add(number);
      return number;
    }

    @Override
    public int statistic(Node node) {
      for (int i = 0; i < statistics.size(); i++) {
        if (statistics.get(i).node().equals(node)) {
          return i;
        }
      }
      throw new IllegalStateException("no statistic of node " + node.id());
    }

    private int allocate(Node node) {
      TreeSet<Integer> free = node.isBits() ? freeMasks : freeValues;
      Integer register = free.pollFirst();
      if (register == null) {
        register = node.isBits() ? maskRegisters++ : valueRegisters++;
      }
      registers.put(node, register);
      return register;
    }

    private void release(Node node) {
      if (uses.merge(node, -1, Integer::sum) == 0) {
        (node.isBits() ? freeMasks : freeValues).add(of(registers, node));
      }
    }

    /// The whole pass as one kernel, which makes its only output and finds nothing out.
    private Optional<Program.Fused> fused() {
      boolean isOneOutput = roots.size() == 1 && outputs.size() == 1 && statistics.isEmpty();
      return isOneOutput
              && outputs.getFirst().output().write() instanceof Write.Values(_, _, _, var dtype)
          ? instructions.fused(roots.getFirst(), dtype)
          : Optional.empty();
    }

    /// The pass as one that computes few elements of its only output.
    private Optional<FewElements> few() {
      boolean isOneOutput =
          roots.size() == 1
              && outputs.size() == 1
              && outputs.getFirst().node().equals(roots.getFirst())
              && !slots.containsKey(roots.getFirst())
              && statistics.stream().noneMatch(statistic -> passOf(statistic) == pass);
      return isOneOutput
              && outputs.getFirst().output().write() instanceof Write.Values(_, _, _, var dtype)
          ? FewElements.of(roots.getFirst(), dtype, graph, node -> isKept(node, pass))
          : Optional.empty();
    }

    /// The output becomes what it is among the few.
    private void turnTo(FewElements few) {
      outputs.set(0, new Output(few.value(), outputs.getFirst().output()));
      roots = new LinkedHashSet<>(List.of(few.value()));
    }

    /// What has been written so far is done to the few.
    private void choose(FewElements few) {
      int chosen = maskRegisters++;
      int base = input(few.base());
      Instruction among =
          new Instruction.Among(
              chosen, List.copyOf(usedInputs), List.copyOf(body), base, few.dtype(), 0);
      body.clear();
      body.add(new Instruction.Keep(draws(few.keep().draw()), few.keep().probability(), chosen));
      body.add(among);
    }
  }
}
