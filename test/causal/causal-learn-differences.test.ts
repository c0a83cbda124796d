// Compares every answer of causal-learn on 80 random tables with ours. They are equal, or the difference is in
// golden/causal-learn-differences.json with its reason: the smallest set of choices that removes it
// (docs/explanation/causal-learn.md explains them). A new difference fails the test, and so does one that disappears.

import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  COLLIDER_PRIORITIES,
  COLLIDER_RULES,
  COMPATIBILITY_CHOICES,
  dSeparation,
  emptyCausalGraph,
  fci,
  gaussianBic,
  kci,
  type CompatibilityChoice,
  type DataColumn,
  type DiscoverOptions,
  type TestName,
} from '../../src/causal/discovery/index.js';
import { direct, isDirected, TAIL } from '../../src/causal/discovery/causal-graph.js';
import { findGraph, graphQuestions, testOf } from '../../src/causal/discovery/discover.js';
import { consistentDag } from '../../src/causal/discovery/search/dag-classes.js';
import { RememberedTest } from '../../src/causal/discovery/independence/independence.js';
import { answerLocally } from '../../src/causal/discovery/search/question-generator.js';
import { totalScore } from './all-dags.js';
import { dataFolder, describeWithData } from '../fixtures/skipping.js';

/** In an eighth of the tables, equal answers of PC are also computed with the choices of causal-learn. */
const isWhole = process.env.INTERLATENT_ALL_ANSWERS === '1';

const folder = join(dataFolder, 'causal_learn_random');

interface Expected {
  readonly name: string;
  readonly pc: Record<string, number[][]>;
  readonly fci: Record<string, number[][]>;
  readonly ges: Record<string, number[][]>;
}

/** Answers by algorithm and options, then by table. */
type Reasons = Record<string, Record<string, readonly CompatibilityChoice[]>>;

/**
 * One answer of causal-learn's FCI depends on the order of Python's hashes, which changes between processes. With
 * PYTHONHASHSEED 1, 2 and 4 it is this one, and with 0 and 3 the one in the file of the table. Entries count from 0.
 */
const BY_HASHES = { options: 'fci fisherz', table: 'gaussian_1065' };
const OTHER_HASHES = [
  { row: 2, column: 1, mark: 1 },
  { row: 2, column: 4, mark: -1 },
  { row: 2, column: 11, mark: 1 },
  { row: 11, column: 2, mark: 1 },
];

const inflated = (file: string) => gunzipSync(readFileSync(join(folder, file))).toString('utf8');
const isThere = existsSync(folder);
const tables = isThere ? (JSON.parse(inflated('expected.json.gz')) as Expected[]) : [];

function columnsOf(name: string): DataColumn[] {
  const [names, ...rows] = inflated(`${name}.csv.gz`)
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  return names.map((column, i) => ({ name: column, values: Float64Array.from(rows, (row) => Number(row[i])) }));
}

interface Case {
  readonly label: string;
  readonly options: DiscoverOptions;
  readonly expected: string;
}

// causal-learn numbers its priorities, starting with overwrite.
const PRIORITIES = ['overwrite', 'bidirect', 'existing', 'stronger', 'stronger-star'] as const;

function casesOf({ name, pc, fci, ges }: Expected): Case[] {
  const ofPc = Object.entries(pc).map(([key, matrix]): Case => {
    const [named, ruled, preferred] = key.split('_');
    const [rule, priority] = [COLLIDER_RULES[Number(ruled)], PRIORITIES[Number(preferred)]];
    const options = { algorithm: 'pc', test: named as TestName, rule, priority } as const;
    return { label: `pc ${named} ${rule} ${priority}`, options, expected: matrix.flat().join() };
  });
  const ofFci = Object.entries(fci).map(([named, matrix]): Case => {
    const label = `fci ${named}`;
    const marks = matrix.map((row) => [...row]);
    if (label === BY_HASHES.options && name === BY_HASHES.table) {
      for (const { row, column, mark } of OTHER_HASHES) marks[row][column] = mark;
    }
    return { label, options: { algorithm: 'fci', test: named as TestName }, expected: marks.flat().join() };
  });
  const ofGes = Object.entries(ges).map(([named, matrix]): Case => {
    const score = named === 'BIC' ? 'bic' : 'bdeu';
    return { label: `ges ${score}`, options: { algorithm: 'ges', score }, expected: matrix.flat().join() };
  });
  return [...ofPc, ...ofFci, ...ofGes];
}

const recordedReasons = JSON.parse(
  readFileSync(join(import.meta.dirname, '../golden/causal-learn-differences.json'), 'utf8'),
) as Partial<Record<string, Partial<Reasons[string]>>>;

/**
 * DAGs for which the FCI of causal-learn is wrong with the d-separation oracle, where nothing depends on choices:
 * [number of measured variables, number of all variables, cause and effect …]. It puts tails on both ends by R5, which
 * it applies to paths whose outer triples are not uncovered, or one tail by R10. Each was run with causal-learn.
 */
const THEIR_FAULTS: [measured: number, all: number, edges: string][] = [
  [6, 8, '53 63 51 61 52 12 70 30 10'],
  [7, 9, '16 10 60 70 13 03 14 34 84 65 05'],
  [7, 9, '70 76 32 62 71 61 21 05 15 74 34 04 84 24'],
];

/** All sets of choices, smaller ones first. */
const sets = COMPATIBILITY_CHOICES.reduce<CompatibilityChoice[][]>(
  (sets, choice) => [...sets, ...sets.map((set) => [...set, choice])],
  [[]],
).sort((a, b) => a.length - b.length);

describeWithData('causal_learn_random')('compared with causal-learn', () => {
  const reasons: Reasons = {};

  test('the priorities have the same order', () => {
    expect([...PRIORITIES].sort()).toEqual([...COLLIDER_PRIORITIES].sort());
    expect(tables.length).toBe(80);
  });

  test.each(tables)('$name', (table) => {
    const columns = columnsOf(table.name);
    const tests = new Map<string, RememberedTest>();
    for (const { label, options, expected } of casesOf(table)) {
      const answer = (compatibility: DiscoverOptions['compatibility']): string => {
        if (options.test === undefined) return findGraph(columns, { ...options, compatibility }).graph.marks.join();
        const known = tests.get(options.test) ?? new RememberedTest(testOf(columns, options));
        tests.set(options.test, known);
        return answerLocally(graphQuestions(known, { ...options, compatibility }), known).graph.marks.join();
      };
      const isEqual = answer([]) === expected;
      if (!isEqual || options.algorithm !== 'pc' || isWhole || tables.indexOf(table) % 8 === 0) {
        expect(`${label}: ${answer('causal-learn')}`).toBe(`${label}: ${expected}`);
      }
      if (isEqual) continue;
      const recorded = recordedReasons[label]?.[table.name] ?? [];
      const isSmallest = recorded.every((choice) => answer(recorded.filter((other) => other !== choice)) !== expected);
      const reason =
        isSmallest && answer(recorded) === expected ? recorded : sets.find((set) => answer(set) === expected);
      (reasons[label] ??= {})[table.name] = reason!;
    }
  });

  test.each(tables.filter(({ ges }) => 'BIC' in ges))(
    'GES with the penalty of causal-learn has no worse score, $name',
    (table) => {
      const columns = columnsOf(table.name);
      const score = gaussianBic(columns);
      const { graph } = findGraph(columns, { algorithm: 'ges', penalty: 1 });
      const theirs = { ...graph, marks: Int8Array.from(table.ges.BIC.flat()) };
      const [ours, other] = [graph, theirs].map((one) => totalScore(score, consistentDag(one)!));
      expect(ours).toBeGreaterThanOrEqual(other - 1e-6);
    },
  );

  test('every difference has a listed reason, and no other reason is listed', () => {
    expect(reasons).toEqual(recordedReasons);
  });
});

test.each(THEIR_FAULTS)(
  '%i of %i variables, %s: causal-learn has false tails, and our FCI has none',
  (measured, all, edges) => {
    const variables = Array.from({ length: all }, (_, i) => ({ name: `X${i + 1}` }));
    const dag = emptyCausalGraph(variables);
    for (const [cause, effect] of edges.split(' ')) direct(dag, Number(cause), Number(effect));
    const isCause = (i: number, j: number): boolean =>
      variables.some((_, k) => isDirected(dag, i, k) && (k === j || isCause(k, j)));
    const oracle = dSeparation(
      dag,
      variables.slice(0, measured).map(({ name }) => name),
    );
    const falseTails = (compatibility?: 'causal-learn') => {
      const { marks } = fci(oracle, compatibility && { compatibility }).graph;
      return [...marks.keys()].filter((at) => marks[at] === TAIL && !isCause(Math.floor(at / measured), at % measured));
    };
    expect(falseTails()).toEqual([]);
    expect(falseTails('causal-learn').length).toBeGreaterThan(0);
  },
);

test('kci of discover uses the requested choices', () => {
  const columns = ['a', 'b', 'c'].map((name, i) => {
    const values = Float64Array.from({ length: 60 }, (_, row) => Math.sin((i + 1) * (row + 1) ** 2) ** 3);
    return { name, values };
  });
  for (const compatibility of ['causal-learn', ['small-ridge']] as const) {
    const { p } = testOf(columns, { test: 'kci', compatibility }).test(0, 1, [2]);
    expect(p).toBe(kci(columns, { compatibility }).test(0, 1, [2]).p);
    expect(p).not.toBe(kci(columns).test(0, 1, [2]).p);
  }
});
