// Edges and effects of observed causes against a known truth, checked by hand.

import { describe, expect, test } from '@jest/globals';
import { effectCoverage, evaluate, targetScore } from '../../src/metrics/index.js';
import { generator, normals } from '../fixtures/numbers.js';

describe('targetScore', () => {
  const truth = { causes: ['arm=a1', 'arm=a2', 'dose'], edges: [1, 0, 0, 1, 1, 0] };

  test('counts the edges of both sides after the matching', () => {
    // True latents 0 and 1 are the estimated latents 2 and 0; estimated latent 1 has no partner.
    const matching = [2, 0];
    const estimate = { causes: ['arm=a2', 'arm=a1'], edges: [1, 0, 0, 0, 1, 1] };
    // arm=a1 → 0 and arm=a2 → 1 are right; arm=a1 → the latent without a partner is wrong; dose → 0 is missing.
    expect(targetScore(truth, estimate, { matching, estimated: 3 })).toEqual({
      trueEdges: 3,
      estimatedEdges: 3,
      right: 2,
      f1: 2 / 3,
    });
  });

  test('is 1 for the truth itself, 0 without a right edge, and 1 if nobody has an edge', () => {
    const same = { matching: [0, 1], estimated: 2 };
    expect(targetScore(truth, truth, same).f1).toBe(1);
    expect(targetScore(truth, { causes: ['other'], edges: [1, 1] }, same)).toMatchObject({ right: 0, f1: 0 });
    expect(targetScore(truth, { causes: [], edges: [] }, same)).toMatchObject({ estimatedEdges: 0, f1: 0 });
    const none = { causes: ['arm=a1'], edges: [0, 0] };
    expect(targetScore(none, { causes: [], edges: [] }, same).f1).toBe(1);
  });

  test('true latents without a partner have no right edge', () => {
    expect(targetScore(truth, { causes: ['arm=a1'], edges: [1] }, { matching: [-1, 0], estimated: 1 })).toMatchObject({
      right: 0,
      estimatedEdges: 1,
    });
  });

  test('refuses edges of another size', () => {
    const wrong = { causes: ['arm=a1'], edges: [1] };
    expect(() => targetScore(truth, wrong, { matching: [0, 1], estimated: 2 })).toThrow(
      expect.objectContaining({
        code: 'shape-mismatch',
        message: expect.stringMatching(/1 causes and 2 latents need 2/),
      }),
    );
  });
});

describe('effectCoverage', () => {
  const truth = { causes: ['arm=a1', 'dose=3'], effects: [1, -0.5, 0.25, 0] };
  const interval = (estimate: number, half: number) => ({
    estimate,
    lower90: estimate - half,
    upper90: estimate + half,
    lower: estimate - 1.5 * half,
    upper: estimate + 1.5 * half,
  });

  test('counts intervals with the true effect, in the sign of the true latent', () => {
    const estimates = [
      // Estimated latent 1 is true latent 0 with the other sign: its effect is −1.
      { cause: 'arm=a1', latent: 1, ...interval(-0.9, 0.2) },
      // True latent 1: 0.12 from the truth, inside 95 % only.
      { cause: 'arm=a1', latent: 0, ...interval(-0.62, 0.1) },
      { cause: 'dose=3', latent: 1, ...interval(0.25, 0.1) },
      // No true partner, and no true effect.
      { cause: 'arm=a1', latent: 2, ...interval(0, 10) },
      { cause: 'dose=5', latent: 0, ...interval(0, 10) },
    ];
    const coverage = effectCoverage(truth, estimates, { matching: [1, 0], signs: [-0.9, 0.8] });
    expect(coverage).toMatchObject({ compared: 3, covered90: 1 / 3, covered95: 2 / 3 });
    expect(coverage.error).toBeCloseTo(Math.sqrt((0.1 ** 2 + 0.12 ** 2 + 0.5 ** 2) / 3), 12);
  });

  test('is null without effects in common', () => {
    expect(effectCoverage(truth, [], { matching: [0, 1], signs: [1, 1] })).toEqual({
      compared: 0,
      covered90: null,
      covered95: null,
      error: null,
    });
  });
});

describe('evaluate with causes and private latents', () => {
  const normal = normals(generator(3));
  const rows = 200;
  const z = Float64Array.from({ length: rows * 3 }, normal);
  const table = (columns: readonly ((row: number) => number)[]) => ({
    values: Float64Array.from({ length: rows * columns.length }, (_, at) =>
      columns[at % columns.length](Math.floor(at / columns.length)),
    ),
    rows,
    columns: columns.length,
  });
  const known = (i: number) => (row: number) => z[row * 3 + i];
  const truth = {
    z: table([known(0), known(1), known(2)]),
    modalities: [
      { name: 'camera', latents: 0 },
      { name: 'light', latents: 2 },
      { name: 'angle', latents: 1 },
    ],
    // 0 → 1 within light, 2 → 0 between modalities.
    adjacency: [0, 0, 1, 1, 0, 0, 0, 0, 0],
    targets: { causes: ['arm=a1'], edges: [0, 1, 0] },
    effects: { causes: ['arm=a1'], effects: [0, 1.5, 0] },
  };
  // camera.z1 is latent 2 without noise; light has a private latent first, and its other two exchanged.
  const estimate = {
    z: table([known(2), normal, (row) => -known(1)(row), known(0), (row) => known(2)(row) + normal()]),
    modalities: [
      { name: 'camera', latents: 1 },
      { name: 'light', latents: 3 },
      { name: 'angle', latents: 1 },
    ],
    adjacency: Array.from({ length: 25 }, (_, at) => Number([2 * 5 + 3, 3 * 5 + 4, 1 * 5 + 3, 2 * 5].includes(at))),
    targets: { causes: ['arm=a1'], edges: [0, 1, 1, 0, 0] },
    effects: [
      { cause: 'arm=a1', latent: 2, estimate: -1.4, lower90: -1.6, upper90: -1.2, lower: -1.7, upper: -1.1 },
      { cause: 'arm=a1', latent: 3, estimate: 0.3, lower90: 0.1, upper90: 0.5, lower: -0.1, upper: 0.7 },
    ],
  };

  test('matches true latents to the best ones, and ignores edges of latents without a partner', () => {
    const figures = evaluate(truth, estimate);
    expect(Object.keys(figures.modalities)).toEqual(['light', 'angle']);
    expect(figures.modalities.light.latents.map((latent) => latent.estimate)).toEqual(['light.z3', 'light.z2']);
    expect(figures.modalities.light.mcc).toBeCloseTo(1, 9);
    expect(figures.structure).toMatchObject({
      cross: { distance: 0, trueEdges: 1 },
      within: { distance: 0, trueEdges: 1 },
      // light.z2 → the private latent, and camera.z1 → light.z2.
      unmatchedEdges: 2,
    });
    // Over all latents, camera.z1 is the best match of the angle.
    expect(figures.globalMcc).toBeCloseTo(1, 9);
    expect(figures.mcc).toBeLessThan(0.95);
  });

  test('compares edges and effects of causes; both are left out if one side has none', () => {
    const figures = evaluate(truth, estimate);
    expect(figures.targets).toEqual({ trueEdges: 1, estimatedEdges: 2, right: 1, f1: 2 / 3 });
    expect(figures.effects).toMatchObject({ compared: 2, covered90: 0.5, covered95: 1 });
    const { targets: _targets, effects: _effects, ...plain } = truth;
    expect(Object.keys(evaluate(plain, estimate))).not.toEqual(expect.arrayContaining(['targets']));
    expect(Object.keys(evaluate(plain, estimate))).not.toEqual(expect.arrayContaining(['effects']));
  });
});
