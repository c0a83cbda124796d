import {
  causeMessage
} from "./chunk-E6FIFJ2Q.js";

// src/files/yaml-document.ts
import { isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
var YamlError = class extends Error {
  /** @param place `line:column`; left out for the text as a whole */
  constructor(place, message, cause) {
    super(message, { cause });
    this.place = place;
  }
  place;
};
function readYaml(text) {
  const lines = new LineCounter();
  const placeOf = (offset) => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problem = document.errors.at(0);
  if (problem) {
    const [at] = problem.pos;
    const hint = text[at - 1] === "$" ? "; inside { } or [ ] a path with ${ } needs quotes" : "";
    const reason = /call stack/.test(problem.message) ? "lists and maps are nested too deeply" : problem.message;
    throw new YamlError(placeOf(at), `${reason}${hint}`, problem);
  }
  checkKeys(document, placeOf);
  try {
    const value = document.toJS({ maxAliasCount: 100 });
    JSON.stringify(value);
    return { document, value, placeOf };
  } catch (cause) {
    const isCircular = /circular/.test(causeMessage(cause));
    throw new YamlError(void 0, isCircular ? "a list or map contains itself" : causeMessage(cause), cause);
  }
}
function checkKeys(document, placeOf) {
  const open = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isSeq(node)) for (const item of node.items) open.push(item);
    if (!isMap(node)) continue;
    const keys = /* @__PURE__ */ new Set();
    for (const { key, value } of node.items) {
      const problem = keyProblem(key, keys);
      if (problem !== void 0) throw new YamlError(placeOf(key?.range?.[0] ?? 0), problem);
      open.push(value);
    }
  }
}
function keyProblem(key, before) {
  const value = isScalar(key) ? key.value : null;
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
    return "a key must be a text";
  const name = String(value);
  if (before.has(name)) return `the key '${name.slice(0, 100)}' is repeated`;
  if (name === "__proto__") return "no key can be called '__proto__'; give it another name";
  before.add(name);
  return void 0;
}

export {
  YamlError,
  readYaml
};
