// Parses YAML, which includes JSON. Refuses a text whose maps would lose or repeat a key.

import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { causeMessage } from '../errors/cause.js';

/** A parsed text. */
export interface YamlDocument {
  readonly document: Document;
  readonly value: unknown;
  /** Returns `line:column` of the offset of a node. */
  readonly placeOf: (offset: number) => string;
}

/** Error for text that violates the format. */
export class YamlError extends Error {
  /** @param place `line:column`; left out for the text as a whole */
  constructor(
    readonly place: string | undefined,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Parses a text. @throws YamlError */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  // The key check of the library compares each key with all earlier ones, so it is off.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const problem = document.errors.at(0);
  if (problem) {
    const [at] = problem.pos;
    const hint = text[at - 1] === '$' ? '; inside { } or [ ] a path with ${ } needs quotes' : '';
    const reason = /call stack/.test(problem.message) ? 'lists and maps are nested too deeply' : problem.message;
    throw new YamlError(placeOf(at), `${reason}${hint}`, problem);
  }
  checkKeys(document, placeOf);
  try {
    const value: unknown = document.toJS({ maxAliasCount: 100 });
    // JSON.stringify throws for a value that contains itself, which other code would traverse forever.
    JSON.stringify(value);
    return { document, value, placeOf };
  } catch (cause) {
    const isCircular = /circular/.test(causeMessage(cause));
    throw new YamlError(undefined, isCircular ? 'a list or map contains itself' : causeMessage(cause), cause);
  }
}

function checkKeys(document: Document, placeOf: (offset: number) => string): void {
  const open: unknown[] = [document.contents];
  while (open.length > 0) {
    const node = open.pop();
    if (isSeq(node)) for (const item of node.items) open.push(item);
    if (!isMap(node)) continue;
    const keys = new Set<string>();
    for (const { key, value } of node.items) {
      const problem = keyProblem(key, keys);
      if (problem !== undefined) throw new YamlError(placeOf((key as Node | null)?.range?.[0] ?? 0), problem);
      open.push(value);
    }
  }
}

/** Returns the problem of a key, if any. @param before earlier keys of the map; this one is added */
function keyProblem(key: unknown, before: Set<string>): string | undefined {
  const value = isScalar(key) ? key.value : null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return 'a key must be a text';
  }
  const name = String(value);
  if (before.has(name)) return `the key '${name.slice(0, 100)}' is repeated`;
  // A JavaScript object would lose this key.
  if (name === '__proto__') return "no key can be called '__proto__'; give it another name";
  before.add(name);
  return undefined;
}
