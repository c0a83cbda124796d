// Mutates JSON to other valid JSON: changes types of values, removes, repeats or renames keys (`__proto__`), copies
// values to other places, and nests values.

import type { Random } from './random.js';

type Json = null | boolean | number | string | Json[] | Map<string, Json>;

const STRINGS = [
  '',
  '__proto__',
  'constructor',
  'toString',
  ' ',
  '\n',
  '</script>',
  '=1+1',
  '\u202e',
  '\ud800',
  '1',
  'NaN',
  'x'.repeat(300),
];
const NUMBERS = [0, 1, -1, 0.5, 2 ** 31, 2 ** 53, 2 ** 53 + 2, 1e308, -1e308, 1e-320, 64, 1000];
const DEPTH = 200;

function parsed(value: unknown): Json {
  if (Array.isArray(value)) return value.map(parsed);
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, entry]) => [key, parsed(entry)]));
  }
  return value as null | boolean | number | string;
}

function written(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  return `{${Array.from(value, ([key, entry]) => `${JSON.stringify(key)}:${written(entry)}`).join(',')}}`;
}

interface Place {
  readonly get: () => Json;
  readonly set: (value: Json) => void;
}

function places(root: { value: Json }): Place[] {
  const all: Place[] = [{ get: () => root.value, set: (value) => (root.value = value) }];
  const visit = (value: Json): void => {
    if (Array.isArray(value)) {
      for (const [i, entry] of value.entries()) {
        all.push({ get: () => value[i], set: (other) => (value[i] = other) });
        visit(entry);
      }
    } else if (value instanceof Map) {
      for (const [key, entry] of value) {
        all.push({ get: () => value.get(key) ?? null, set: (other) => value.set(key, other) });
        visit(entry);
      }
    }
  };
  visit(root.value);
  return all;
}

/** Does the same as `toSpliced`, which Node 20 has but our types do not. */
function spliced<Item>(list: readonly Item[], at: number, removed: number, ...added: readonly Item[]): Item[] {
  return [...list.slice(0, at), ...added, ...list.slice(at + removed)];
}

function simple(random: Random, words: readonly string[]): Json {
  switch (random.below(8)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return [];
    case 3:
      return new Map();
    case 4:
      return random.of(STRINGS);
    case 5:
      return words.length > 0 ? random.of(words) : '';
    default:
      return random.of(NUMBERS);
  }
}

function changed(value: Json, random: Random, words: readonly string[]): Json {
  if (typeof value === 'number' && random.oneIn(2)) return value + random.of([-1, 1, 0.5]);
  if (Array.isArray(value) && !random.oneIn(4)) {
    const at = random.below(value.length + 1);
    if (random.oneIn(3)) return spliced(value, at, 1);
    if (random.oneIn(2) && value.length > 0) return spliced(value, at, 0, random.of(value));
    return spliced(value, at, 0, simple(random, words));
  }
  if (value instanceof Map && !random.oneIn(4)) {
    const entries = [...value];
    const at = random.below(entries.length + 1);
    if (random.oneIn(3)) return new Map(spliced(entries, at, 1));
    const name = random.oneIn(3) ? random.of(STRINGS) : words.length > 0 ? random.of(words) : 'x';
    const entry = random.oneIn(2) && entries.length > 0 ? random.of(entries)[1] : simple(random, words);
    return new Map([...entries, [name, entry]]);
  }
  if (random.oneIn(20)) {
    let nested = value;
    for (let depth = random.below(DEPTH); depth > 0; depth--) {
      nested = random.oneIn(2) ? [nested] : new Map([['a', nested]]);
    }
    return nested;
  }
  if (random.oneIn(8)) return [value];
  return simple(random, words);
}

/** Returns a mutation, or undefined if the text is not JSON. */
export function mutateJson(text: string, random: Random, words: readonly string[]): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const root = { value: parsed(value) };
  for (let changes = 1 + random.below(3); changes > 0; changes--) {
    const all = places(root);
    const place = random.of(all);
    place.set(random.oneIn(6) ? structuredClone(random.of(all).get()) : changed(place.get(), random, words));
  }
  return written(root.value);
}
