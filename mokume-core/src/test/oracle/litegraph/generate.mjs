// Writes litegraph-cases.jsonl.gz: a workflow and the links that litegraph gives it, a line each.

import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { workflow } from "./graphs.mjs"
import { links } from "./litegraph.mjs"

const CASES = 300
const TARGET = new URL("../../resources/dev/mokume/workflow/litegraph-cases.jsonl.gz", import.meta.url)

const lines = []
let refused = 0
for (let seed = 1; lines.length < CASES; seed++) {
  const made = workflow(seed)
  try {
    lines.push(JSON.stringify({ seed, workflow: made, links: links(made) }))
  } catch (e) {
    // It takes two instances of one subgraph, one behind the other, for a circle now and then.
    if (e.name !== "RecursionError") throw e
    refused++
  }
}
writeFileSync(TARGET, gzipSync(lines.join("\n") + "\n", { level: 9 }))
console.log(`${lines.length} cases, ${refused} refused by litegraph`)
