// Tells of header.gguf what @huggingface/gguf reads; see ORIGIN.md.
import {writeFileSync} from "node:fs";
import {gguf} from "@huggingface/gguf";

const {metadata, tensorInfos, tensorDataOffset} = await gguf("./header.gguf", {allowLocalFile: true});
const plain = (_, value) => (typeof value === "bigint" ? value.toString() : value);
writeFileSync(
  "header.json", JSON.stringify({metadata, tensorInfos, tensorDataOffset}, plain, 1) + "\n");
