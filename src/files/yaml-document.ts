// YAML, of which JSON is a part: maps keep every key that stands in them, each once, or the text is refused.

import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml';
import { causeMessage } from './cause.js';

/** A text that was read; offsets are those of its nodes. */
export interface YamlDocument {
  readonly document: Document;
  readonly value: unknown;
  /** `line:column` of an offset. */
  readonly placeOf: (offset: number) => string;
}

/** Where a text breaks the format. */
export class YamlError extends Error {
  /** @param place `line:column`; left out where it is the text as a whole */
  constructor(
    readonly place: string | undefined,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** @throws YamlError */
export function readYaml(text: string): YamlDocument {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${line}:${col}`;
  };
  // Its own check of keys compares each with all before it.
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
    // What holds itself is no JSON either, and would be followed for ever.
    JSON.stringify(value);
    return { document, value, placeOf };
  } catch (cause) {
    const holdsItself = /circular/.test(causeMessage(cause));
    throw new YamlError(undefined, holdsItself ? 'a list or map holds itself' : causeMessage(cause), cause);
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

/** @param before keys of the same map, to which this one is added */
function keyProblem(key: unknown, before: Set<string>): string | undefined {
  const value = isScalar(key) ? key.value : null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return 'a key is a text';
  const name = String(value);
  if (before.has(name)) return `the key '${name.slice(0, 100)}' stands here a second time`;
  // An object of JavaScript would lose it.
  if (name === '__proto__') return "no key can be called '__proto__'; give it another name";
  before.add(name);
  return undefined;
}
