// Imports have one direction: from the modules that users call to the modules below them. No files import each other in
// a cycle, except the derivatives in src/graph.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/**
 * The modules (folders and files of src) by layers, the lowest first. A module may import from the layers above it in
 * this list, but not from other modules of its layer.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['errors', 'text'],
  ['files', 'random', 'threads'],
  ['graph', 'images', 'metrics', 'series'],
  ['compile', 'likelihoods', 'linear', 'nn'],
  ['data', 'webgpu'],
  ['networks', 'runtime'],
  ['causal', 'inference', 'moments'],
  ['quality', 'simulation'],
  ['training'],
  ['distributed', 'evidence', 'exchange', 'selection', 'study'],
  ['conclusions', 'power'],
  ['questions'],
  ['interpretation', 'replication'],
  ['report'],
  ['fit'],
  ['background'],
  ['model', 'web'],
  ['comparison'],
  ['index.ts', 'cli'],
  ['serving'],
];

/** Derivatives of operations consist of operations, so these files import each other. */
const CYCLE = ['binary', 'layout', 'leaves', 'reduction', 'unary'].map((name) => `graph/${name}.ts`);

type Imports = ReadonlyMap<string, readonly string[]>;

/** Returns the files that each file of src imports: statically, dynamically and for types only. */
function importsOf(root: string): Imports {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
      const relative = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
      return [file, relative.map((name) => normalize(join(dirname(file), name.replace(/\.js$/, '.ts'))))];
    }),
  );
}

const moduleOf = (file: string): string => file.split('/')[0];
const layerOf = (file: string): number => LAYERS.findIndex((modules) => modules.includes(moduleOf(file)));

/** Returns `from → to` for every import of another module that is not of a lower layer. */
function wrongImports(imports: Imports): string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => moduleOf(target) !== moduleOf(file) && layerOf(target) >= layerOf(file))
      .map((target) => `${file} → ${target}`),
  );
}

/** Returns the cycles of imports, each as the sorted list of its files. */
function cycles(imports: Imports): string[][] {
  const reach = (start: string): Set<string> => {
    const seen = new Set<string>();
    const todo = [...(imports.get(start) ?? [])];
    for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      todo.push(...(imports.get(file) ?? []));
    }
    return seen;
  };
  const reached = new Map([...imports.keys()].map((file) => [file, reach(file)]));
  const inCycle = [...imports.keys()].filter((file) => reached.get(file)!.has(file));
  const cyclesByMembers = new Map<string, string[]>();
  for (const file of inCycle) {
    const members = inCycle.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file)).sort();
    cyclesByMembers.set(members.join(), members);
  }
  return [...cyclesByMembers.values()];
}

describe('imports', () => {
  const imports = importsOf('src');

  it('have a layer for every module of src', () => {
    const listed = LAYERS.flat();
    expect([...new Set([...imports.keys()].map(moduleOf))].filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('come from lower layers only', () => {
    expect(imports.size).toBeGreaterThan(200);
    expect(wrongImports(imports)).toEqual([]);
  });

  it('have no cycle except the derivatives of the graph', () => {
    expect(cycles(imports)).toEqual([CYCLE]);
  });

  it('are reported if they have a wrong direction or a cycle', () => {
    const planted = new Map([...imports, ['graph/planted.ts', ['networks/layout.ts']]]);
    expect(wrongImports(planted)).toEqual(['graph/planted.ts → networks/layout.ts']);
    const sideways = new Map([...imports, ['exchange/planted.ts', ['selection/select-rule.ts']]]);
    expect(wrongImports(sideways)).toEqual(['exchange/planted.ts → selection/select-rule.ts']);
    const cycle = new Map([...imports, ['data/one.ts', ['data/two.ts']], ['data/two.ts', ['data/one.ts']]]);
    expect(cycles(cycle)).toContainEqual(['data/one.ts', 'data/two.ts']);
  });
});
