// Cases in which some modalities share some latents: the tables, the truth, and the comparison of a fit with it.

import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { evaluate, sharingScore, type SharedSet } from '../../src/metrics/index.js';
import { CASES, latentNames, type CaseName } from '../../src/simulation/cases.js';
import { intervene } from '../../src/simulation/interventions.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { readTruth } from '../../src/simulation/truth.js';
import { readStudy } from '../../src/study/study.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const small = { samples: 60, test: 20 };
const NAMES = ['m1', 'm2', 'm3'];

/** Returns the modalities of each shared variable, as "m1 m2", from the values alone. */
function sharingOf({ z, modalities, latents, ids }: Simulation): string[] {
  const width = modalities.length * latents;
  const members = new Map<string, string[]>();
  for (let latent = 0; latent < width; latent++) {
    const values = ids.map((_, row) => z[row * width + latent]).join();
    members.set(values, [...(members.get(values) ?? []), modalities[Math.floor(latent / latents)].name]);
  }
  return [...members.values()].filter((names) => names.length > 1).map((names) => names.join(' '));
}

function edgesOf({ adjacency }: Simulation): { child: number; parent: number }[] {
  const width = Math.sqrt(adjacency.length);
  return [...adjacency.keys()]
    .filter((at) => adjacency[at] === 1)
    .map((at) => ({ child: Math.floor(at / width), parent: at % width }));
}

describe.each([
  ['partial-12', ['m1 m2']],
  ['partial-23', ['m2 m3']],
  ['partial-123', ['m1 m2 m3']],
  ['partial', ['m1 m2', 'm2 m3', 'm1 m2 m3']],
  ['partial-none', []],
] as const satisfies readonly (readonly [CaseName, readonly string[]])[])('%s', (name, sets) => {
  test('these modalities have the same values of a latent, and no others', () => {
    const simulation = simulate(name, { ...small, seed: 3 });
    expect(simulation.latents).toBe(3);
    expect(simulation.z).toHaveLength(80 * 9);
    expect(sharingOf(simulation).sort()).toEqual([...sets].sort());
  });

  test('nothing causes a shared latent, and every other latent is linked with another modality', () => {
    for (let seed = 0; seed < 10; seed++) {
      const simulation = simulate(name, { samples: 20, test: 2, seed, extraEdges: seed % 2 });
      const { variables } = simulation;
      const isShared = (latent: number) => variables.filter((variable) => variable === variables[latent]).length > 1;
      const edges = edgesOf(simulation);
      expect(edges.some(({ child }) => isShared(child))).toBe(false);
      const linked = edges.flatMap(({ child, parent }) =>
        Math.floor(child / 3) === Math.floor(parent / 3) ? [] : [child, parent],
      );
      const alone = [...variables.keys()].filter((latent) => !isShared(latent) && !linked.includes(latent));
      expect(alone).toEqual([]);
    }
  });

  test('truth.npz says which latents are copies; the study file leaves them to the fit', async () => {
    const simulation = simulate(name, { ...small, seed: 4, shuffled: true });
    const place = join(folder, name);
    await writeSimulation(simulation, place);
    const { variables } = await readTruth(join(place, 'truth.npz'));
    const { sets: known } = sharingScore(simulatedDataset(simulation).modalities, variables!, []);
    expect(known.map(({ modalities }) => modalities.join(' ')).sort()).toEqual(sharingOf(simulation).sort());
    const { dataset } = await readStudy(join(place, 'study.yaml'));
    expect(readFileSync(join(place, 'study.yaml'), 'utf8')).toMatch(/^shared: auto$/m);
    expect(dataset.shared).toBeUndefined();
    expect(dataset.fingerprint).toBe(simulatedDataset(simulation).fingerprint);
  });
});

test('an intervention on a copy sets the variable in all modalities that have it', () => {
  const simulation = simulate('partial-12', { ...small, seed: 1 });
  const names = latentNames(CASES['partial-12'], 3);
  const { z } = intervene(simulation, { 'm2.z3': 1.5 });
  for (const copy of ['m1.z3', 'm2.z3']) expect(z[names.indexOf(copy)]).toBe(1.5);
});

describe('the score of a fit', () => {
  const modalities = NAMES.map((name) => ({ name, latents: 2 }));
  // One variable of m1 and m2, and one of all.
  const variables = [0, 1, 0, 1, 1, 2];
  const set = (names: string, latents: number, isUndecided = false): SharedSet => ({
    modalities: names.split(' '),
    latents,
    isUndecided,
  });

  test.each([
    ['all right', [set('m1 m2 m3', 1), set('m2 m1', 1), set('m1 m3', 0)], 2, 2],
    ['one set is missed', [set('m1 m2 m3', 1)], 1, 2],
    ['a wrong number', [set('m1 m2 m3', 1), set('m1 m2', 2)], 1, 2],
    ['right, but perhaps more', [set('m1 m2 m3', 1), set('m1 m2', 1, true)], 1, 2],
    ['a set that shares nothing', [set('m1 m2 m3', 1), set('m1 m2', 1), set('m2 m3', 1)], 2, 3],
  ] as const)('%s', (_, sets, right, all) => {
    const score = sharingScore(modalities, variables, sets);
    expect([score.right, score.sets.length]).toEqual([right, all]);
  });

  test('is a part of an evaluation if the truth and the fit know what is shared', () => {
    const values = Float64Array.from({ length: 6 * 40 }, (_, i) => Math.sin(i * i));
    const latents = { z: { values, rows: 40, columns: 6 }, modalities };
    const shared = [set('m1 m2', 1)];
    expect(evaluate({ ...latents, variables }, { ...latents, shared }).sharing).toEqual({
      right: 1,
      sets: [
        { modalities: ['m1', 'm2'], true: 1, estimated: 1, isUndecided: false },
        { modalities: ['m1', 'm2', 'm3'], true: 1, estimated: 0, isUndecided: false },
      ],
    });
    expect(evaluate(latents, { ...latents, shared })).not.toHaveProperty('sharing');
    expect(evaluate({ ...latents, variables }, latents)).not.toHaveProperty('sharing');
  });
});
