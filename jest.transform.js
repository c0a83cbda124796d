// What jest does to a module: swc strips TypeScript's types, and the module gets names of its own for what is global.
// Jest runs modules in a context of node:vm, where reading a global, be it Infinity or Math, costs 200 ns, a hundred
// times as much as elsewhere: loops over large arrays took most of their time for that.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import swcJest from '@swc/jest';

/** No fake timers and no mocks replace these. */
const GLOBALS = [
  ...['Array', 'BigInt', 'Boolean', 'DataView', 'Error', 'Infinity', 'JSON', 'Map', 'Math', 'NaN', 'Number', 'Object'],
  ...['Promise', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'TypeError', 'WeakMap', 'WeakSet'],
  ...['BigInt64Array', 'Float32Array', 'Float64Array', 'Int8Array', 'Int16Array', 'Int32Array', 'Uint8Array'],
  ...['Uint8ClampedArray', 'Uint16Array', 'Uint32Array'],
];
const OWN = createHash('sha1')
  .update(readFileSync(new URL(import.meta.url)))
  .digest('hex');

const swc = swcJest.createTransformer({
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'es6' },
});

/** On the first line, so that all lines keep their numbers. */
function withOwnNames({ code, ...rest }) {
  const read = GLOBALS.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  if (read.length === 0) return { code, ...rest };
  return { ...rest, code: code.replace(/^('use strict';)?/, `$1 const { ${read.join(', ')} } = globalThis; `) };
}

const isTypeScript = (path) => path.endsWith('.ts');

export default {
  ...swc,
  process: (code, path, ...rest) => withOwnNames(isTypeScript(path) ? swc.process(code, path, ...rest) : { code }),
  processAsync: async (code, path, ...rest) =>
    withOwnNames(isTypeScript(path) ? await swc.processAsync(code, path, ...rest) : { code }),
  getCacheKey: (...given) => `${swc.getCacheKey(...given)}${OWN}`,
};
