// Checks of JSON documents of graphs. Graphs are read synchronously, so every import of the package loads these checks.
// zod would be larger than everything else that such an import loads.

/** Returns the value if it is valid; otherwise throws the error that `refuse` makes from the reason and the place. */
export type Reader<T> = (value: unknown, place: Place) => T;

export interface Place {
  /** Keys and positions from the root of the document to the value. */
  readonly path: readonly (string | number)[];
  readonly refuse: (reason: string) => Error;
}

type Read<R> = R extends Reader<infer T> ? T : never;
type Readers = Readonly<Record<string, Reader<unknown>>>;
type OptionalKey<F extends Readers> = { [K in keyof F]: undefined extends Read<F[K]> ? K : never }[keyof F];
type ObjectOf<F extends Readers> = { [K in Exclude<keyof F, OptionalKey<F>>]: Read<F[K]> } & {
  [K in OptionalKey<F>]?: Read<F[K]>;
};

/** Accepts any value: content that this program writes for other programs and does not read. */
export const anything: Reader<unknown> = (value) => value;

export const text: Reader<string> = (value, place) => {
  if (typeof value !== 'string') throw wrong('a text', value, place);
  return value;
};

export const name: Reader<string> = (value, place) => {
  if (value === '') throw wrong('a name', value, place);
  return text(value, place);
};

export const boolean: Reader<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw wrong('true or false', value, place);
  return value;
};

export function number(min: number, max = Infinity): Reader<number> {
  return (value, place) => {
    if (typeof value === 'number' && Number.isFinite(value) && value >= min && value <= max) return value;
    throw wrong(`a number ${max === Infinity ? `of at least ${min}` : `from ${min} to ${max}`}`, value, place);
  };
}

export function whole(min: number): Reader<number> {
  return (value, place) => {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    throw wrong(`a whole number of at least ${min}`, value, place);
  };
}

export function oneOf<const T extends string | number>(values: readonly T[]): Reader<T> {
  return (value, place) => {
    if (values.includes(value as T)) return value as T;
    throw wrong(values.map((one) => JSON.stringify(one)).join(' or '), value, place);
  };
}

export function list<T>(item: Reader<T>, minLength = 0): Reader<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) throw wrong('a list', value, place);
    if (value.length < minLength) throw wrong(`at least ${minLength} in the list`, undefined, place);
    return value.map((one, i) => item(one, inside(place, i)));
  };
}

export function pair<T>(item: Reader<T>): Reader<readonly [T, T]> {
  return (value, place) => {
    if (!Array.isArray(value) || value.length !== 2) throw wrong('a list of two', undefined, place);
    return [item(value[0], inside(place, 0)), item(value[1], inside(place, 1))];
  };
}

/** Accepts an object with these keys and no further ones. */
export function object<const F extends Readers>(fields: F): Reader<ObjectOf<F>> {
  return (value, place) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('an object', value, place);
    const entries = new Map<string, unknown>(Object.entries(value));
    // Check the known keys first: a later version may have further keys, and then `version` is the better error.
    const read = Object.entries(fields).map(
      ([key, field]) => [key, field(entries.get(key), inside(place, key))] as const,
    );
    const unknown = [...entries.keys()].find((key) => !Object.hasOwn(fields, key));
    if (unknown !== undefined) throw wrong(`no key ${shown(unknown)}`, undefined, place);
    return Object.fromEntries(read.filter(([, one]) => one !== undefined)) as ObjectOf<F>;
  };
}

export function optional<T, Default extends T | undefined = undefined>(
  reader: Reader<T>,
  otherwise?: Default,
): Reader<T | Default> {
  return (value, place) => (value === undefined ? (otherwise as Default) : reader(value, place));
}

function inside({ path, refuse }: Place, key: string | number): Place {
  return { path: [...path, key], refuse };
}

function wrong(expected: string, value: unknown, { path, refuse }: Place): Error {
  const isShown = value !== undefined && (typeof value !== 'object' || value === null);
  const got = isShown ? `, got ${shown(value)}` : '';
  return refuse(`expected ${expected}${got}${path.length > 0 ? ` at ${path.join('.')}` : ''}`);
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 40);
}
