// clients/python/interlatent/types.py: a dataclass for every object in the results.

import { alternatives, type Schema } from '../docs/schema-rows.js';
import { clientSchemas } from './schemas.js';

const HEADER = `"""Classes of the results.

npm run docs writes this file from the schemas of the program: do not edit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Literal, Optional, Union

from ._record import DescribedRecord, Record
`;

/** Names of structures that many keys share, by their keys. */
const COMMON: Readonly<Record<string, string>> = {
  'estimate lower upper': 'Interval',
  'estimate lower p upper': 'TestedInterval',
  'high low mean median sd': 'Distribution',
  'high low mean sd': 'ValueRange',
  'code text': 'Notice',
  'from to': 'Arrow',
};

/** Names of classes whose key says too little. */
const RENAMED: Readonly<Record<string, string>> = { Set: 'SetValue', Warning: 'Notice', Number: 'NumberRange' };

const KEYWORDS = new Set(['from', 'is', 'in', 'not', 'class', 'with', 'as', 'or', 'and', 'if', 'lambda', 'pass']);

interface Type {
  /** Annotation of the attribute. */
  readonly annotation: string;
  /** How `Record.from_json` reads the value. */
  readonly reader: string;
}

export function pythonTypes(): string {
  const writer = new ClassWriter();
  for (const { name, description, schema } of clientSchemas()) writer.root(name, description, schema);
  return `${HEADER}\n\n${writer.classes.join('\n\n\n')}\n`;
}

class ClassWriter {
  readonly classes: string[] = [];
  /** Structure of each class by name. */
  readonly #structures = new Map<string, string>();

  root(name: string, description: string, schema: Schema): void {
    const isDescribed = schema.properties !== undefined && Object.hasOwn(schema.properties, 'sentences');
    this.#write(name, { ...schema, description }, isDescribed ? 'DescribedRecord' : 'Record');
  }

  /** Returns the name of the class of an object, and writes the class first if it does not exist. */
  #classOf(schema: Schema, key: string, parent: string): string {
    const keys = Object.keys(schema.properties!).sort().join(' ');
    const singular = key[0].toUpperCase() + key.slice(1);
    const structure = structureOf(schema);
    const candidates = [COMMON[keys], RENAMED[singular] ?? singular, parent + singular].filter(Boolean);
    for (const name of [...candidates, ...[2, 3, 4, 5].map((n) => `${parent}${singular}${n}`)]) {
      const known = this.#structures.get(name);
      if (known === structure) return name;
      if (known !== undefined) continue;
      this.#structures.set(name, structure);
      this.#write(name, schema, 'Record');
      return name;
    }
    throw new Error(`no name is left for ${parent}.${key}`);
  }

  #write(name: string, schema: Schema, base: string): void {
    const fields: string[] = [];
    const keys: string[] = [];
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const { annotation, reader } = this.#typeOf(property, key, name);
      const isRequired = schema.required?.includes(key) === true;
      const attribute = attributeOf(key);
      const type =
        isRequired || annotation === 'Any' || annotation.startsWith('Optional[')
          ? annotation
          : `Optional[${annotation}]`;
      if (property.description) fields.push(...comment(property.description));
      fields.push(`    ${attribute}: ${type}`);
      keys.push(`        ${JSON.stringify(key)}: (${JSON.stringify(attribute)}, ${reader}),`);
    }
    this.classes.push(
      [
        '@dataclass(frozen=True)',
        `class ${name}(${base}):`,
        ...(schema.description ? docstring(schema.description) : []),
        ...fields,
        '',
        '    _KEYS = {',
        ...keys,
        '    }',
      ].join('\n'),
    );
  }

  #typeOf(schema: Schema, key: string, parent: string): Type {
    const all = alternatives(schema);
    const some = all.filter(({ type }) => type !== 'null');
    const type = this.#unionOf(some, key, parent);
    const isOptional = some.length < all.length && type.annotation !== 'Any';
    return isOptional ? { ...type, annotation: `Optional[${type.annotation}]` } : type;
  }

  #unionOf(choices: readonly Schema[], key: string, parent: string): Type {
    const objects = choices.filter(({ properties }) => properties !== undefined);
    const rest = choices.filter(({ properties }) => properties === undefined);
    const values = rest.flatMap((one) => (one.const === undefined ? (one.enum ?? []) : [one.const]));
    const types = rest.filter(isOpen).map((one) => this.#plainType(one, key, parent));
    if (values.length > 0) types.push(plain(`Literal[${[...new Set(values)].map(literal).join(', ')}]`));
    if (objects.length > 0) {
      const name = this.#classOf(merged(objects), key, parent);
      types.push({ annotation: name, reader: name });
    }
    const annotations = [...new Set(types.map(({ annotation }) => annotation))];
    const reader = types.find((one) => one.reader !== 'None')?.reader ?? 'None';
    if (annotations.length === 0 || annotations.includes('Any')) return { annotation: 'Any', reader };
    return { annotation: annotations.length === 1 ? annotations[0] : `Union[${annotations.join(', ')}]`, reader };
  }

  #plainType(schema: Schema & { readonly type?: unknown }, key: string, parent: string): Type {
    const { items, additionalProperties } = schema;
    switch (schema.type) {
      case 'string':
        return plain('str');
      case 'integer':
        return plain('int');
      case 'number':
        return plain('float');
      case 'boolean':
        return plain('bool');
      case 'array': {
        if (!isSchema(items)) return plain('List[Any]');
        const { annotation, reader } = this.#typeOf(items, singularOf(key), parent);
        return { annotation: `List[${annotation}]`, reader: reader === 'None' ? 'None' : `[${reader}]` };
      }
      case 'object': {
        if (!isSchema(additionalProperties)) return plain('Dict[str, Any]');
        const { annotation, reader } = this.#typeOf(additionalProperties, singularOf(key), parent);
        return { annotation: `Dict[str, ${annotation}]`, reader: reader === 'None' ? 'None' : `{"": ${reader}}` };
      }
      default:
        return plain('Any');
    }
  }
}

/** True for a schema that does not list its values. */
const isOpen = (schema: Schema): boolean => schema.const === undefined && schema.enum === undefined;
const plain = (annotation: string): Type => ({ annotation, reader: 'None' });
const isSchema = (schema: unknown): schema is Schema => typeof schema === 'object' && !Array.isArray(schema);
const literal = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : JSON.stringify(value);

/** Returns an object with the keys of all. A key that one of them lacks is not required. */
function merged(objects: readonly Schema[]): Schema {
  if (objects.length === 1) return objects[0];
  const names = [...new Set(objects.flatMap(({ properties }) => Object.keys(properties!)))];
  const properties = names.map((name) => {
    const choices = objects.flatMap((one) => one.properties![name] ?? []);
    return [name, choices.length === 1 ? choices[0] : { anyOf: choices }];
  });
  const required = names.filter((name) => objects.every((one) => one.required?.includes(name)));
  return { properties: Object.fromEntries(properties) as Record<string, Schema>, required };
}

/** Returns what two objects must have in common to be of one class. Descriptions may differ. */
const structureOf = (schema: Schema): string =>
  JSON.stringify(schema, (name, value: unknown) => (name === 'description' ? undefined : value));

/** Returns the name of an entry of a list or map: `latents` has the entries `latent`. */
function singularOf(key: string): string {
  if (/(ss|is|us)$/.test(key)) return key;
  return key
    .replace(/ies$/, 'y')
    .replace(/(sh|ch|x)es$/, '$1')
    .replace(/s$/, '');
}

/** Returns the attribute of a key: `heldOut` is `held_out`, and `from` is `from_`. */
function attributeOf(key: string): string {
  const name = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replaceAll('-', '_');
  return KEYWORDS.has(name) ? `${name}_` : name;
}

const WIDTH = 112;

function linesOf(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line !== '' && line.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

const comment = (text: string): string[] => linesOf(text, WIDTH).map((line) => `    #: ${line}`);

function docstring(text: string): string[] {
  const [first, ...rest] = linesOf(text.replaceAll('\\', '\\\\'), WIDTH - 8);
  if (rest.length === 0) return [`    """${first}"""`, ''];
  return [`    """${first}`, ...rest.map((line) => `    ${line}`), '    """', ''];
}
