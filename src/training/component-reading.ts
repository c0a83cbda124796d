// Reads components, edges and likelihoods of restarts, to compare restarts and to measure how far they agree.

import { compile, type CompiledProgram } from '../compile/index.js';
import { data, gather, type Node } from '../graph/index.js';
import { causeTerms } from '../data/causes.js';
import { causeBatches, causeData } from '../networks/cause-effects.js';
import { ComponentModel } from '../networks/components.js';
import type { NoiseSource } from '../networks/latent-prior.js';
import { latentLayout } from '../networks/layout.js';
import type { ParameterValues } from '../inference/inference.js';
import { Program, type ProgramOptions } from '../runtime/program.js';
import { presentModalities } from './presence-table.js';
import type { Subspaces } from './component-stage.js';
import { usesGates, type FitConfig } from './config.js';
import { causeShapes } from './model-config.js';
import { runsOf, type StageOutcome } from './outcome.js';
import type { ScoredReading } from './determination.js';

/** Maximum number of subjects that are scored at once. */
const MAX_SCORED = 4096;
/** Maximum number of subjects by which restarts are compared. */
const MAX_COMPARED = 16_384;

/** Hard gates need no noise. */
const noNoise: NoiseSource = { normal: unreachable, uniform: unreachable };

/**
 * Reads the components of some subjects, and the likelihoods of up to 4,096 validation subjects.
 * @param rows subjects whose components are read
 */
export async function readComponents(
  subspaces: Subspaces,
  config: FitConfig,
  { parameters, objectives }: Pick<StageOutcome, 'parameters' | 'objectives'>,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<ScoredReading[]> {
  const { modalities, values, split } = subspaces;
  const { latents: width } = latentLayout(modalities);
  const runs = objectives.length;
  const model = componentModel(subspaces, config, runs);
  const u = data('u', [values.length / width, width]);
  const { z, edges, open } = model.read(gather(u, data('order', [1, 1, rows.length], 'int32')), noNoise);
  const scored = split.validation.subarray(0, MAX_SCORED);
  const logLikelihood = scoreOf(model, subspaces, scored.length);
  const compiled = compile({
    runs,
    entries: { read: { outputs: { z, edges, open } }, score: { outputs: { logLikelihood } } },
  });
  const program = loaded(compiled, subspaces, parameters, options);
  try {
    program.set('data', 'order', rows);
    program.set('data', 'scored', scored);
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
        openGates: usesGates(config.sparsity) ? results[outputs['open'].offset + run] : 0,
        logLikelihood: scores.slice(run * scored.length, (run + 1) * scored.length),
      };
    });
  } finally {
    await program.dispose();
  }
}

/**
 * Returns minus the mean log likelihood of some subjects, in nats, for each restart.
 * @param rows subjects; at most 16,384 of them count, evenly spread
 */
export async function componentLikelihoods(
  subspaces: Subspaces,
  config: FitConfig,
  parameters: ParameterValues,
  rows: Int32Array,
  options: ProgramOptions,
): Promise<number[]> {
  const runs = runsOf(parameters);
  const count = Math.min(rows.length, MAX_COMPARED);
  const chosen = Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
  const size = Math.min(count, MAX_SCORED);
  const logLikelihood = scoreOf(componentModel(subspaces, config, runs), subspaces, size);
  const compiled = compile({ runs, entries: { score: { outputs: { logLikelihood } } } });
  const program = loaded(compiled, subspaces, parameters, options);
  try {
    const sums = new Array<number>(runs).fill(0);
    for (let first = 0; first < count; first += size) {
      // The last subjects are scored with some of those before.
      const start = Math.min(first, count - size);
      program.set('data', 'scored', chosen.subarray(start, start + size));
      const { results } = await program.run('score');
      for (let run = 0; run < runs; run++) {
        for (let i = first - start; i < size; i++) sums[run] -= results[run * size + i] / count;
      }
    }
    return sums;
  } finally {
    await program.dispose();
  }
}

function componentModel(
  { modalities, shared, bends, causes }: Subspaces,
  config: FitConfig,
  runs: number,
): ComponentModel {
  const gates = usesGates(config.sparsity);
  const settings = { ...config, ...config.sparsity, gates, shared, bends, causes: causeShapes(causes) };
  return new ComponentModel(latentLayout(modalities), settings, runs);
}

/** Returns the log likelihood of the subjects of the leaf `scored`, `[runs, count]`. */
function scoreOf(model: ComponentModel, { modalities, values, present, causes }: Subspaces, count: number): Node {
  const { latents } = latentLayout(modalities);
  const rows = values.length / latents;
  const order = data('scored', [1, 1, count], 'int32');
  const u = gather(data('u', [rows, latents]), order);
  const known = present && gather(data('present', [rows, modalities.length]), order);
  const shapes = causeShapes(causes);
  // The subjects are the first rows, whatever the number of copies.
  const terms = shapes && causeBatches(shapes, causes![0].values.length, order);
  return model.logLikelihood(u, 'hard', noNoise, known, terms).logLikelihood;
}

/** Returns the program with parameters, subspaces and causes. */
function loaded(
  compiled: CompiledProgram,
  { values, present, copies = 1, causes }: Subspaces,
  parameters: ParameterValues,
  options: ProgramOptions,
): Program {
  const program = Program.load(compiled, options);
  program.set('data', 'u', values);
  if (present) program.set('data', 'present', presentModalities(present, copies));
  if (causes) for (const [name, table] of causeData(causeTerms(causes))) program.set('data', name, table);
  for (const name of Object.keys(compiled.parameters)) program.set('parameters', name, parameters.get(name)!.values);
  return program;
}

function unreachable(): never {
  throw new TypeError('hard gates draw no noise');
}
