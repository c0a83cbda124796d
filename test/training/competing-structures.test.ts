// Graphs with targets that compete in a fit with observed causes: which ones are the same, which ones flows compare,
// and which one wins.

import { describe, expect, test } from '@jest/globals';
import type { MomentFit } from '../../src/moments/moment-problem.js';
import type { LatentLayout } from '../../src/networks/layout.js';
import {
  competing,
  scoredByStructure,
  structureKey,
  type CompetingStarts,
} from '../../src/training/competing-structures.js';
import type { StageOutcome } from '../../src/training/outcome.js';

/** Two latents of one modality and two of another. */
const LAYOUT = { latents: 4, modalityOf: [0, 0, 1, 1] } as unknown as LatentLayout;

/** @param edges parent and child @param targets latents by gate */
function structure(
  edges: readonly (readonly [number, number])[],
  targets: readonly number[],
  objective = 0,
): MomentFit {
  const fit = { maps: new Float64Array(16), edges: new Uint8Array(16), gates: new Uint8Array(4 * targets.length) };
  for (const [parent, child] of edges) fit.edges[child * 4 + parent] = 1;
  targets.forEach((latent, gate) => (fit.gates[gate * 4 + latent] = 1));
  return { ...fit, likelihood: -objective, objective };
}

describe('structures', () => {
  const chain = structure(
    [
      [0, 1],
      [1, 2],
    ],
    [0],
  );

  test('are the same if only latents of a modality change places', () => {
    const exchanged = structure(
      [
        [1, 0],
        [0, 3],
      ],
      [1],
    );
    expect(structureKey(exchanged, LAYOUT)).toBe(structureKey(chain, LAYOUT));
  });

  test.each([
    [
      'another parent',
      structure(
        [
          [0, 1],
          [0, 2],
        ],
        [0],
      ),
    ],
    [
      'another direction',
      structure(
        [
          [1, 0],
          [1, 2],
        ],
        [0],
      ),
    ],
    [
      'another target',
      structure(
        [
          [0, 1],
          [1, 2],
        ],
        [1],
      ),
    ],
    [
      'latents of another modality',
      structure(
        [
          [2, 3],
          [3, 0],
        ],
        [2],
      ),
    ],
    ['one edge less', structure([[0, 1]], [0])],
  ])('differ by %s', (_, other) => {
    expect(structureKey(other, LAYOUT)).not.toBe(structureKey(chain, LAYOUT));
  });
});

describe('those that flows compare', () => {
  const fits = (objectives: Readonly<Record<'a' | 'b' | 'c', number>>): MomentFit[] =>
    [
      structure([[0, 1]], [0], objectives.a),
      structure([[1, 0]], [0], objectives.b),
      structure([[0, 2]], [0], objectives.c),
    ].sort((x, y) => x.objective - y.objective);
  const parentOf = ({ fit }: { readonly fit: MomentFit }): string => `${fit.edges.indexOf(1)}`;
  const [A, B, C] = ['4', '1', '8'];

  test('are the best over all searches, not the best of one', () => {
    // b is the best of the second search, and a the best on average.
    const searches = [fits({ a: 1, b: 1.019, c: 1.01 }), fits({ a: 5.001, b: 5, c: 5.01 })];
    expect(competing(searches, LAYOUT, 3).map(parentOf)).toEqual([A, B, C]);
    expect(competing(searches, LAYOUT, 1).map(parentOf)).toEqual([A]);
  });

  test('are near-ties of a best one', () => {
    expect(competing([fits({ a: 1, b: 1.5, c: 1.01 })], LAYOUT, 3).map(parentOf)).toEqual([A, C]);
  });
});

describe('scores', () => {
  // Two structures after two maps.
  const starts: CompetingStarts = {
    structures: [0, 0, 1, 1],
    sources: [0, 1, 0, 1],
    prices: [0.1, 0.1, 0.1, 0.1],
  };
  const outcome = { objectives: [1, 1, 1, 1] } as unknown as StageOutcome;
  const gaussian = [1, 1, 1.01, 1.01];
  const winner = (flows: readonly (readonly number[])[], subjects: number): number => {
    const { scores } = scoredByStructure(outcome, starts, { gaussian, flows }, subjects);
    return scores!.indexOf(Math.min(...(scores as number[])));
  };

  test('prefer a structure that is better after both maps to one that is best after one', () => {
    // Structure 1 has the lowest single value, after map 1, and is worse on average.
    expect(winner([[1, 1.1, 1.05, 1.07]], 1e6)).toBe(0);
    expect(winner([[1, 1.1, 0.98, 1.07]], 1e6)).toBe(2);
  });

  test('follow linear Gaussian mechanisms with few subjects, and flows with many', () => {
    const likelihoods = [[1, 1, 0.996, 0.996]];
    expect(winner(likelihoods, 500)).toBe(0);
    expect(winner(likelihoods, 50_000)).toBe(2);
  });

  test('count training and validation subjects equally', () => {
    expect(
      winner(
        [
          [1, 1, 0.9, 0.9],
          [1, 1, 1.05, 1.05],
        ],
        1e6,
      ),
    ).toBe(2);
    expect(
      winner(
        [
          [1, 1, 0.9, 0.9],
          [1, 1, 1.15, 1.15],
        ],
        1e6,
      ),
    ).toBe(0);
  });

  test('are means over maps also if a restart diverged', () => {
    const maps: CompetingStarts = {
      structures: [0, 0, 0, 1, 1, 1],
      sources: [0, 1, 2, 0, 1, 2],
      prices: new Array<number>(6).fill(0),
    };
    const diverged = { objectives: [1, 1, null, 1, 1, 1] } as unknown as StageOutcome;
    // Structure 0 has the lowest value, after map 0, and is worse on average over the maps that both have.
    const values = [1, 1.2, NaN, 1.05, 1.1, 1.05];
    const { scores } = scoredByStructure(diverged, maps, { gaussian: values, flows: [values] }, 1e6);
    expect(scores!.indexOf(Math.min(...scores!.map((score) => score ?? Infinity)))).toBe(3);
  });

  test('leave out restarts that diverged', () => {
    const diverged = { objectives: [1, null, 1, 1] } as unknown as StageOutcome;
    const { scores } = scoredByStructure(diverged, starts, { gaussian, flows: [[1, NaN, 0.9, 1]] }, 1e6);
    expect(scores![1]).toBeNull();
    expect(scores!.indexOf(Math.min(...scores!.map((score) => score ?? Infinity)))).toBe(2);
  });
});
