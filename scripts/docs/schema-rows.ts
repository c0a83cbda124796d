// Converts JSON Schema, as zod writes it, to rows of a table: key, type, default, range, description.

import { code, escaped } from './markdown.js';

/** The keys of a JSON Schema that are used here. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  /** A list before draft 2020-12: the entries of a tuple. */
  readonly items?: Schema | readonly Schema[] | boolean;
  readonly prefixItems?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface Row {
  readonly key: string;
  readonly type: string;
  readonly value: string;
  readonly range: string;
  readonly description: string;
}

/** Returns the alternatives of a schema; one if there is no choice. */
export function alternatives(schema: Schema): readonly (Schema & { readonly type?: string })[] {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return choices.flatMap((one) => alternatives(one));
  const { type } = schema;
  if (type === undefined || typeof type === 'string') return [schema as Schema & { readonly type?: string }];
  return type.map((one) => ({ ...schema, type: one }));
}

/**
 * Returns the rows of an object's keys. A key within a key is written `outer.inner`, one of a list `outer[].inner`, and
 * one of a map `outer.<name>.inner`.
 * @param inner false for keys whose inner keys are not listed
 */
export function rowsOf(schema: Schema, prefix = '', inner: (key: string) => boolean = () => true): readonly Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const key = `${prefix}${name}`;
    const row: Row = {
      key,
      type: typeOf(property),
      value: defaultOf(property, schema.required?.includes(name) === true),
      range: rangeOf(property),
      description: escaped(property.description ?? ''),
    };
    return [row, ...(inner(key) ? innerRows(property, key, inner) : [])];
  });
}

function innerRows(schema: Schema, key: string, inner: (key: string) => boolean): readonly Row[] {
  return alternatives(schema).flatMap((one) => {
    if (one.properties) return rowsOf(one, `${key}.`, inner);
    if (one.type === 'array' && isSchema(one.items)) return innerRows(one.items, `${key}[]`, inner);
    if (one.type === 'object' && isSchema(one.additionalProperties)) {
      return innerRows(one.additionalProperties, `${key}.<name>`, inner);
    }
    return [];
  });
}

const isSchema = (schema: Schema['items']): schema is Schema => typeof schema === 'object' && !Array.isArray(schema);

/** Returns the schemas of the entries of a tuple; undefined if the schema is not a tuple. */
function entriesOf({ items, prefixItems }: Schema): readonly Schema[] | undefined {
  return prefixItems ?? (Array.isArray(items) ? (items as readonly Schema[]) : undefined);
}

/** Returns a value as in YAML. */
const textOf = (value: unknown): string =>
  typeof value === 'string' ? value.replaceAll('\t', '\\t') : JSON.stringify(value);

/** Pages about the types that have a title. */
const PAGES: Readonly<Record<string, string>> = { 'kind of column': '../explanation/likelihoods.md' };

export function typeOf(schema: Schema): string {
  const { title } = schema;
  if (title !== undefined) return Object.hasOwn(PAGES, title) ? `[${title}](${PAGES[title]})` : title;
  const choices = alternatives(schema);
  if (choices.length > 1) return listed([...new Set(choices.map(typeOf))]);
  const [one] = choices;
  if (one.const !== undefined) return code(textOf(one.const));
  if (one.enum) return listed(one.enum.map((choice) => code(textOf(choice))));
  switch (one.type) {
    case 'string':
      return 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'array':
      return entriesOf(one)
        ? `[${entriesOf(one)!.map(typeOf).join(', ')}]`
        : `list of ${isSchema(one.items) ? plural(one.items) : 'values'}`;
    case 'object':
      return isSchema(one.additionalProperties) && !one.properties
        ? `map to ${plural(one.additionalProperties)}`
        : 'object';
    default:
      return one.type ?? 'any value';
  }
}

const PLURALS: Readonly<Record<string, string>> = {
  text: 'texts',
  number: 'numbers',
  'whole number': 'whole numbers',
  'true or false': 'true or false',
  object: 'objects',
  '[kind of column](../explanation/likelihoods.md)': '[kinds of columns](../explanation/likelihoods.md)',
};
function plural(schema: Schema): string {
  const type = typeOf(schema);
  return PLURALS[type] ?? (/^(list|map) /.test(type) ? type.replace(/^(list|map) /, '$1s ') : type);
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names.at(-1)!}`;

function defaultOf({ default: value }: Schema, isRequired: boolean): string {
  if (value === undefined) return isRequired ? 'required' : '';
  if (Array.isArray(value) && value.length === 0) return 'none';
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return '';
  return code(typeof value === 'string' ? value : JSON.stringify(value));
}

/** True for a bound that is not merely a limit of JavaScript's numbers. */
const isBound = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER && !(bound > 0 && bound < 1e-300);

function rangeOf(schema: Schema): string {
  return [...new Set(alternatives(schema).map(boundsOf))].filter((text) => text !== '').join('; ');
}

function boundsOf(schema: Schema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, minItems, maxItems, items } = schema;
  if (schema.type === 'array') {
    const count = minItems !== undefined && minItems > 1 ? `${minItems} or more` : '';
    const range = maxItems === undefined ? count : `${minItems ?? 0} to ${maxItems}`;
    const each = isSchema(items) ? rangeOf(items) : '';
    if (entriesOf(schema)) return '';
    return [range === '' ? '' : `${range} entries`, each === '' ? '' : `each ${each}`]
      .filter((text) => text !== '')
      .join(', ');
  }
  const lower = isBound(minimum) ? `at least ${minimum}` : isBound(exclusiveMinimum) ? `above ${exclusiveMinimum}` : '';
  const upper = isBound(maximum) ? `at most ${maximum}` : isBound(exclusiveMaximum) ? `below ${exclusiveMaximum}` : '';
  if (isBound(minimum) && isBound(maximum)) return `${minimum} to ${maximum}`;
  return [lower, upper].filter((text) => text !== '').join(', ');
}
