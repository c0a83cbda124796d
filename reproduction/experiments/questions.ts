// Compares answers of a fitted model with the exact ones of the simulator: do(z), counterfactuals, and the imputation
// of a missing modality. A fitted latent is set to the value with the same quantile among training subjects as the true
// latent's value.

import { join } from 'node:path';
import * as z from 'zod';
import { makeFolder } from '../../src/files/atomic.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import type { DeviceName } from '../../src/runtime/device.js';
import { version } from '../../src/runtime/package.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { intervene } from '../../src/simulation/interventions.js';
import { simulate, type Simulation } from '../../src/simulation/simulate.js';
import { fitConfig, type FitSettings } from '../../src/training/config.js';
import { matchLatents } from './latent-match.js';
import {
  ANSWER_SETTINGS,
  compareCounterfactuals,
  compareImputation,
  compareInterventions,
} from './question-answers.js';
import { readOrMakeRecord, withEarlierKeys } from './record-file.js';

export const QUESTION_CASE = 'case3';
/** Values that true latents are set to, in sd. */
const VALUES = [-1, 1] as const;

const count = z.int().min(0);
const recordSchema = z.object({
  experiment: z.string(),
  seed: count,
  settings: z.string(),
  mcc: z.number(),
  /** Chance floor of the MCC. */
  chance: z.number(),
  /** An answer for every setting and every latent and column downstream of it (`InterventionAnswer`). */
  interventions: z.array(z.object({ set: z.string(), name: z.string(), error: z.number(), covered: z.number() })),
  /** An answer for every setting and column downstream of it (`CounterfactualAnswer`). */
  counterfactuals: z.array(
    withEarlierKeys(
      { remaining: 'left' },
      z.object({
        set: z.string(),
        name: z.string(),
        correlation: z.number(),
        error: z.number(),
        remaining: z.number(),
      }),
    ),
  ),
  /** An answer for every column of the last modality (`ImputationAnswer`). */
  imputation: z.array(z.object({ name: z.string(), r2: z.number(), best: z.number(), covered: z.number() })),
  seconds: z.number(),
  version: z.string(),
});

export type QuestionRecord = z.infer<typeof recordSchema>;

export interface QuestionOptions {
  /** Folder of the records. */
  readonly out: string;
  /** First data seed. Default: 0. */
  readonly firstSeed?: number | undefined;
  /** Number of data seeds. */
  readonly seeds: number;
  readonly fit?: FitSettings;
  /** 0 for one thread per core. */
  readonly threads: number;
  readonly device?: DeviceName;
  readonly signal?: AbortSignal;
  readonly onFit?: ((text: string) => void) | undefined;
}

/**
 * Yields a record for each data seed. @throws InputError `checkpoint-mismatch`, `damaged-file`; what a fit throws; the
 * signal's reason
 */
export async function* questionRecords(options: QuestionOptions): AsyncGenerator<QuestionRecord> {
  const { out, firstSeed = 0, seeds, fit = {}, signal, onFit } = options;
  await makeFolder(join(out, 'fits'));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    signal?.throwIfAborted();
    const experiment = 'questions';
    const path = join(out, 'fits', `${experiment}-seed${seed}.json`);
    const simulation = simulate(QUESTION_CASE, { seed });
    const settings = JSON.stringify({
      case: QUESTION_CASE,
      answers: ANSWER_SETTINGS,
      fit: fitConfig({ ...fit, seed }, { subjects: simulation.split.train.length }),
    });
    yield readOrMakeRecord(path, recordSchema, settings, async () => {
      onFit?.(`questions, ${QUESTION_CASE}, seed ${seed}`);
      return { experiment, seed, settings, ...(await answer(simulation, seed, options)) };
    });
  }
}

type Answers = Omit<QuestionRecord, 'experiment' | 'seed' | 'settings'>;

async function answer(
  simulation: Simulation,
  seed: number,
  { out, fit, threads, device, signal }: QuestionOptions,
): Promise<Answers> {
  const start = performance.now();
  const dataset = simulatedDataset(simulation);
  const folder = join(out, 'checkpoints', `questions-seed${seed}`);
  const hooks = { threads, device, signal, folder, resume: true };
  await using model = await MultimodalCausalModel.fit(dataset, { ...fit, seed, ...hooks, evidence: 'none' });
  const match = await matchLatents(model, dataset, simulation);
  const interventions: Answers['interventions'] = [];
  const counterfactuals: Answers['counterfactuals'] = [];
  for (const [latent, name] of match.names.entries()) {
    for (const value of VALUES) {
      signal?.throwIfAborted();
      const set = `${name} = ${value}`;
      const truth = intervene(simulation, { [name]: value });
      const setting = match.setting(latent, value);
      const effects = await compareInterventions(model, { simulation, truth, match, setting });
      interventions.push(...effects.map((one) => ({ set, ...one })));
      const columns = await compareCounterfactuals(model, { dataset, simulation, truth, setting });
      counterfactuals.push(...columns.map((one) => ({ set, ...one })));
    }
  }
  return {
    mcc: match.mcc,
    chance: match.chance,
    interventions,
    counterfactuals,
    imputation: await compareImputation(model, dataset, simulation),
    seconds: (performance.now() - start) / 1000,
    version,
  };
}
