package dev.mokume.internal.engine;

import dev.mokume.checkpoint.ByteRange;
import dev.mokume.checkpoint.StoredTensor;
import dev.mokume.expression.Bits;
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
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  private final List<Program.Input> inputs = new ArrayList<>();
  private final Map<StoredTensor, Integer> inputsByTensor = new HashMap<>();
  private final NodeNumbers inputsByNode = new NodeNumbers();
  private final Map<Matrix, Integer> matrices = new LinkedHashMap<>();
  private final NodeNumbers slots = new NodeNumbers();
  private final NodeSet wholes = new NodeSet();
  private final List<Program.Slot> slotKinds = new ArrayList<>();
  private final Map<Draw, Integer> draws = new LinkedHashMap<>();
  private final List<Program.Statistic> statistics = new ArrayList<>();

  /// The pass that each statistic is gathered in.
  private int[] passOfStatistic = {};

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
    List<Node> measured = new ArrayList<>();
    List<Program.Measure> measures = new ArrayList<>();
    for (Scalar scalar : task.measures()) {
      Node node = graph.of(scalar);
      measured.add(node);
      measures.add(new Program.Measure(scalar, node.id()));
    }
    findStatistics();
    for (Node node : graph.nodes()) {
      if (node.needsWholeInput() || node.isWhole()) {
        wholes.addAll(node.inputs());
      }
    }
    passCount = passCount(measured);
    passOfStatistic = firstPasses();
    List<NodeSet> rootsOfPass = rootsOfPasses();
    keepWhatIsReadBack(rootsOfPass);
    if (slotKinds.isEmpty() && gatherLate(rootsOfPass)) {
      rootsOfPass = rootsOfPasses();
    }
    List<Program.Pass> passes = new ArrayList<>();
    for (int pass = 0; pass < passCount; pass++) {
      passes.add(new PassWriter(pass, rootsOfPass.get(pass)).write());
    }
    List<Program.Output> written = new ArrayList<>();
    for (Output output : outputs) {
      written.add(output.output());
    }
    return new Program(
        task.tensor(),
        task.count(),
        passes,
        graph.nodes(),
        List.copyOf(inputs),
        List.copyOf(matrices.keySet()),
        List.copyOf(slotKinds),
        List.copyOf(draws.keySet()),
        steps(),
        regressions(),
        statistics,
        written,
        List.copyOf(copies),
        List.copyOf(numbers),
        measures);
  }

  /// What is made of whole tensors between passes, inputs before their users.
  private List<Program.Step> steps() {
    List<Program.Step> steps = new ArrayList<>();
    for (Node node : keptWholes()) {
      if (node.expression() instanceof Elements.Whole whole) {
        steps.add(new Program.Step(whole, node.level(), slotsOf(node.inputs()), slots.of(node)));
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
                regressed, node.level(), slotsOf(node.inputs()), slots.of(node)));
      }
    }
    return regressions;
  }

  private List<Node> keptWholes() {
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.isWhole() && slots.has(node)) {
        kept.add(node);
      }
    }
    return kept;
  }

  private List<Integer> slotsOf(List<Node> nodes) {
    return nodes.stream().map(slots::of).toList();
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

  /// The pass that each statistic is gathered in: the last one before its value is known, or the
  /// one before that; of a sample the last of all, where nothing else may have to be done.
  private int[] firstPasses() {
    int[] passes = new int[statistics.size()];
    for (int i = 0; i < passes.length; i++) {
      Program.Statistic statistic = statistics.get(i);
      int before = statistic.kind() == Program.Statistic.Kind.UPPER ? 2 : 1;
      passes[i] = statistic.isSampled() ? passCount - 1 : statistic.node().level() - before;
    }
    return passes;
  }

  /// What follows from stored tensors, is one number a block and is not needed soon is gathered in
  /// the last pass before it is, so that passes before it may find out what they are for from a
  /// sample. Where nothing is kept between passes, this changes nothing but that.
  ///
  /// @return whether there is any
  private boolean gatherLate(List<NodeSet> rootsOfPass) {
    if (passCount < 3) {
      return false;
    }
    boolean any = false;
    NodeSet early = neededEarly();
    for (int i = 0; i < statistics.size(); i++) {
      Program.Statistic statistic = statistics.get(i);
      Node node = statistic.node();
      if (statistic.kind() == Program.Statistic.Kind.BLOCKS
          && node.level() == 1
          && !statistic.isSampled()
          && !early.has(node)) {
        int pass = 1;
        while (pass < passCount && !isNeeded(node, rootsOfPass.get(pass).list())) {
          pass++;
        }
        if (pass > 1 && pass < passCount) {
          passOfStatistic[i] = pass - 1;
          any = true;
        }
      }
    }
    return any;
  }

  /// The numbers that something is made of as soon as they ought to be known: all but those that
  /// elements, or numbers about them, are computed from block by block.
  private NodeSet neededEarly() {
    NodeSet early = new NodeSet();
    for (int id = graph.nodes().size() - 1; id >= 0; id--) {
      Node node = graph.nodes().get(id);
      boolean whenComputed =
          node.isPerElement() && !(node.expression() instanceof Elements.Mapped)
              || node.expression() instanceof Scalar.Computed && !early.has(node);
      if (!whenComputed) {
        early.addAll(node.inputs());
      }
    }
    return early;
  }

  private static boolean isNeeded(Node number, List<Node> roots) {
    Deque<Node> open = new ArrayDeque<>(roots);
    NodeSet seen = new NodeSet();
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (node.equals(number)) {
        return true;
      }
      boolean isStatistic = node.expression() instanceof Scalar scalar && scalar.ownPasses() > 0;
      if (seen.add(node) && !isStatistic) {
        for (int i = 0; i < node.inputs().size(); i++) {
          open.push(node.inputs().get(i));
        }
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

  /// What each pass has to compute: outputs and statistics.
  private List<NodeSet> rootsOfPasses() {
    List<NodeSet> roots = new ArrayList<>();
    for (int pass = 0; pass < passCount; pass++) {
      NodeSet own = new NodeSet();
      for (int i = 0; i < statistics.size(); i++) {
        if (passOfStatistic[i] == pass) {
          own.addAll(statistics.get(i).node().inputs());
        }
      }
      for (Output output : outputs) {
        if (output.node().level() == pass) {
          own.add(output.node());
        }
      }
      roots.add(own);
    }
    return roots;
  }

  /// Adds to what each pass has to compute what it must keep for later ones.
  private void keepWhatIsReadBack(List<NodeSet> roots) {
    int[] lastUse = new int[graph.nodes().size()];
    for (int pass = passCount - 1; pass > 0; pass--) {
      List<Node> kept = kept(roots.get(pass).list(), pass);
      for (Node node : kept) {
        keep(node, pass, lastUse, roots);
      }
    }
    assignSlots(lastUse);
  }

  /// Notes that a pass reads a node back. Its own pass keeps it then; what is made of whole tensors
  /// has none, but the passes of its inputs keep those.
  ///
  /// @param lastUse by the number of each node the last pass that reads it back, 0 if none does
  private static void keep(Node kept, int pass, int[] lastUse, List<NodeSet> roots) {
    record Use(Node node, int pass) {}
    Deque<Use> open = new ArrayDeque<>();
    open.push(new Use(kept, pass));
    while (!open.isEmpty()) {
      Use use = open.pop();
      Node node = use.node();
      boolean isNew = lastUse[node.id()] == 0;
      lastUse[node.id()] = Math.max(lastUse[node.id()], use.pass());
      if (!node.isWhole()) {
        roots.get(node.level()).add(node);
      } else if (isNew) {
        node.inputs().forEach(input -> open.push(new Use(input, node.level())));
      }
    }
  }

  /// Gives each kept node a slot. A slot is used again once the pass that read it last is over, so
  /// that a chain of a hundred iterations takes two.
  private void assignSlots(int[] lastUse) {
    List<Integer> freeAfter = new ArrayList<>();
    List<Node> kept = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (lastUse[node.id()] > 0) {
        kept.add(node);
      }
    }
    kept.sort((a, b) -> Integer.compare(a.level(), b.level()));
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
      freeAfter.set(slot, lastUse[node.id()]);
      slots.put(node, slot);
    }
  }

  /// What a pass reads back.
  private List<Node> kept(List<Node> roots, int pass) {
    NodeSet kept = new NodeSet();
    NodeSet seen = new NodeSet();
    for (Node root : roots) {
      findKept(root, pass, kept, seen);
    }
    return kept.list();
  }

  private void findKept(Node root, int pass, NodeSet kept, NodeSet seen) {
    Deque<Node> open = new ArrayDeque<>();
    open.push(root);
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
        pushAll(node.elementInputs(), open);
      }
    }
  }

  /// So that the first comes out first.
  private static void pushAll(List<Node> nodes, Deque<Node> open) {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      open.push(nodes.get(i));
    }
  }

  private boolean isKept(Node node, int pass) {
    return node.isWhole()
        ? node.level() <= pass
        : node.level() < pass
            && (node.isWorthKeeping() || node.needsWholeInput() || wholes.has(node));
  }

  private int newInput(Node stored) {
    return switch (stored.expression()) {
      case Elements.Stored(var tensor) -> newInput(tensor, tensor.spec().dtype().packing());
      case Bits.Stored(var tensor, _) -> newInput(tensor, Packing.BITS);
      case Bits.NonZeroBytes(var tensor) -> newInput(tensor, DType.U8.packing());
      default -> throw new IllegalStateException("not stored: " + stored.expression());
    };
  }

  private int newInput(StoredTensor tensor, Packing packing) {
    return inputsByTensor.computeIfAbsent(
        tensor,
        _ -> {
          inputs.add(new Program.Input(tensor, packing));
          return inputs.size() - 1;
        });
  }

  /// Writes the instructions of one pass.
  private final class PassWriter implements InstructionSelection.PassOperands {
    private final InstructionSelection instructions = new InstructionSelection(kernels, this);
    private final int pass;
    private NodeSet roots;
    private final NodeSet order = new NodeSet();
    private final NodeNumbers registers = new NodeNumbers();
    private final BitSet freeValues = new BitSet();
    private final BitSet freeMasks = new BitSet();
    private final BitSet usedInputs = new BitSet();
    private final BitSet usedOutputs = new BitSet();
    private final BitSet loads = new BitSet();
    private final BitSet stores = new BitSet();
    private final BitSet accumulators = new BitSet();
    private final BitSet usedDraws = new BitSet();
    private final List<Instruction> body = new ArrayList<>();

    /// By the number of each node how often its value is still needed.
    private int[] uses = {};

    private int valueRegisters;
    private int maskRegisters;

    PassWriter(int pass, NodeSet roots) {
      this.pass = pass;
      this.roots = roots;
    }

    Program.Pass write() {
      Optional<Program.Fused> fused = fused();
      Optional<FewElements> few = fused.isPresent() ? Optional.empty() : few();
      few.ifPresent(this::turnTo);
      for (Node root : roots.list()) {
        schedule(root);
      }
      countUses();
      for (Node node : order.list()) {
        emit(node);
        if (roots.has(node)) {
          consume(node);
        }
      }
      boolean ordered = false;
      for (int i = 0; i < statistics.size(); i++) {
        Program.Statistic candidate = statistics.get(i);
        if (passOfStatistic[i] == pass && candidate.node().expression() instanceof Scalar.Dot) {
          accumulate(i, candidate.node());
        }
        ordered |= accumulators.get(i) && candidate.kind().isOrdered();
      }
      few.ifPresent(this::choose);
      return new Program.Pass(
          List.copyOf(body),
          valueRegisters,
          maskRegisters,
          numbers(usedInputs),
          numbers(usedOutputs),
          copiesOfInputs(),
          numbers(loads),
          numbers(stores),
          numbers(accumulators),
          numbers(usedDraws),
          ordered,
          fused.orElse(null));
    }

    private void countUses() {
      uses = new int[graph.nodes().size()];
      for (Node node : order.list()) {
        for (Node input : inputsOf(node)) {
          uses[input.id()]++;
        }
      }
      for (Node root : roots.list()) {
        uses[root.id()]++;
      }
    }

    private static List<Integer> numbers(BitSet set) {
      List<Integer> numbers = new ArrayList<>();
      for (int number = set.nextSetBit(0); number >= 0; number = set.nextSetBit(number + 1)) {
        numbers.add(number);
      }
      return List.copyOf(numbers);
    }

    /// The first pass that reads an input makes the copies of it.
    private List<Integer> copiesOfInputs() {
      List<Integer> made = new ArrayList<>();
      if (copiesToMake.isEmpty()) {
        return made;
      }
      for (int number : numbers(usedInputs)) {
        ByteRange bytes = inputs.get(number).tensor().range();
        for (Write.Copy copy : List.copyOf(copiesToMake)) {
          if (copy.from().range().equals(bytes)) {
            made.add(copies.size());
            copies.add(new Program.Copied(number, copy));
            copiesToMake.remove(copy);
          }
        }
      }
      return made;
    }

    /// Puts a node into the order, after what this pass computes it from.
    private void schedule(Node root) {
      Deque<Node> open = new ArrayDeque<>();
      if (root.isPerElement()) {
        open.push(root);
      }
      while (!open.isEmpty()) {
        Node node = open.element();
        boolean isReady = true;
        List<Node> inputs = order.has(node) ? List.of() : inputsOf(node);
        for (int i = inputs.size() - 1; i >= 0; i--) {
          if (!order.has(inputs.get(i))) {
            open.push(inputs.get(i));
            isReady = false;
          }
        }
        if (isReady) {
          order.add(open.pop());
        }
      }
    }

    /// The per-element inputs that this pass computes the node from: none if it is read back, or if
    /// it reads its input as a whole.
    private List<Node> inputsOf(Node node) {
      return isKept(node, pass) || node.needsWholeInput() ? List.of() : node.elementInputs();
    }

    /// What happens to a value that was just computed: outputs, statistics of it alone, slots. Dot
    /// products wait for both.
    private void consume(Node node) {
      int register = registers.of(node);
      for (int i = 0; i < outputs.size(); i++) {
        if (outputs.get(i).node().equals(node) && node.level() == pass) {
          usedOutputs.set(i);
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
        if (passOfStatistic[i] == pass && statistic.node().inputs().contains(node)) {
          if (statistic.node().expression() instanceof Scalar.Dot) {
            inDot = true;
          } else {
            accumulate(i, statistic.node());
          }
        }
      }
      if (slots.has(node) && node.level() == pass && !node.isWhole()) {
        int slot = slots.of(node);
        stores.set(slot);
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
      accumulators.set(statistic);
      int a = registers.of(node.inputs().getFirst());
      int b = registers.of(node.inputs().getLast());
      body.add(new Instruction.Accumulate(statistic, a, b));
    }

    private void emit(Node node) {
      if (isKept(node, pass)) {
        int slot = slots.of(node);
        loads.set(slot);
        int out = allocate(node);
        body.add(
            node.isBits()
                ? new Instruction.LoadBits(slot, out)
                : new Instruction.LoadValues(slot, out));
        return;
      }
      List<Node> operands = node.inputs();
      int[] in = new int[operands.size()];
      for (int i = 0; i < in.length; i++) {
        Node operand = operands.get(i);
        in[i] = node.needsWholeInput() ? slots.of(operand) : operand(operand);
      }
      // Methods of plugins may write the result before they have read all of their inputs.
      boolean apart = node.expression() instanceof Elements.Mapped;
      if (!apart) {
        releaseInputs(node);
      }
      int out = allocate(node);
      if (apart) {
        releaseInputs(node);
      }
      body.add(instructions.of(node, in, out));
    }

    /// A register for values and masks, a node's id for whole-tensor numbers.
    private int operand(Node node) {
      return node.isPerElement() ? registers.of(node) : node.id();
    }

    @Override
    public int input(Node stored) {
      if (!inputsByNode.has(stored)) {
        inputsByNode.put(stored, newInput(stored));
      }
      int number = inputsByNode.of(stored);
      usedInputs.set(number);
      return number;
    }

    @Override
    public int matrix(Matrix matrix) {
      return matrices.computeIfAbsent(matrix, _ -> matrices.size());
    }

    @Override
    public int draws(Draw draw) {
      int number = draws.computeIfAbsent(draw, _ -> draws.size());
      usedDraws.set(number);
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
      BitSet free = node.isBits() ? freeMasks : freeValues;
      int register = free.nextSetBit(0);
      if (register >= 0) {
        free.clear(register);
      } else {
        register = node.isBits() ? maskRegisters++ : valueRegisters++;
      }
      registers.put(node, register);
      return register;
    }

    private void releaseInputs(Node node) {
      for (Node input : inputsOf(node)) {
        release(input);
      }
    }

    private void release(Node node) {
      if (--uses[node.id()] == 0) {
        (node.isBits() ? freeMasks : freeValues).set(registers.of(node));
      }
    }

    /// The whole pass as one kernel, which makes its only output and finds nothing out.
    private Optional<Program.Fused> fused() {
      boolean isOneOutput = isOneOutput() && statistics.isEmpty();
      return isOneOutput
              && outputs.getFirst().output().write() instanceof Write.Values(_, _, _, var dtype)
          ? instructions.fused(roots.list().getFirst(), dtype)
          : Optional.empty();
    }

    /// The pass as one that computes few elements of its only output.
    private Optional<FewElements> few() {
      boolean isOneOutput =
          isOneOutput()
              && outputs.getFirst().node().equals(roots.list().getFirst())
              && !slots.has(roots.list().getFirst());
      for (int passOfOther : passOfStatistic) {
        isOneOutput &= passOfOther != pass;
      }
      return isOneOutput
              && outputs.getFirst().output().write() instanceof Write.Values(_, _, _, var dtype)
          ? FewElements.of(roots.list().getFirst(), dtype, graph, node -> isKept(node, pass))
          : Optional.empty();
    }

    private boolean isOneOutput() {
      return roots.list().size() == 1 && outputs.size() == 1;
    }

    /// The output becomes what it is among the few.
    private void turnTo(FewElements few) {
      outputs.set(0, new Output(few.value(), outputs.getFirst().output()));
      roots = new NodeSet();
      roots.add(few.value());
    }

    /// What has been written so far is done to the few.
    private void choose(FewElements few) {
      int chosen = maskRegisters++;
      int base = input(few.base());
      Instruction among =
          new Instruction.Among(
              chosen, numbers(usedInputs), List.copyOf(body), base, few.dtype(), 0);
      body.clear();
      body.add(new Instruction.Keep(draws(few.keep().draw()), few.keep().probability(), chosen));
      body.add(among);
    }
  }
}
