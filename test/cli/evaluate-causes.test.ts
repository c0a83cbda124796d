// What `interlatent evaluate` compares of a fit with observed causes.

import { describe, expect, test } from '@jest/globals';
import { graphFromAdjacency, type LatentGraph } from '../../src/causal/index.js';
import { causeNotes, fittedEffects, fittedTargets } from '../../src/cli/evaluate-causes.js';
import { evaluate } from '../../src/metrics/index.js';

const plain = graphFromAdjacency([{ name: 'm1', latents: 3 }], new Int8Array(9));
const graph: LatentGraph = {
  ...plain,
  causes: [
    { name: 'arm', kind: 'categorical', levels: ['control', 'a1', 'a2'], assigned: true, effect: 'perfect' },
    { name: 'dose', kind: 'ordered', levels: ['0', '3'], reference: 0, assigned: true, effect: 'shift' },
  ],
  causeEdges: [
    { from: 'arm', level: 'a2', to: 'm1.z3' },
    { from: 'arm', level: 'a2', to: 'm1.z1' },
    { from: 'dose', to: 'm1.z2' },
  ],
};
const interval = { estimate: 1, lower: 0.5, upper: 1.5, lower90: 0.6, upper90: 1.4 };

describe('the causes of a fit', () => {
  test('have their edges by level, or once for a number', () => {
    expect(fittedTargets(graph)).toEqual({ causes: ['arm=a2', 'dose'], edges: Uint8Array.of(1, 0, 1, 0, 1, 0) });
    expect(fittedTargets({ ...graph, causeEdges: undefined })).toEqual({ causes: [], edges: new Uint8Array() });
    expect(fittedTargets(plain)).toBeUndefined();
  });

  test('have effects by level, and at the doses of the curve; untested ones are left out', () => {
    const effects = [
      { cause: 'arm', level: 'a1', latent: 'm1.z2', effect: interval },
      { cause: 'arm', level: 'a2', latent: 'm1.z1' },
      { cause: 'dose', latent: 'm1.z3', effect: interval, curve: [{ value: 3, ...interval, estimate: 2 }] },
    ];
    expect(fittedEffects(graph, effects)).toEqual([
      { cause: 'arm=a1', latent: 1, ...interval },
      { cause: 'dose=3', latent: 2, ...interval, estimate: 2 },
    ]);
    expect(fittedEffects(graph, undefined)).toBeUndefined();
  });

  test('have lines with F1 and coverage only if both sides have causes', () => {
    const z = { values: Float64Array.from({ length: 180 }, (_, i) => Math.sin(i * i)), rows: 60, columns: 3 };
    const modalities = [{ name: 'm1', latents: 3 }];
    const side = { z, modalities, adjacency: new Int8Array(9) };
    const targets = fittedTargets(graph)!;
    const truth = { ...side, targets, effects: { causes: ['arm=a1'], effects: [0, 1.45, 0] } };
    const estimate = {
      ...side,
      targets,
      effects: fittedEffects(graph, [{ cause: 'arm', level: 'a1', latent: 'm1.z2', effect: interval }]),
    };
    const notes = causeNotes(evaluate(truth, estimate)).join('\n');
    expect(notes).toMatch(/F1 1\.000; 3 of 3 are right, 3 are true/);
    expect(notes).toMatch(/0 % of 1 intervals of 90 % and 100 % of 95 % contain the true effect; error 0\.450 sd/);
    expect(causeNotes(evaluate(side, estimate))).toEqual([]);
  });
});
