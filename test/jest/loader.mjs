// Node's module loader for the tests: removes types from TypeScript, resolves `.js` to an existing `.ts`, and provides
// @jest/globals of the current test file.

import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const GLOBALS = 'jest:globals';
const NAMES = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'it', 'jest', 'test'];
/**
 * Modules outlive a test file, but the functions of jest do not, so modules import proxies (`test`, `test.skip`, …).
 */
const FORWARDING = `
const reach = (path) => path.reduce((of, key) => of[key], globalThis[Symbol.for('interlatent.jest')]);
const forward = (...path) => new Proxy(() => {}, {
  apply: (_, that, args) => Reflect.apply(reach(path), reach(path.slice(0, -1)), args),
  get: (_, key) => (typeof reach(path)[key] === 'function' ? forward(...path, key) : reach(path)[key]),
});
${NAMES.map((name) => `export const ${name} = forward('${name}');`).join('\n')}
`;

export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return { url: GLOBALS, shortCircuit: true };
  if (/^\.{1,2}\/.*\.js$/.test(specifier) && context.parentURL?.endsWith('.ts')) {
    const url = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (url === GLOBALS) return { format: 'module', source: FORWARDING, shortCircuit: true };
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    swcrc: false,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
