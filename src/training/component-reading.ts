// Reads components, edges and likelihoods of every refined restart, to measure how far the restarts agree.

import { compile } from '../compile/index.js';
import { data, gather } from '../graph/index.js';
import { causeTerms } from '../data/causes.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { ComponentModel } from '../networks/components.js';
import type { NoiseSource } from '../networks/latent-prior.js';
import { latentLayout } from '../networks/layout.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { presentModalities } from './presence-table.js';
import type { Subspaces } from './component-stage.js';
import { usesGates, type FitConfig } from './config.js';
import { causeShapes } from './model-config.js';
import type { StageOutcome } from './outcome.js';
import type { ScoredReading } from './determination.js';

const MAX_SCORED = 4096;

/** Hard gates need no noise. */
const noNoise: NoiseSource = { normal: unreachable, uniform: unreachable };

/**
 * Reads the components of some subjects, and the likelihoods of up to 4,096 validation subjects.
 * @param rows subjects whose components are read
 */
export async function readComponents(
  { modalities, values, copies = 1, present, shared, split, causes }: Subspaces,
  config: FitConfig,
  { parameters, objectives }: Pick<StageOutcome, 'parameters' | 'objectives'>,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<ScoredReading[]> {
  const layout = latentLayout(modalities);
  const width = layout.latents;
  const gated = usesGates(config.sparsity);
  const shapes = causeShapes(causes);
  const settings = { ...config, ...config.sparsity, gates: gated, shared, causes: shapes };
  const model = new ComponentModel(layout, settings, objectives.length);
  const order = data('order', [1, 1, rows.length], 'int32');
  const u = data('u', [values.length / width, width]);
  const { z, edges, open } = model.read(gather(u, order), noNoise);
  const scored = split.validation.subarray(0, MAX_SCORED);
  const scoredOrder = data('scored', [1, 1, scored.length], 'int32');
  const known = present && gather(data('present', [values.length / width, modalities.length]), scoredOrder);
  // The subjects are the first rows, whatever the number of copies.
  const terms = shapes && causeBatches(shapes, causes![0].values.length, scoredOrder);
  const { logLikelihood } = model.logLikelihood(gather(u, scoredOrder), 'hard', noNoise, known, terms);
  const compiled = compile({
    runs: objectives.length,
    entries: { read: { outputs: { z, edges, open } }, score: { outputs: { logLikelihood } } },
  });
  const program = Program.load(compiled, options);
  try {
    program.set('data', 'u', values);
    if (present) program.set('data', 'present', presentModalities(present, copies));
    if (causes) for (const [name, table] of causeData(causeTerms(causes))) program.set('data', name, table);
    program.set('data', 'order', rows);
    program.set('data', 'scored', scored);
    for (const name of Object.keys(compiled.parameters)) program.set('parameters', name, parameters.get(name)!.values);
    const { results } = await program.run('read');
    const { results: scores } = await program.run('score');
    const { outputs } = compiled.entries['read'];
    return objectives.map((objective, run) => {
      const latents = new Float32Array(rows.length * width);
      for (let i = 0; i < width; i++) {
        const first = outputs['z'].offset + (run * width + i) * rows.length;
        for (let row = 0; row < rows.length; row++) latents[row * width + i] = results[first + row];
      }
      const at = outputs['edges'].offset + run * width * width;
      return {
        latents,
        edges: results.slice(at, at + width * width),
        alive: objective !== null,
        openGates: gated ? results[outputs['open'].offset + run] : 0,
        logLikelihood: scores.slice(run * scored.length, (run + 1) * scored.length),
      };
    });
  } finally {
    await program.dispose();
  }
}

function unreachable(): never {
  throw new TypeError('hard gates draw no noise');
}
