// The stages of a fit with observed causes on GPUs: they have the figures and parameters of the CPU.
// Levels have soft, shifted and perfect effects, and a dose acts too. The Gaussian search is not compared: it computes
// on the CPU, and rounding decides between two equally good optima.

import { describe, expect, test } from '@jest/globals';
import { levelTerms, numberTerms } from '../../src/data/cause-terms.js';
import type { Cause, CauseEffect } from '../../src/data/causes.js';
import { tableObservation } from '../../src/data/observation.js';
import { latentLayout } from '../../src/networks/layout.js';
import { RandomStream } from '../../src/random/random-stream.js';
import { CPU, type Device } from '../../src/runtime/device.js';
import { startedStage } from '../../src/training/component-stage.js';
import { fitConfig } from '../../src/training/config.js';
import { missingStage } from '../../src/training/missing-stage.js';
import { gateGroups } from '../../src/moments/cause-gates.js';
import type { FitStage } from '../../src/training/stage.js';
import { straighteningStage } from '../../src/training/straightening-stage.js';
import { Trainer } from '../../src/training/trainer.js';
import { BACKENDS } from '../fixtures/backends.js';
import { worstError } from '../fixtures/numbers.js';

const ROWS = 90;
const modalities = [2, 1].map((latents, m) => ({
  ...{ name: 'ab'[m], observation: tableObservation(4), exogenous: 0 },
  latents,
}));
const layout = latentLayout(modalities);
const D = layout.latents;
const random = new RandomStream(6, 1);
const part = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
const split = { train: part(0, 64), validation: part(64, ROWS), test: part(ROWS, ROWS) };

function levels(effect: CauseEffect, count: number): Cause {
  const names = Array.from({ length: count }, (_, level) => `${effect}${level}`);
  const values = Float64Array.from({ length: ROWS }, () => random.below(count));
  return {
    ...{ name: effect, kind: 'categorical', levels: names, assigned: true, effect },
    terms: levelTerms(names),
    values,
  };
}

function doses(): Cause {
  const values = Float64Array.from({ length: ROWS }, (_, row) => row % 4);
  const dose = { kind: 'ordered', values } as const;
  return { ...dose, name: 'dose', assigned: true, effect: 'soft', ...numberTerms(dose, split.train) };
}

const causes = [levels('soft', 2), levels('shift', 3), levels('perfect', 2), doses()];
const values = Float32Array.from(
  { length: ROWS * D },
  (_, at) => random.normal() + causes[1].values[Math.floor(at / D)],
);
const subspaces = { modalities, values, split, causes };
const config = fitConfig({ componentSteps: 100, batch: 32, hidden: 8, seed: 5 }, { subjects: 64 });

/** Two starts: a chain in which every cause acts on another latent, and one in which each acts on all. */
function starts() {
  const edges = Uint8Array.from({ length: D * D }, (_, at) => (at % D === Math.floor(at / D) - 1 ? 1 : 0));
  const maps = Float64Array.from({ length: D * D }, (_, at) => (at % (D + 1) === 0 ? 1 : 0));
  const groups = new Set(gateGroups(causes)).size;
  const each = Uint8Array.from({ length: groups * D }, (_, at) => (at % D === Math.floor(at / D) % D ? 1 : 0));
  return { fits: [each, each.map(() => 1)].map((gates) => ({ maps, edges, gates })), prices: [0, 0.1] };
}

const present = [0, 1].map((m) => Uint8Array.from({ length: ROWS }, (_, row) => (row % 4 === m ? 0 : 1)));
const STAGES: readonly [string, (device: Device) => FitStage][] = [
  ['straighten the subspaces', (device) => straighteningStage(subspaces, config, device)],
  [
    'start from the optima of a search',
    (device) => startedStage('components', subspaces, config, starts(), { device }),
  ],
  [
    'infer latents of absent modalities',
    (device) => missingStage('missing', { ...subspaces, present }, config, device),
  ],
];

async function trained(stage: FitStage, device: Device) {
  const trainer = await Trainer.create(stage, { threads: 1, device });
  try {
    for (let epoch = 0; epoch < 2; epoch++) await trainer.epoch();
    return trainer.state;
  } finally {
    await trainer.dispose();
  }
}

describe.each(STAGES)('stages that %s', (_, stage) => {
  let onCpu: ReturnType<typeof trained> | undefined;

  test.each(BACKENDS.filter(({ device }) => device.backend !== 'cpu'))('on $title', async ({ device }) => {
    onCpu ??= trained(stage(CPU), CPU);
    const [cpu, state] = [await onCpu, await trained(stage(device), device)];
    cpu.history.forEach(({ validation }, epoch) => {
      for (const [name, figures] of Object.entries(validation)) {
        const error = worstError(state.history[epoch].validation[name] as number[], figures as number[]);
        expect([name, error < 1e-4 ? 'equal' : error]).toEqual([name, 'equal']);
      }
    });
    expect(worstError(state.parameters, cpu.parameters)).toBeLessThan(1e-3);
  });
});
