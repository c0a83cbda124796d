import {
  runTable
} from "./chunk-EXJUDJM4.js";
import {
  exists
} from "./chunk-YMIDNFC3.js";

// src/training/out-of-fold-file.ts
import { join } from "node:path";
var OUT_OF_FOLD_FILE = "latents.csv";
async function outOfFoldOf({ outOfFold, graph, summary }, study, folder) {
  if (study === void 0) return void 0;
  const { ids, fingerprint } = "dataset" in study ? study.dataset : study;
  if (outOfFold) return fingerprint === summary.fingerprint ? { ids, latents: outOfFold.latents } : void 0;
  return folder !== void 0 && summary.evidence?.tested ? readOutOfFold(folder, graph.nodes) : void 0;
}
async function readOutOfFold(folder, nodes) {
  if (!await exists(join(folder, OUT_OF_FOLD_FILE))) return void 0;
  const path = await runTable(folder, OUT_OF_FOLD_FILE);
  const { readTable } = await import("./read-table-PKRE3HAR.js");
  const [id] = (await readTable(path, { columns: [] })).available;
  const table = await readTable(path, { columns: nodes.map(({ name }) => name), text: [id] });
  const ids = table.texts(id);
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  const latents = modalities.map((modality) => {
    const columns = nodes.filter((node) => node.modality === modality).map(({ name }) => table.numbers(name));
    const width = columns.length;
    return [
      modality,
      Float32Array.from({ length: ids.length * width }, (_, at) => columns[at % width][Math.floor(at / width)])
    ];
  });
  return { ids, latents: Object.fromEntries(latents) };
}

export {
  OUT_OF_FOLD_FILE,
  outOfFoldOf,
  readOutOfFold
};
