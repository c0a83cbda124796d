// The edges of observed causes in the graph of a fit: open gates, and direct effects against a linear model whose
// effects are known.

import { describe, expect, test } from '@jest/globals';
import type { Cause } from '../../src/data/causes.js';
import { tableObservation } from '../../src/data/observation.js';
import { CAUSE_GATES, CAUSE_MARGINAL, CAUSE_SHIFT, CAUSE_WEIGHT } from '../../src/networks/cause-effects.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { withCauseEdges } from '../../src/training/cause-edges.js';

const ROWS = 300;
const random = new RandomStream(4, 1);
const categorical = (name: string, effect: Cause['effect'], levels: string[]): Cause => ({
  ...{ name, kind: 'categorical', levels, assigned: true, effect },
  terms: levels.slice(1).map((level) => ({ level })),
  values: new Float64Array(ROWS),
});
// Terms: 0 and 1 of `arm`, 2 of `stage`, 3 of `dose`.
const arm = categorical('arm', 'shift', ['none', 'a', 'b']);
const stage = categorical('stage', 'perfect', ['early', 'late']);
const dose: Cause = {
  ...{ name: 'dose', kind: 'continuous', reference: 10, assigned: false, effect: 'soft' },
  terms: [{ zero: 10, sd: 2 }],
  values: Float64Array.from({ length: ROWS }, () => 10 + 2 * random.normal()),
};
const causes = [arm, stage, dose];

const config: ModelConfig = {
  modalities: ['a', 'b'].map((name) => ({ name, observation: tableObservation(3), latents: 1, exogenous: 0 })),
  ...{ hidden: 4, flow: 'affine', components: 1, flowHidden: 1, within: false, graph: 'ordered', gates: true },
  componentMap: 0,
  causes,
};

// Each layer has one unit, whose tanh is in its linear range: location = 0.5 · parent + 0.3 · dose term.
const small = 1e-3;
const [SLOPE, DOSE] = [0.5, 0.3];

/** Returns a model whose gates are open from some terms to some latents, as D × T. */
function linear(gates: readonly number[]) {
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([1]);
  const set = new Map<string, readonly number[]>([
    ['gates.logits', [0, 0, 1, 0]],
    ['flow.0.weight', [0, 0, small, 0]],
    ['flow.0.bias', [0, 0]],
    ['flow.1.weight', [1, 1]],
    ['flow.1.bias', [10, 10]],
    ['flow.2.weight', [0, 0, SLOPE / small, 0]],
    ['flow.2.bias', [0, 0, (-10 * SLOPE) / small, 0]],
    [CAUSE_GATES, gates],
    [CAUSE_WEIGHT, [0, (DOSE / SLOPE) * small]],
    // Latents × terms of shifting causes.
    [CAUSE_SHIFT, [0.7, -1.1, 0.2, 0.4]],
    // Latents × (location, log scale).
    [CAUSE_MARGINAL, [0, 0, 2.5, 0]],
  ]);
  return new Map(
    model.parameters.all.map(({ name, shape }) => {
      const values = set.has(name) ? Float32Array.from(set.get(name)!) : initial.get(name)!;
      return [name, { shape, values }] as const;
    }),
  );
}

const latents = Float32Array.from(
  Array.from({ length: ROWS }, (_, row) => {
    const parent = random.normal() + 1;
    return [parent, SLOPE * parent + (DOSE * (dose.values[row] - 10)) / 2 + random.normal()];
  }).flat(),
);
const terms = Float32Array.from(
  Array.from({ length: ROWS }, (_, row) => [0, 0, 0, (dose.values[row] - 10) / 2]).flat(),
);
const nodes = ['a', 'b'].map((name) => ({ name: `${name}.z1`, modality: name, index: 0 }));
const graph = { nodes, edges: [], strengths: new Float64Array(4), runs: 1 };

const edgesOf = (gates: readonly number[]) =>
  withCauseEdges(graph, causes, { model: config, parameters: linear(gates) }, { latents, terms });
const used = latents.subarray(0, 2 * 256);
const valuesOf = (latent: number) => Array.from({ length: 256 }, (_, row) => used[2 * row + latent]);
const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const sdOf = (latent: number) => {
  const values = valuesOf(latent);
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};

describe('withCauseEdges', () => {
  test('an edge is an open gate, and causes are nodes with or without edges', () => {
    const { causes: known, causeEdges } = edgesOf([1, 0, 0, 0, 0, 1, 1, 1]);
    expect(known!.map(({ name }) => name)).toEqual(['arm', 'stage', 'dose']);
    expect(known![2]).toEqual({ name: 'dose', kind: 'continuous', reference: 10, assigned: false, effect: 'soft' });
    expect(causeEdges!.map(({ from, level, to }) => [from, level, to])).toEqual([
      ['arm', 'a', 'a.z1'],
      ['arm', 'b', 'b.z1'],
      ['stage', 'late', 'b.z1'],
      ['dose', undefined, 'b.z1'],
    ]);
    expect(edgesOf(new Array<number>(8).fill(0))).toMatchObject({ causes: known, causeEdges: [] });
  });

  test('a shift is its constant, and a dose its slope, in sd of the latent', () => {
    const { causeEdges } = edgesOf([1, 0, 0, 0, 0, 1, 0, 1]);
    const [first, second, slope] = causeEdges!.map(({ effect }) => effect!);
    expect(first).toBeCloseTo(0.7 / sdOf(0), 5);
    expect(second).toBeCloseTo(0.4 / sdOf(1), 5);
    // The sd of the doses is that of all subjects, in whose units the term is 2.
    const doses = Array.from(dose.values);
    const mean = meanOf(doses);
    const sd = Math.sqrt(meanOf(doses.map((value) => (value - mean) ** 2)));
    expect(slope).toBeCloseTo((DOSE * sd) / 2 / sdOf(1), 3);
  });

  test('a perfect level replaces location and parents: the mean of the noise, and the new location, are left', () => {
    const { causeEdges } = edgesOf([0, 0, 0, 0, 0, 0, 1, 0]);
    const noise = valuesOf(1).map((value, row) => value - SLOPE * valuesOf(0)[row]);
    const expected = 2.5 + meanOf(noise) - meanOf(valuesOf(1));
    expect(causeEdges![0].effect).toBeCloseTo(expected / sdOf(1), 3);
  });
});
