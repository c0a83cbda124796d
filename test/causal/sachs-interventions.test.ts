// Protein signalling in single cells (Sachs et al. 2005) with its interventions, against the accepted graph. These are
// the figures of docs/results/causes/sachs.md.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  causalGraphFromText,
  compareCausalGraphs,
  discover,
  type CausalGraph,
  type DiscoverOptions,
} from '../../src/causal/discovery/index.js';
import { describeWithData } from '../fixtures/skipping.js';
import { readColumns, sachsFolder } from './causal-learn-data.js';
import { edgeTexts } from './edge-texts.js';

const TARGETS = {
  cd3_cd28: [],
  icam2: [],
  aktinhib: ['akt'],
  g0076: ['pkc'],
  psitect: ['pip2'],
  u0126: ['mek'],
  ly: ['pip3'],
  pma: ['pkc'],
  b2camp: ['pka'],
};
const ALL = Object.keys(TARGETS);

/** Returns the log columns and the condition of each cell, of these conditions. */
function cells(conditions: readonly string[]) {
  const table = readColumns('sachs.2005.continuous.discrete.experimental.mixed.maximum.2.txt.gz', sachsFolder());
  const [proteins, flags] = [table.slice(0, 11), table.slice(12)];
  const every = Array.from(
    proteins[0].values,
    (_, row) => flags.find(({ values }) => values[row] === 1)?.name ?? 'cd3_cd28',
  );
  const rows = every.flatMap((condition, row) => (conditions.includes(condition) ? [row] : []));
  const columns = proteins.map(({ name, values }) => ({ name, values: Float64Array.from(rows, (row) => values[row]) }));
  return { columns, levels: rows.map((row) => every[row]) };
}

function correlation(a: Float64Array, b: Float64Array, rows: readonly number[]): number {
  const mean = (values: Float64Array) => rows.reduce((sum, row) => sum + values[row], 0) / rows.length;
  const product = (x: Float64Array, y: Float64Array) =>
    rows.reduce((sum, row) => sum + (x[row] - mean(x)) * (y[row] - mean(y)), 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

describeWithData('sachs')('sachs', () => {
  const truth = () =>
    causalGraphFromText(readFileSync(join(sachsFolder(), 'sachs.2005.ground.truth.graph.txt'), 'utf8'));

  /** Returns edges, right pairs, right directions, reversed edges, and SHD. */
  const figures = (graph: CausalGraph) => {
    const { estimatedEdges, trueEdges, missing, reversed, otherwiseMarked, distance } = compareCausalGraphs(
      truth(),
      graph,
    );
    const pairs = trueEdges - missing;
    return [estimatedEdges, pairs, pairs - reversed - otherwiseMarked, reversed, distance];
  };
  const search = (conditions: readonly string[], options: DiscoverOptions) =>
    discover(cells(conditions).columns, options);
  const gies = (
    conditions: readonly string[],
    options: DiscoverOptions = {},
    targets: Record<string, string[]> = TARGETS,
  ) => {
    const { columns, levels } = cells(conditions);
    const known = Object.fromEntries(conditions.map((condition) => [condition, targets[condition]]));
    return discover(columns, { ...options, algorithm: 'gies', environments: { levels, targets: known } }).graph;
  };
  const joint = (options: DiscoverOptions) => {
    const { columns, levels } = cells(ALL);
    const environments = { levels, reference: 'cd3_cd28', assigned: true };
    return discover(columns, { alpha: 0.001, ...options, environments });
  };

  test('observation alone directs no edge rightly', () => {
    const alone = search(['cd3_cd28'], { algorithm: 'ges' }).graph;
    expect(figures(alone)).toEqual([7, 7, 0, 2, 20]);
    expect(figures(search(['cd3_cd28'], { alpha: 0.01 }).graph)).toEqual([7, 7, 0, 4, 20]);
  });

  test('pooled rows, and gies with shared means, have many false edges', () => {
    expect(figures(search(ALL, { algorithm: 'ges' }).graph)).toEqual([35, 15, 6, 9, 34]);
    expect(figures(gies(ALL, { means: 'shared' }))).toEqual([42, 17, 12, 5, 33]);
  });

  test('gies with means of conditions has the graph of the published implementation', () => {
    const graph = gies(ALL, { penalty: 1 });
    // gies 0.0.3 of Python, fit_bic on the same rows and targets.
    const published = ['akt --> erk', 'mek --> raf', 'p38 --- jnk', 'pip2 --> pip3', 'pip2 --> plc', 'pka --> akt'];
    expect(edgeTexts(graph).sort()).toEqual([...published, 'pkc --> jnk', 'pkc --> p38', 'plc --> pip3']);
    expect(figures(graph)).toEqual([9, 8, 3, 5, 18]);
    expect(edgeTexts(gies(ALL))).toEqual(edgeTexts(graph));
    expect(figures(gies(ALL.slice(0, 7)))).toEqual([9, 8, 2, 6, 19]);
  });

  test('other targets give directions that are no worse', () => {
    const none = Object.fromEntries(ALL.map((condition) => [condition, []]));
    expect(figures(gies(ALL, {}, none))).toEqual([9, 8, 0, 0, 21]);
    const wrong = { aktinhib: 'raf', g0076: 'jnk', psitect: 'erk', u0126: 'p38', ly: 'plc', pma: 'raf', b2camp: 'p38' };
    const rotated = Object.fromEntries(Object.entries(wrong).map(([condition, name]) => [condition, [name]]));
    expect(figures(gies(ALL, {}, { ...TARGETS, ...rotated }))).toEqual([9, 8, 4, 3, 17]);
  });

  test('pc with contexts has the same pairs, and more right directions', () => {
    const { graph, environments } = joint({});
    expect(figures(graph)).toEqual([10, 9, 6, 3, 15]);
    const counts = environments!.levels.map(({ level, targets }) => [level, targets.length]);
    expect(Object.fromEntries(counts)).toEqual({
      cd3_cd28: 0,
      icam2: 9,
      aktinhib: 9,
      g0076: 11,
      psitect: 6,
      u0126: 7,
      ly: 4,
      pma: 10,
      b2camp: 9,
    });
  });

  test('fci with contexts leaves most ends open', () => {
    expect(figures(joint({ algorithm: 'fci' }).graph)).toEqual([10, 9, 1, 0, 20]);
  });

  test('the inhibitors do not cut their targets off from the neighbours', () => {
    const { columns, levels } = cells(ALL);
    const [raf, mek, erk, akt, pkc, p38] = ['raf', 'mek', 'erk', 'akt', 'pkc', 'p38'].map(
      (name) => columns.find((column) => column.name === name)!.values,
    );
    const within = (condition: string, a: Float64Array, b: Float64Array) =>
      correlation(
        a,
        b,
        levels.flatMap((level, row) => (level === condition ? [row] : [])),
      );
    expect(within('cd3_cd28', mek, raf)).toBeCloseTo(0.7, 2);
    expect(within('u0126', mek, raf)).toBeCloseTo(0.99, 2);
    expect(within('cd3_cd28', akt, erk)).toBeCloseTo(0.87, 2);
    expect(within('aktinhib', akt, erk)).toBeCloseTo(0.88, 2);
    expect(within('cd3_cd28', pkc, p38)).toBeCloseTo(0.68, 2);
    expect(within('g0076', pkc, p38)).toBeCloseTo(0.98, 2);
  });
});
