// Imports go one way, from the rooms where a user enters to those that know nothing of the others; no files import each
// other in a circle, but for the derivatives in src/graph.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, sep } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

/** Rooms of one line do not know each other; every room may import from the lines above it. */
const ROOMS: readonly (readonly string[])[] = [
  ['error-codes.ts'],
  ['errors.ts', 'suggestion.ts'],
  ['argument.ts', 'telemetry', 'text-list.ts'],
  ['random', 'files', 'threads'],
  ['metrics'],
  ['graph', 'linear', 'images', 'series'],
  ['compile', 'nn'],
  ['webgpu'],
  ['runtime', 'flows', 'likelihoods'],
  ['data', 'causal'],
  ['models'],
  ['study', 'simulation', 'inference', 'quality'],
  ['training'],
  ['shards'],
  ['selection', 'baselines', 'evidence', 'exchange', 'format.ts'],
  ['conclusions'],
  ['questions'],
  ['report'],
  ['fit-run.ts'],
  ['fit-in-shards.ts'],
  ['launchers'],
  ['background'],
  ['model-options.ts', 'on-demand.ts'],
  ['multimodal-causal-model.ts'],
  ['experiments', 'serving', 'web'],
  ['index.ts', 'cli'],
  ['jobs'],
];

/** An operation's derivative is made of operations, so their files need each other. */
const CIRCLE = ['binary', 'layout', 'leaves', 'reduction', 'unary'].map((name) => `graph/${name}.ts`);

type Imports = ReadonlyMap<string, readonly string[]>;

/** What every file of src imports, static, dynamic and of types alone. */
function importsOf(root: string): Imports {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => path.endsWith('.ts'));
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), 'utf8'), true, true);
      const own = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'));
      return [file, own.map((name) => normalize(join(dirname(file), name.replace(/\.js$/, '.ts'))))];
    }),
  );
}

const roomOf = (file: string): string => file.split('/')[0];
const levelOf = (file: string): number => ROOMS.findIndex((rooms) => rooms.includes(roomOf(file)));

/** `from → to` for every import of a room that is not above one's own. */
function wrongImports(imports: Imports): string[] {
  return [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => roomOf(target) !== roomOf(file) && levelOf(target) >= levelOf(file))
      .map((target) => `${file} → ${target}`),
  );
}

/** Files that reach themselves through imports, circle by circle. */
function circles(imports: Imports): string[][] {
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
  const inCircle = [...imports.keys()].filter((file) => reached.get(file)!.has(file));
  const found = new Map<string, string[]>();
  for (const file of inCircle) {
    const members = inCircle.filter((other) => reached.get(file)!.has(other) && reached.get(other)!.has(file)).sort();
    found.set(members.join(), members);
  }
  return [...found.values()];
}

describe('the direction of imports', () => {
  const imports = importsOf('src');

  it('has a place for every room of src', () => {
    const known = ROOMS.flat();
    expect([...new Set([...imports.keys()].map(roomOf))].filter((room) => !known.includes(room))).toEqual([]);
  });

  it('goes from the rooms a user enters to those that know nothing of them', () => {
    expect(imports.size).toBeGreaterThan(200);
    expect(wrongImports(imports)).toEqual([]);
  });

  it('makes no circle of files but the derivatives of the graph', () => {
    expect(circles(imports)).toEqual([CIRCLE]);
  });

  it('is seen to be wrong where it is', () => {
    const planted = new Map([...imports, ['graph/planted.ts', ['models/layout.ts']]]);
    expect(wrongImports(planted)).toEqual(['graph/planted.ts → models/layout.ts']);
    const sideways = new Map([...imports, ['baselines/planted.ts', ['selection/select-rule.ts']]]);
    expect(wrongImports(sideways)).toEqual(['baselines/planted.ts → selection/select-rule.ts']);
    const circle = new Map([...imports, ['data/one.ts', ['data/two.ts']], ['data/two.ts', ['data/one.ts']]]);
    expect(circles(circle)).toContainEqual(['data/one.ts', 'data/two.ts']);
  });
});
