// The real litegraph, without a browser, as a function from a workflow to the links of the nodes
// that run.

// It looks for these while it loads and configures; none of them is ever drawn with.
const nothing = () => undefined
class Nothing {}
Object.assign(globalThis, {
  window: globalThis,
  document: {
    createElement: () => ({ getContext: () => null, style: {}, addEventListener: nothing }),
    addEventListener: nothing,
    removeEventListener: nothing,
    body: {},
  },
  requestAnimationFrame: nothing,
  HTMLElement: Nothing,
  HTMLCanvasElement: Nothing,
  CanvasRenderingContext2D: Nothing,
  Path2D: Nothing,
  DOMMatrix: Nothing,
  DOMPoint: Nothing,
  DOMRect: Nothing,
  Image: Nothing,
  MouseEvent: Nothing,
  PointerEvent: Nothing,
})
console.debug = nothing

const { LiteGraph, LGraph, LGraphNode, SubgraphNode, ExecutableNodeDTO } =
  await import("@comfyorg/litegraph")

const MUTED = 2
const BYPASSED = 4

class Reroute extends LGraphNode {
  isVirtualNode = true
}
LiteGraph.registerNodeType("Reroute", Reroute)
for (let inputs = 0; inputs < 4; inputs++) {
  for (let outputs = 1; outputs < 4; outputs++) {
    LiteGraph.registerNodeType(`Example${inputs}${outputs}`, class extends LGraphNode {})
  }
}

function load(workflow) {
  const graph = new LGraph()
  const create = graph.createSubgraph.bind(graph)
  graph.createSubgraph = data => {
    const subgraph = create(data)
    const instance = {
      id: -1, type: data.id, pos: [0, 0], size: [1, 1], flags: {}, mode: 0, order: 0,
      inputs: [], outputs: [], properties: {},
    }
    LiteGraph.registerNodeType(data.id, class extends SubgraphNode {
      constructor() {
        super(graph, subgraph, instance)
      }
    })
    return subgraph
  }
  graph.configure(structuredClone(workflow))
  return graph
}

// Litegraph follows links; which nodes are left out is the editor's part: those that are switched
// off, those inside an instance that is, and virtual ones.
function runs(node, byId) {
  if (node.isVirtualNode || node.mode === MUTED || node.mode === BYPASSED) return false
  return node.subgraphNodePath.every((_, depth) => {
    const instance = byId.get(node.subgraphNodePath.slice(0, depth + 1).join(":"))
    return instance.mode !== MUTED && instance.mode !== BYPASSED
  })
}

export function links(workflow) {
  const graph = load(workflow)
  const byId = new Map()
  for (const node of graph.nodes) {
    const dto = new ExecutableNodeDTO(node, [], byId)
    byId.set(dto.id, dto)
    for (const inner of dto.getInnerNodes()) byId.set(inner.id, inner)
  }
  const running = [...byId.values()].filter(node => runs(node, byId))
  const ids = new Set(running.map(node => node.id))
  return Object.fromEntries(running.map(node => {
    const resolved = node.inputs.map(({ name }, slot) => [name, node.resolveInput(slot)])
    return [node.id, Object.fromEntries(resolved
      .filter(([, origin]) => origin && ids.has(origin.origin_id))
      .map(([name, origin]) => [name, [origin.origin_id, origin.origin_slot]]))]
  }))
}
