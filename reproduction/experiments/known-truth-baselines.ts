// Trains the baselines with the encoders of our fits on the same images and series with known latents. Each study,
// method and data seed has a record.

import { join } from 'node:path';
import * as z from 'zod';
import { BASELINES, settingsFor, type BaselineEstimate, type BaselineName } from '../baselines/index.js';
import { makeFolder } from '../../src/files/atomic.js';
import { evaluate } from '../../src/metrics/index.js';
import { version } from '../../src/runtime/package.js';
import type { KnownTruth, KnownTruthSource, KnownTruthStudy } from './known-truth.js';
import { figuresOf, figuresSchema, type KnownTruthFigures } from './known-truth-figures.js';
import { heldOut } from './measure.js';
import { readOrMakeRecord } from './record-file.js';
import type { WideOptions } from './wide.js';

const NAMES = Object.keys(BASELINES) as BaselineName[];

const recordSchema = z.object({
  experiment: z.string(),
  method: z.enum(NAMES),
  /** Seed of the data and of the training. */
  seed: z.int().min(0),
  /** Settings of the data and of the training. */
  settings: z.string(),
  /** Figures on test subjects, for every value of the swept setting. */
  sweep: z
    .array(figuresSchema.extend({ setting: z.string() }))
    .min(1)
    .readonly(),
  /** Time of all values of the setting together. */
  seconds: z.number(),
  version: z.string(),
});

export type BaselineRecord = z.infer<typeof recordSchema>;

export interface BaselineOptions extends Omit<WideOptions, 'fit'> {
  /** Factor of the training steps, 1 for a result. */
  readonly effort?: number;
  /** Default: the number of restarts of our fits. */
  readonly restarts?: number;
}

/**
 * Yields the records; every study and method gets its first seed before any gets its second.
 * @throws InputError `checkpoint-mismatch` or `damaged-file` for a record; what a baseline throws; the signal's
 *   reason
 */
export async function* knownTruthBaselines<Study extends KnownTruthStudy>(
  studies: readonly Study[],
  source: Pick<KnownTruthSource<Study>, 'settings' | 'simulate'>,
  { out, firstSeed = 0, seeds, threads, device, signal, onFit, effort = 1, restarts }: BaselineOptions,
): AsyncGenerator<BaselineRecord> {
  await makeFolder(join(out, 'fits'));
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    for (const study of studies) {
      const truth = source.simulate(study, seed);
      const { dataset, z: latents, adjacency } = truth;
      for (const method of NAMES) {
        signal?.throwIfAborted();
        const path = join(out, 'fits', `${study.id}-${method}-seed${seed}.json`);
        const used = settingsFor(BASELINES[method], dataset);
        const settings = JSON.stringify({
          ...source.settings(study),
          ...used,
          effort,
          ...(restarts !== undefined && { restarts }),
        });
        yield readOrMakeRecord(path, recordSchema, settings, async () => {
          onFit?.(`${study.title}, ${BASELINES[method].title}, seed ${seed}`);
          const started = performance.now();
          const request = {
            dataset,
            truth: { z: latents, adjacency },
            seed,
            effort,
            restarts,
            threads,
            device,
            signal,
          };
          const estimates = await BASELINES[method].fit(request);
          const seconds = (performance.now() - started) / 1000;
          const sweep = estimates.map((estimate) => ({ setting: estimate.setting, ...figures(truth, estimate) }));
          return { experiment: study.id, method, seed, settings, sweep, seconds, version };
        });
      }
    }
  }
}

/**
 * Compares estimates with the truth: within modalities, or over all latents if the method does not separate modalities.
 */
function figures({ dataset, z: latents }: KnownTruth, { blocks }: BaselineEstimate): KnownTruthFigures {
  const counts = dataset.modalities.map((modality) => modality.latents);
  const width = counts.reduce((sum, count) => sum + count, 0);
  const rows = dataset.split.test;
  const truth = heldOut(
    rows,
    [{ values: latents, latents: width }],
    blocks.length === counts.length ? counts : [width],
  );
  const estimate = heldOut(
    rows,
    blocks,
    blocks.map((block) => block.latents),
  );
  return figuresOf(evaluate(truth, estimate));
}
