// PC on data with a known graph: exactly the entries that the tests of causal-learn expect, and Sachs against its
// accepted graph.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  causalGraphFromText,
  causalGraphToMatrix,
  chiSquare,
  COLLIDER_PRIORITIES,
  COLLIDER_RULES,
  compareCausalGraphs,
  discover,
  fisherZ,
  gSquare,
  pc,
  type PcOptions,
} from '../../src/causal/discovery/index.js';
import { listFiles, readColumns, readText, sachsFolder, withCausalLearnTests } from './causal-learn-data.js';
import { edgeTexts } from './edge-texts.js';
import { describeWithData } from '../fixtures/skipping.js';

withCausalLearnTests('identical to causal-learn', () => {
  const rules = { 0: 'sepset', 1: 'maxp', 2: 'definite-maxp' } as const;
  const priorities = {
    '-1': 'stronger',
    0: 'overwrite',
    1: 'bidirect',
    2: 'existing',
    3: 'stronger',
    4: 'stronger-star',
  } as const;
  const tests = { fisherz: fisherZ, chisq: chiSquare, gsq: gSquare } as const;

  const expected = [
    ...listFiles(
      'linear_discrete_10',
      /^(?<data>linear|discrete)_(?<n>\d+)_pc_(?<test>\w+?)_0.05_stable_(?<rule>\d)_(?<priority>-?\d)\.txt$/,
    ).map(({ path, groups }) => ({
      path,
      ...groups,
      data: `linear_discrete_10/data_${groups.data}_${groups.n}.txt.gz`,
    })),
    ...listFiles(
      'bnlearn/pc_expected',
      /^(?<data>\w+)_pc_(?<test>\w+?)_0.05_stable_(?<rule>\d)_(?<priority>-?\d)\.txt$/,
    ).map(({ path, groups }) => ({ path, ...groups, data: `bnlearn/data/${groups.data}.txt.gz` })),
  ] as {
    path: string;
    data: string;
    test: keyof typeof tests;
    rule: keyof typeof rules;
    priority: keyof typeof priorities;
  }[];

  test('there is something to compare', () => {
    expect(expected.length).toBeGreaterThanOrEqual(8);
  });

  test.each(expected)('$path', ({ path, data, test: name, rule, priority }) => {
    const options: PcOptions = { rule: rules[rule], priority: priorities[priority] };
    const { graph } = pc(tests[name](readColumns(data)), options);
    expect(causalGraphToMatrix(graph)).toBe(readText(path).replaceAll('\r', ''));
  });

  test('five simulated variables give the CPDAG of their DAG', () => {
    const columns = readColumns('simulated_5node/test_pc_simulated_linear_gaussian_data.txt.gz');
    const directed = ['X1 --> X4', 'X2 --> X4', 'X3 --> X4', 'X3 --> X5', 'X4 --> X5'];
    expect(edgeTexts(discover(columns).graph).sort()).toEqual([...directed, 'X1 --- X2', 'X2 --- X3'].sort());
  });

  test.each(COLLIDER_RULES.flatMap((rule) => COLLIDER_PRIORITIES.map((priority) => [rule, priority] as const)))(
    'rule %s, priority %s gives the expected skeleton in every file: 25 of 30 true edges and 2 extra edges',
    (rule, priority) => {
      const { graph } = pc(fisherZ(readColumns('linear_discrete_10/data_linear_10.txt.gz')), { rule, priority });
      const truth = causalGraphFromText(readText('linear_discrete_10/graph.10.txt'));
      expect(compareCausalGraphs(truth, graph)).toMatchObject({ trueEdges: 30, missing: 5, extra: 2 });
    },
  );

  test('the order of the columns does not change skeleton and separating sets', () => {
    const columns = readColumns('linear_discrete_10/data_linear_10.txt.gz');
    const turned = [...columns].reverse();
    const [a, b] = [columns, turned].map((data) => pc(fisherZ(data)));
    const { missing, extra } = compareCausalGraphs(a.graph, b.graph);
    expect([missing, extra]).toEqual([0, 0]);
    const sets = ({ separations }: typeof a) =>
      separations
        .map(({ pair, conditioning }) => `${[...pair].sort().join()}|${[...conditioning!].sort().join()}`)
        .sort();
    expect(sets(b)).toEqual(sets(a));
  });
});

describeWithData('sachs')('Sachs against its accepted graph (docs/explanation/causal-learn.md)', () => {
  const truth = () =>
    causalGraphFromText(readFileSync(join(sachsFolder(), 'sachs.2005.ground.truth.graph.txt'), 'utf8'));
  const log = () =>
    readColumns('sachs.2005.continuous.txt.gz', sachsFolder()).map((c) => ({ ...c, values: c.values.map(Math.log) }));

  test('the 853 undisturbed cells, Fisher z on logarithms: no wrong edge, a third of the edges', () => {
    const flags = readColumns(
      'sachs.2005.continuous.discrete.experimental.mixed.maximum.2.txt.gz',
      sachsFolder(),
    ).slice(11);
    const isAlone = flags[0].values.map((flag, i) =>
      flag === 1 && flags.slice(1).every((f) => f.values[i] === 0) ? 1 : 0,
    );
    const columns = log().map((c) => ({ ...c, values: c.values.filter((_, i) => isAlone[i] === 1) }));
    expect(columns[0].values.length).toBe(853);
    expect(compareCausalGraphs(truth(), discover(columns).graph).adjacency).toEqual({ precision: 1, recall: 7 / 20 });
  });

  test('all 7,466 cells, interventions ignored', () => {
    expect(compareCausalGraphs(truth(), discover(log()).graph).adjacency).toEqual({ precision: 10 / 22, recall: 0.5 });
  });

  test('5,400 cells in three levels, χ²', () => {
    const columns = readColumns('sachs.2005.discrete.txt.gz', sachsFolder());
    const { adjacency } = compareCausalGraphs(truth(), discover(columns, { test: 'chisq' }).graph);
    expect(adjacency).toEqual({ precision: 19 / 31, recall: 19 / 20 });
  });
});
