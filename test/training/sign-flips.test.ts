// A latent that is flipped in the weights is its exact negative. Nothing else changes: likelihood, reconstructions,
// strengths and answers to questions stay the same, for every kind of fit.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ObservedValues } from '../../src/data/dataset.js';
import type { NetworkKind } from '../../src/data/network.js';
import { tableObservation, valueCount, type Observation } from '../../src/data/observation.js';
import { data, type Node } from '../../src/graph/index.js';
import { evaluate } from '../../src/graph/reference.js';
import { Inference, type ParameterValues } from '../../src/inference/inference.js';
import { LatentMechanisms } from '../../src/inference/latent-mechanisms.js';
import { noNoise } from '../../src/inference/batch-program.js';
import { LATENT_GATES } from '../../src/networks/latent-prior.js';
import { latentLayout, perLatent } from '../../src/networks/layout.js';
import { MultimodalModel, type ModelConfig } from '../../src/networks/multimodal.js';
import { blockPositions } from '../../src/networks/shared-block.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { flipLatents } from '../../src/training/flip-latents.js';

const table = (
  name: string,
  columns: number,
  latents: number,
  missing: { masked?: boolean; absent?: boolean } = {},
) => ({
  name,
  observation: tableObservation(columns, missing),
  latents,
  exogenous: 1,
});

function arrayModality(name: string, kind: 'image' | 'series', network: NetworkKind, more: Partial<Observation> = {}) {
  const sizes = kind === 'image' ? [8, 8] : [12];
  const positions = sizes.reduce((a, b) => a * b);
  const observation: Observation = {
    kind,
    shape: [2, ...sizes],
    network: { kind: network, dense: 6, ...(network === 'resnet18' ? { widths: [4, 4, 4, 4] } : { widths: [3] }) },
    parts: [0, 1].map((c) => ({
      likelihood: 'gaussian',
      from: c * positions,
      to: (c + 1) * positions,
      positions,
    })),
    masked: false,
    ...more,
  };
  return { name, observation, latents: 2, exogenous: 1 };
}

const PLAIN: ModelConfig = {
  modalities: [table('a', 4, 2), table('b', 4, 2), table('c', 3, 1)],
  hidden: 6,
  flow: 'mixture',
  components: 3,
  flowHidden: 4,
  within: true,
  graph: 'ordered',
  gates: true,
  componentMap: 0,
};
const MAPPED: ModelConfig = { ...PLAIN, componentMap: 5 };
const ABSENT = [
  table('a', 4, 2, { absent: true }),
  table('b', 4, 2, { absent: true }),
  table('c', 3, 1, { masked: true }),
];

const KINDS: Readonly<Record<string, ModelConfig>> = {
  'a joint fit': PLAIN,
  'a joint fit with an affine flow, without gates': { ...PLAIN, flow: 'affine', components: 1, gates: false },
  'a joint fit with encoders of its latents': { ...PLAIN, latentEncoders: true },
  'a two-stage fit': MAPPED,
  'a two-stage fit with an affine flow': { ...MAPPED, flow: 'affine', components: 1 },
  'a fit by correlation': { ...MAPPED, latentEncoders: true },
  'any order of the latents': { ...MAPPED, graph: 'acyclic' },
  cycles: { ...PLAIN, graph: 'cyclic' },
  'cycles behind a component map': { ...MAPPED, graph: 'cyclic' },
  'absent modalities and gaps': { ...MAPPED, modalities: ABSENT, absent: true, filling: 2 },
  'absent modalities, joint': { ...PLAIN, modalities: ABSENT, absent: true, filling: 1 },
  'shared latents': { ...MAPPED, shared: { latents: 1, modalities: [0, 1] } },
  'one modality': { ...PLAIN, modalities: [table('a', 4, 3)] },
  convolutions: {
    ...PLAIN,
    modalities: [arrayModality('p', 'image', 'conv'), arrayModality('s', 'series', 'conv1d'), table('a', 4, 2)],
  },
  'recurrent networks': {
    ...PLAIN,
    modalities: [arrayModality('s', 'series', 'lstm'), arrayModality('t', 'series', 'gru')],
  },
  'residual networks': { ...PLAIN, modalities: [arrayModality('p', 'image', 'resnet18'), table('a', 4, 2)] },
  'latents that shifts do not change': {
    ...MAPPED,
    latentEncoders: true,
    modalities: [arrayModality('p', 'image', 'conv', { shiftInvariant: 1 }), table('a', 4, 2)],
  },
  'latents that shifts do not change, without a map': {
    ...PLAIN,
    latentEncoders: true,
    modalities: [arrayModality('p', 'image', 'conv', { shiftInvariant: 1 }), table('a', 4, 2)],
  },
};

const ROWS = 9;

/** Returns parameters far from their initial zeros, with open and closed gates. */
function parametersOf(model: MultimodalModel, random: RandomStream): ParameterValues {
  const initial = model.parameters.initialValues([3]);
  return new Map(
    model.parameters.all
      .filter(({ name }) => !name.startsWith('crossPrediction'))
      .map(({ name, shape, rate }) => {
        const values = initial.get(name)!;
        if (name === LATENT_GATES) return [name, { shape, values: values.map(() => random.normal()) }];
        const isKept = rate === 'fixed' && !name.startsWith('componentMap');
        return [name, { shape, values: isKept ? values : values.map((value) => value + 0.3 * random.normal()) }];
      }),
  );
}

function valuesOf({ modalities }: ModelConfig, random: RandomStream): ObservedValues[] {
  return modalities.map(({ observation }, m) => {
    const width = valueCount(observation);
    const observed = observation.masked
      ? Uint8Array.from({ length: ROWS * width }, (_, at) => {
          if (observation.absent && Math.floor(at / width) === m) return 0;
          return random.normal() > -1 ? 1 : 0;
        })
      : undefined;
    const values = Float32Array.from({ length: ROWS * width }, (_, at) => (observed?.[at] === 0 ? 0 : random.normal()));
    return { values, ...(observed && { observed }) };
  });
}

/** Returns which latents are flipped. All copies of a shared latent are flipped together. */
function turnedOf(config: ModelConfig, bits: readonly boolean[]): boolean[] {
  return blockPositions(latentLayout(config.modalities), config.shared).map((position) => bits[position % bits.length]);
}

async function answers(config: ModelConfig, parameters: ParameterValues, values: readonly ObservedValues[]) {
  const inference = new Inference(config, 1, parameters, { threads: 1 });
  try {
    const [z] = await inference.encode(values, ROWS);
    const [posterior] = await inference.posterior(values, ROWS);
    const [x] = await inference.reconstruct(values, ROWS);
    const [strengths] = await inference.strengths(values, ROWS);
    return { z, posterior, x, strengths };
  } finally {
    await inference.dispose();
  }
}

/** Returns log p(z) with the map's log-determinant, per subject, in float64. @param v (z, η) per group */
function logDensity(model: MultimodalModel, parameters: ParameterValues, v: readonly Float64Array[]): Float64Array {
  const { layout, prior, config } = model;
  const leaves = layout.groups.map(({ members, latents, exogenous }, g) =>
    data(`v.${g}`, [1, members.length, latents + exogenous, ROWS]),
  );
  const present: Node | undefined = config.absent && data('present', [1, layout.modalities.length, ROWS]);
  const { z, logAbsDet } = model.components(leaves, present);
  const there = present && perLatent(layout, present);
  const density = prior.logDensity(z, prior.condition(z, prior.gates('hard', noNoise), there), there);
  const results = evaluate(logAbsDet ? [density, logAbsDet] : [density], {
    parameters: Object.fromEntries([...parameters].map(([name, tensor]) => [name, Float64Array.from(tensor.values)])),
    data: {
      ...Object.fromEntries(v.map((values, g) => [`v.${g}`, values])),
      present: Float64Array.from({ length: layout.modalities.length * ROWS }, (_, at) => Number(at % 5 !== 2)),
    },
  });
  return results[0].map((value, row) => value + (results.at(1)?.[row] ?? 0));
}

/** Returns a sample per group, and the same sample with flipped latents if the model has no component map. */
function samples(model: MultimodalModel, turned: readonly boolean[], random: RandomStream) {
  const { layout, config } = model;
  const before = layout.groups.map(({ members, latents, exogenous }) =>
    Float64Array.from({ length: members.length * (latents + exogenous) * ROWS }, () => random.normal()),
  );
  const after = layout.groups.map(({ members, latents, exogenous }, g) =>
    before[g].map((value, at) => {
      const entry = Math.floor(at / ROWS) % (latents + exogenous);
      const member = members[Math.floor(at / ROWS / (latents + exogenous))];
      const isTurned = config.componentMap === 0 && entry < latents && turned[layout.offsets[member] + entry];
      return isTurned ? -value : value;
    }),
  );
  return { before, after };
}

describe.each(Object.entries(KINDS))('%s', (_, config) => {
  const model = new MultimodalModel(config, 1);
  const layout = latentLayout(config.modalities);

  test('flipped latents are exactly −z; likelihood, reconstructions and strengths stay the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.boolean(), { minLength: layout.latents, maxLength: layout.latents }),
        async (seed, bits) => {
          const random = new RandomStream(seed, 1);
          const parameters = parametersOf(model, random);
          const turned = turnedOf(config, bits);
          const flipped = flipLatents(config, parameters, turned);
          const values = valuesOf(config, random);
          const [before, after] = [await answers(config, parameters, values), await answers(config, flipped, values)];
          const signs = turned.map((isTurned) => (isTurned ? -1 : 1));
          expect([...after.z].map((z) => z + 0)).toEqual(
            Array.from(before.z, (z, at) => z * signs[at % layout.latents] + 0),
          );
          expect(after.x).toEqual(before.x);
          expect(after.posterior.map(Math.abs)).toEqual(before.posterior.map(Math.abs));
          after.strengths.forEach((strength, at) => expect(strength).toBeCloseTo(before.strengths[at], 4));
          const v = samples(model, turned, random);
          const densities = [logDensity(model, parameters, v.before), logDensity(model, flipped, v.after)];
          densities[1].forEach((density, row) => expect(density).toBeCloseTo(densities[0][row], 8));
        },
      ),
      { numRuns: 6, examples: [[7, new Array<boolean>(layout.latents).fill(true)]] },
    );
  });

  test('a flipped latent responds to its parents as before, mirrored', () => {
    const random = new RandomStream(11, 1);
    const parameters = parametersOf(model, random);
    const turned = turnedOf(config, [true, false, true]);
    const [before, after] = [parameters, flipLatents(config, parameters, turned)].map(
      (values) => new LatentMechanisms(config, values),
    );
    const sign = new Float64Array(before.size).fill(1);
    blockPositions(layout, config.shared).forEach((position, at) => {
      if (turned[at]) sign[position] = -1;
    });
    const mirrored = (z: Float64Array) => z.map((value, i) => sign[i] * value);
    const [z, moved] = [0, 1].map(() => Float64Array.from({ length: before.size }, () => random.normal()));
    for (let latent = 0; latent < before.size; latent++) {
      const expected = sign[latent] * before.moved(latent, z, moved);
      expect(after.moved(latent, mirrored(z), mirrored(moved))).toBeCloseTo(expected, 6);
      expect(after.value(latent, mirrored(z), 0.7 * sign[latent])).toBeCloseTo(
        sign[latent] * before.value(latent, z, 0.7),
        6,
      );
    }
  });

  test('flipping twice restores the parameters, and the input is not changed', () => {
    const parameters = parametersOf(model, new RandomStream(2, 1));
    const copy = new Map([...parameters].map(([name, { values }]) => [name, values.slice()]));
    const turned = turnedOf(config, [true, true, false]);
    const twice = flipLatents(config, flipLatents(config, parameters, turned), turned);
    for (const [name, { values }] of parameters) {
      expect(values).toEqual(copy.get(name));
      expect(twice.get(name)!.values.map((value) => value + 0)).toEqual(values.map((value) => value + 0));
    }
  });
});
