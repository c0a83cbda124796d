// The record on disk of one fit of an experiment. A fit that has its record is not run again.

import * as z from 'zod';
import { writeFileAtomic } from '../../src/files/atomic.js';
import { METHODS } from './experiment.js';
import { readRecordFile } from './record-file.js';

const FORMAT = 'interlatent-experiment-1';

const measures = {
  /** Spearman MCC, matched within modalities, or over all latents if the method does not separate modalities. */
  mcc: z.number(),
  /** Chance MCC: mean MCC (Spearman) of random rotations of the true latents within each modality. */
  chance: z.number(),
  mccPearson: z.number(),
  r2: z.number(),
  /** Cross-modality edges that differ, a reversal counting 1; null for a method without a graph. */
  shd: z.number().nullable(),
  /** Number of edges in `shd` that join the right pair in the wrong direction. */
  reversed: z.number().nullable(),
  trueEdges: z.number().nullable(),
};

const recordSchema = z.object({
  format: z.literal(FORMAT),
  experiment: z.string(),
  seed: z.int().min(0),
  method: z.enum(METHODS),
  /** Settings of the simulation and of the fit. A record of other settings is refused. */
  settings: z.string(),
  ...measures,
  /** Value of the swept setting with the best MCC, which the measures above are for; '' without a swept setting. */
  setting: z.string(),
  /** Measures of all values of the swept setting. */
  sweep: z.array(z.object({ setting: z.string(), ...measures })),
  /**
   * MCC of the restart that the fit chose, and of the best one by the truth. Both are measured before the polish, on
   * training subjects; null for a method without restarts.
   */
  restarts: z.object({ chosen: z.number(), best: z.number() }).nullable().default(null),
  /** Time of the fit alone. */
  seconds: z.number(),
  version: z.string(),
});

export type Measures = z.infer<z.ZodObject<typeof measures>>;
export type ExperimentRecord = z.infer<typeof recordSchema>;
export type NewRecord = Omit<ExperimentRecord, 'format'>;

/**
 * Returns the record at `path`, if there is one.
 * @throws InputError `checkpoint-mismatch` if its settings are not `settings`, `damaged-file`
 */
export async function readRecord(path: string, settings: string): Promise<ExperimentRecord | undefined> {
  return readRecordFile(path, recordSchema, settings, {
    damaged: 'is not the record of an experiment; remove it to run it again.',
    otherSettings: ' of the simulation, the fit or its defaults. Choose another --out, or remove it.',
  });
}

export async function writeRecord(path: string, record: NewRecord): Promise<ExperimentRecord> {
  const full: ExperimentRecord = { format: FORMAT, ...record };
  await writeFileAtomic(path, `${JSON.stringify(full, null, 2)}\n`);
  return full;
}
