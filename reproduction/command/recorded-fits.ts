// Experiments of `npm run reproduce --` that write one record per fit. Finished fits are never repeated, and their
// table is written even if other fits are not finished.

import { causeRecords, type CauseRecord, type CauseStudy } from '../experiments/causes.js';
import { causeTable, writeCauses } from '../experiments/cause-results.js';
import {
  realCauseRecords,
  writeRealCauses,
  type RealCauseRecord,
  type RealCauseStudy,
} from '../experiments/real-causes.js';
import { imputationRecords, type ImputationRecord } from '../experiments/imputation.js';
import { imputationTable, writeImputation } from '../experiments/imputation-results.js';
import { questionRecords, type QuestionRecord } from '../experiments/questions.js';
import { questionRows, questionTable, writeQuestions } from '../experiments/question-results.js';
import {
  knownTruthRecords,
  type KnownTruthRecord,
  type KnownTruthSource,
  type KnownTruthStudy,
} from '../experiments/known-truth.js';
import { knownTruthBaselines, type BaselineRecord } from '../experiments/known-truth-baselines.js';
import {
  baselineTable,
  knownTruthTable,
  writeKnownTruth,
  type KnownTruthPage,
  type KnownTruthResults,
} from '../experiments/known-truth-results.js';
import { wideRecords, type WideOptions, type WideRecord } from '../experiments/wide.js';
import { wideCells, wideTable, writeWide, type WideCell } from '../experiments/wide-results.js';
import type { WideStudy } from '../experiments/wide-studies.js';
import type { RunDescription } from '../experiments/write-results.js';
import type { DeviceName } from '../../src/runtime/device.js';
import { interruptible, Interrupted } from '../../src/cli/interrupt.js';
import { print } from '../../src/cli/output.js';

export interface ReproduceFlags {
  out: string;
  firstSeed?: number;
  seeds?: number;
  quick?: boolean;
  baselines?: boolean;
  threads: number;
  device: DeviceName;
  json?: boolean;
}

export const DEFAULT_SEEDS = 5;

/** Compares fits of real studies with linear methods. */
export async function runWide(studies: readonly WideStudy[], flags: ReproduceFlags): Promise<WideCell[]> {
  const records = await collected<WideRecord>(
    flags,
    (options) => wideRecords(studies, options),
    (done, run) => writeWide(flags.out, studies, done, run),
  );
  const cells = wideCells(studies, records);
  if (!flags.json) print(wideTable(cells));
  return cells;
}

/** Imputes removed cells of real studies. */
export async function runImputation(studies: readonly WideStudy[], flags: ReproduceFlags): Promise<ImputationRecord[]> {
  const records = await collected<ImputationRecord>(
    flags,
    (options) => imputationRecords(studies, options),
    (done, run) => writeImputation(flags.out, studies, done, run),
  );
  if (!flags.json) print(imputationTable(studies, records));
  return records;
}

interface KnownTruthTask<Study extends KnownTruthStudy> {
  readonly page: KnownTruthPage;
  readonly studies: readonly Study[];
  /** Studies for the baselines, if requested. */
  readonly baselines: readonly Study[];
  readonly source: KnownTruthSource<Study>;
}

/** Fits images or series with known latents. */
export async function runKnownTruth<Study extends KnownTruthStudy>(
  { page, studies, baselines, source }: KnownTruthTask<Study>,
  flags: ReproduceFlags,
): Promise<(KnownTruthRecord | BaselineRecord)[]> {
  const write = (results: KnownTruthResults, run: Pick<RunDescription, 'command' | 'threads'>) =>
    writeKnownTruth(flags.out, page, results, run);
  const records = await collected<KnownTruthRecord>(
    flags,
    (options) => knownTruthRecords(studies, source, options),
    (done, run) => write({ studies, records: done }, run),
  );
  if (!flags.json) print(knownTruthTable(page, { studies, records }));
  if (!flags.baselines) return records;
  const compared = await collected<BaselineRecord>(
    flags,
    (options) => knownTruthBaselines(baselines, source, options),
    (done, run) => write({ studies, records, baselines: { studies: baselines, records: done } }, run),
  );
  if (!flags.json) print(`\n${baselineTable(page, { studies: baselines, records: compared })}`);
  return [...records, ...compared];
}

/** Fits simulated data with observed causes. */
export async function runCauses(studies: readonly CauseStudy[], flags: ReproduceFlags): Promise<CauseRecord[]> {
  const records = await collected<CauseRecord>(
    flags,
    (options) => causeRecords(studies, { ...options, seeds: flags.seeds }),
    (done, run) => writeCauses(flags.out, studies, done, run),
  );
  if (!flags.json) print(causeTable(studies, records));
  return records;
}

/** Fits real data with observed causes, each study once. */
export async function runRealCauses(
  studies: readonly RealCauseStudy[],
  flags: ReproduceFlags,
): Promise<RealCauseRecord[]> {
  return collected<RealCauseRecord>(
    { ...flags, seeds: flags.seeds ?? 1 },
    (options) => realCauseRecords(studies, options),
    (done, run) => writeRealCauses(flags.out, studies, done, run),
  );
}

/** Asks questions to fits of simulated data. */
export async function runQuestions(flags: ReproduceFlags): Promise<QuestionRecord[]> {
  const records = await collected<QuestionRecord>(flags, questionRecords, (done, run) =>
    writeQuestions(flags.out, done, run),
  );
  if (!flags.json) print(questionTable(questionRows(records)));
  return records;
}

async function collected<Record>(
  { out, firstSeed, seeds = DEFAULT_SEEDS, threads, device, json }: ReproduceFlags,
  recordsOf: (options: WideOptions) => AsyncGenerator<Record>,
  write: (done: readonly Record[], run: Pick<RunDescription, 'command' | 'threads'>) => Promise<unknown>,
): Promise<Record[]> {
  const records: Record[] = [];
  const onFit = json ? undefined : (text: string) => process.stderr.write(`${text}\n`);
  try {
    await interruptible(async (signal) => {
      try {
        for await (const record of recordsOf({ out, firstSeed, seeds, threads, device, signal, onFit })) {
          records.push(record);
        }
      } catch (error) {
        if (!signal.aborted || error !== signal.reason) throw error;
        throw new Interrupted(`Stopped. The table of finished fits is in ${out}. The same command continues.`);
      }
    });
  } finally {
    if (records.length > 0) await write(records, { command: commandText(), threads });
  }
  return records;
}

/** Returns the command line of this process. */
export function commandText(): string {
  return `npm run reproduce -- ${process.argv.slice(2).join(' ')}`;
}
