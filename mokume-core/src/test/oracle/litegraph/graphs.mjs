// Made-up workflows in the editor's form, from a seed.

const TYPES = ["MODEL", "CLIP", "VAE", "IMAGE"]

// mulberry32: 32 bits of state are enough to choose with.
export class Random {
  constructor(seed) {
    this.state = seed >>> 0
  }

  below(n) {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let z = this.state
    z = Math.imul(z ^ (z >>> 15), z | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) % n
  }

  chance(percent) {
    return this.below(100) < percent
  }

  pick(list) {
    return list[this.below(list.length)]
  }
}

// One drawing. A node links only to earlier ones, so there are no circles. What its nodes offer is
// kept as {node, slot, type, plain}; plain: neither a reroute, nor an instance, nor bypassed.
class Drawing {
  constructor(random, smaller) {
    this.random = random
    this.smaller = smaller
    this.nodes = []
    this.links = []
    this.reroutes = []
    this.offers = []
  }

  link(offer, target, slot, type) {
    const id = this.links.length + 1
    const link = {
      id, origin_id: offer.node, origin_slot: offer.slot, target_id: target, target_slot: slot, type,
    }
    // A native reroute, or two of them in a row, on the way.
    if (this.random.chance(15)) {
      let parent
      for (let n = 1 + this.random.below(2); n > 0; n--) {
        const reroute = { id: this.reroutes.length + 1, pos: [10 * n, 20], linkIds: [id] }
        if (parent !== undefined) reroute.parentId = parent
        this.reroutes.push(reroute)
        parent = reroute.id
      }
      link.parentId = parent
    }
    this.links.push(link)
    offer.links?.push(id)
    return id
  }

  // An input of node `id`, linked to something of its type most of the time.
  input(id, slot, name, type) {
    const fitting = this.offers.filter(offer => offer.type === type)
    const linked = fitting.length > 0 && this.random.chance(85)
    return { name, type, link: linked ? this.link(this.random.pick(fitting), id, slot, type) : null }
  }

  add(node, plain) {
    this.nodes.push(node)
    node.outputs.forEach((output, slot) => {
      output.links = []
      this.offers.push({ node: node.id, slot, type: output.type, plain, links: output.links })
    })
  }

  addNode(id) {
    const { random } = this
    const kind = random.below(100)
    const base = { id, pos: [100 * id, 50], size: [140, 46], flags: {}, order: id, properties: {} }
    if (kind < 15 && this.offers.length > 0) {
      // Like the editor's, some reroutes take anything. Behind a bypassed node litegraph 0.17.2 then
      // finds no input of type "*", so there they keep their type.
      const offer = random.pick(this.offers)
      const type = offer.plain && random.chance(60) ? "*" : offer.type
      this.add({
        ...base, type: "Reroute", mode: random.chance(10) ? 2 : 0,
        inputs: [{ name: "", type, link: this.link(offer, id, 0, offer.type) }],
        outputs: [{ name: "", type: offer.type }],
      }, false)
      return
    }
    const mode = random.pick([0, 0, 0, 0, 0, 0, 0, 1, 3, 2, 4, 4, 4])
    if (kind < 40 && this.smaller.length > 0) {
      const body = random.pick(this.smaller)
      this.add({
        ...base, type: body.id, mode,
        inputs: body.inputs.map(({ name, type }, slot) => this.input(id, slot, name, type)),
        outputs: body.outputs.map(({ name, type }) => ({ name, type })),
      }, false)
      return
    }
    const offered = this.offers.length > 0 ? this.offers.map(offer => offer.type) : TYPES
    const inputs = Array.from({ length: random.below(4) }, () =>
      random.pick(random.chance(80) ? offered : TYPES))
    // Most nodes give what they take, as merges do: bypassed, they pass it on.
    const outputs = Array.from({ length: 1 + random.below(3) }, () =>
      random.pick(inputs.length > 0 && random.chance(70) ? inputs : TYPES))
    this.add({
      ...base, type: `Example${inputs.length}${outputs.length}`, mode,
      inputs: inputs.map((type, slot) => this.input(id, slot, `in${slot}`, type)),
      outputs: outputs.map((type, slot) => ({ name: `out${slot}`, type })),
    }, mode !== 4)
  }
}

function subgraph(random, number, smaller) {
  const drawing = new Drawing(random, smaller)
  const inputs = Array.from({ length: random.below(4) }, (_, slot) => {
    const type = random.pick(TYPES)
    const input = { id: uuid(number, 1, slot), name: `given${slot}`, type, linkIds: [] }
    drawing.offers.push({ node: -10, slot, type, plain: false, links: input.linkIds })
    return input
  })
  for (let id = 1, count = 2 + random.below(6); id <= count; id++) drawing.addNode(id)
  // Not straight from an input: litegraph 0.17.2 refuses that.
  const inner = drawing.offers.filter(offer => offer.node !== -10)
  const outputs = Array.from({ length: inner.length === 0 ? 0 : 1 + random.below(3) }, (_, slot) => {
    const offer = random.pick(inner)
    return {
      id: uuid(number, 2, slot), name: `got${slot}`, type: offer.type,
      linkIds: [drawing.link(offer, -20, slot, offer.type)],
    }
  })
  return {
    id: uuid(number, 0, 0), version: 1, revision: 0, config: {}, name: `Subgraph ${number}`,
    state: {
      lastGroupId: 0, lastNodeId: drawing.nodes.length, lastLinkId: drawing.links.length,
      lastRerouteId: drawing.reroutes.length,
    },
    inputNode: { id: -10, bounding: [0, 0, 120, 60] },
    outputNode: { id: -20, bounding: [900, 0, 120, 60] },
    inputs, outputs, widgets: [], nodes: drawing.nodes, groups: [], links: drawing.links,
    reroutes: drawing.reroutes,
  }
}

function uuid(a, b, c) {
  const digits = (n, length) => n.toString(16).padStart(length, "0")
  return `${digits(a, 8)}-${digits(b, 4)}-4000-8000-${digits(c, 12)}`
}

export function workflow(seed) {
  const random = new Random(seed)
  const subgraphs = []
  for (let number = 1, count = random.below(4); number <= count; number++) {
    subgraphs.push(subgraph(random, number, [...subgraphs]))
  }
  const drawing = new Drawing(random, subgraphs)
  for (let id = 1, count = 4 + random.below(14); id <= count; id++) drawing.addNode(id)
  const { nodes, links, reroutes } = drawing
  const shared = { nodes, groups: [], config: {}, definitions: { subgraphs } }
  if (random.chance(50)) {
    return {
      version: 1, ...shared, links, reroutes, extra: {},
      state: {
        lastGroupId: 0, lastNodeId: nodes.length, lastLinkId: links.length,
        lastRerouteId: reroutes.length,
      },
    }
  }
  return {
    version: 0.4, ...shared, last_node_id: nodes.length, last_link_id: links.length,
    links: links.map(l =>
      [l.id, l.origin_id, l.origin_slot, l.target_id, l.target_slot, l.type]),
    extra: {
      reroutes,
      linkExtensions: links.filter(l => l.parentId).map(({ id, parentId }) => ({ id, parentId })),
    },
  }
}
