// Weights that are not finite, and columns with names of properties that every JavaScript object has.

import { beforeAll, describe, expect, test } from '@jest/globals';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFixtures } from '../bad-inputs/case.js';
import {
  causalEdges,
  causalGraphFromEdges,
  causalGraphToDot,
  causalGraphToGraphml,
  type Variable,
} from '../../src/causal/discovery/index.js';
import { causalGraphFromDot } from '../../src/causal/discovery/formats/dot-reader.js';
import { causalGraphFromGraphml } from '../../src/causal/discovery/formats/graphml-reader.js';
import { readTable, writeTable } from '../../src/files/read-table.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/files/safetensors.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { causalGraphSvg } from '../../src/report/index.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';
import { signRun } from '../fixtures/signed-run.js';
import { readXml } from '../fixtures/xml-reader.js';

const { file, folder } = scratch();
const base = join(folder, 'base');

beforeAll(() => writeFixtures(base));

describe('a RUN folder', () => {
  test.each([NaN, Infinity, -Infinity])('with %p among its weights is refused', async (value) => {
    const run = join(folder, `run${value}`);
    cpSync(join(base, 'run'), run, { recursive: true });
    const path = join(run, 'model.safetensors');
    const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
    const [[name, { data }]] = tensors;
    (data as Float32Array)[0] = value;
    writeFileSync(path, encodeSafetensors(tensors, metadata));
    signRun(run);
    await expect(MultimodalCausalModel.load(run)).rejects.toMatchObject({
      code: 'damaged-file',
      message: expect.stringContaining(`tensor '${name}' has ${value}`),
    });
  });
});

/** Names that break writers without escaping. */
const NAMES = [
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'],
  ...['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', ']]>', '&amp;', "'", '"quoted"', '\\'],
  ...['two\nlines', 'a,b;c', '=1+1', '+1', '-1', '@sum', '\u202egnp', '\u200f', '<!--', '${x}', '{{x}}', '%s'],
];

describe('names', () => {
  const variables: Variable[] = NAMES.map((name, i) => (i % 3 === 0 ? { name, modality: name } : { name }));
  const edges = NAMES.slice(1).map((to, i) => ({ from: NAMES[i], to, fromMark: -1 as const, toMark: 1 as const }));
  const graph = causalGraphFromEdges(variables, edges);

  test('do not change in DOT and GraphML', () => {
    for (const again of [
      causalGraphFromDot(causalGraphToDot(graph)),
      causalGraphFromGraphml(causalGraphToGraphml(graph)),
    ]) {
      // Clusters come first in DOT.
      expect(new Set(again.variables.map(({ name, modality }) => `${name}\0${modality ?? ''}`))).toEqual(
        new Set(variables.map(({ name, modality }) => `${name}\0${modality ?? ''}`)),
      );
      const pairs = causalEdges(again).map(({ from, to, fromMark, toMark }) => [from, to, fromMark, toMark]);
      expect(new Set(pairs)).toEqual(new Set(edges.map(({ from, to }) => [from, to, -1, 1])));
    }
  });

  test('are text in SVG', async () => {
    const svg = await causalGraphSvg(graph);
    expect(() => readXml(svg)).not.toThrow();
    expect(svg).not.toMatch(/<script|<img/);
  });

  // Tables are for programs, so texts that a spreadsheet reads as formulas are not escaped (docs/reference/files.md).
  test.each(['.csv', '.parquet', '.npz'])('do not change in %s', async (ending) => {
    const names = ending === '.npz' ? NAMES.filter((name) => !/[\\/]/.test(name)) : NAMES;
    const path = join(folder, `names${ending}`);
    const columns = names.map((name, i) => ({ name, values: Float64Array.of(i, i + 1) }));
    await writeTable(path, [{ name: 'id', values: NAMES.slice(0, 2) }, ...columns]);
    const table = await readTable(path, { text: ['id'], keep: () => true });
    expect(table.columns).toEqual(['id', ...names]);
    expect(names.map((name) => table.numbers(name)[1])).toEqual(names.map((_, i) => i + 1));
  });

  test('can be those of columns in a fit, its latents and its report', async () => {
    const columns = ['constructor', 'toString', 'hasOwnProperty', '__proto__', '<script>alert(1)</script>'];
    const table = (name: string, seed: number) => {
      const rows = Array.from({ length: 40 }, (_, i) => [
        `p${i}`,
        ...columns.map((__, c) => Math.sin((i + 1) * (c + seed))),
      ]);
      file(`${name}.csv`, `${['id', ...columns].join(',')}\n${rows.map((cells) => `${cells.join(',')}\n`).join('')}`);
      return `  ${name}: { table: ${name}.csv, latents: 1 }\n`;
    };
    const modalities = table('constructor', 2) + table('toString', 3);
    const study = await readStudy(file('study.yaml', `study: "<b>s</b>"\nid: id\nmodalities:\n${modalities}`));
    const model = await MultimodalCausalModel.fit(study, {
      fit: 'joint',
      epochs: 2,
      encoderRestarts: 1,
      evidence: 'none',
    });
    try {
      const latents = await model.encode(study.dataset);
      expect(Object.keys(latents)).toEqual(['constructor', 'toString']);
      const html = await model.report({ study });
      expect(html).toContain('constructor.z1');
      expect(html).not.toContain('<script>alert');
      expect(html).toMatch(/script-src (?:'|&#39;)sha256-/);
    } finally {
      await model.dispose();
    }
  });
});
