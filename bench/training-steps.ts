// Compares the time of a training step of the full model with PyTorch, interleaved, with the same number of threads.
// The opponent is the faster of eager and compile. The variant traced, our way to run PyTorch faster, is shown in
// addition.

import { BenchError } from './bench-error.js';
import {
  caseName,
  CASES,
  columnsOf,
  EXOGENOUS,
  LATENTS,
  objectiveName,
  shapeName,
  Training,
  type Case,
  type CaseWithTargets,
} from './cases.js';
import { Opponent, opponentText, threadsText, type OpponentEnvironment, type OpponentRequest } from './opponent.js';
import { peakRate } from './peak.js';
import { ratioBars } from './plots.js';
import { kernelTimes } from './profile.js';
import { announced, type Context, type Section } from './section.js';
import { target, type Target } from './targets.js';
import { interleaved, median } from './timing.js';

const VARIANTS = ['eager', 'compile', 'traced'] as const;
type Variant = (typeof VARIANTS)[number];
const OPPONENTS: readonly Variant[] = ['eager', 'compile'];
/** Variants that need no compiler. */
const QUICK_VARIANTS: readonly Variant[] = ['eager'];

interface StepRow extends Case {
  readonly threads: number;
  /** Minimal ratio; undefined if there is no target. */
  readonly target: number | undefined;
  readonly opponent: OpponentEnvironment;
  /** FLOP of the matrix products of our step. */
  readonly flops: number;
  /** Peak rate of one core in FLOP/s. */
  readonly peak: number;
  /** Milliseconds per step, every repetition. */
  readonly ours: readonly number[];
  readonly theirs: Readonly<Partial<Record<Variant, readonly number[]>>>;
  /** Error of each variant without times. */
  readonly errors: Readonly<Partial<Record<Variant, string>>>;
}

export const trainingSteps: Section<StepRow> = {
  name: 'steps',
  title: 'Training steps compared with PyTorch',
  shapes: CASES.map(shapeName),

  async *measure(context) {
    const cases = CASES.filter(context.wants);
    const opponents = context.threads.map((threads) => new WarmOpponent(threads));
    const variants = context.quick ? QUICK_VARIANTS : VARIANTS;
    try {
      // Compiling takes minutes the first time, so the processes for all thread counts compile at the same time.
      await Promise.all(opponents.map((opponent) => opponent.build(cases, variants, context.progress)));
      for (const opponent of opponents) {
        const text = (one: Case): string => `${caseName(one)}, ${threadsText(opponent.threads)}`;
        for (const one of announced(cases, context.progress, text)) {
          yield await measured(one, opponent, variants, context);
        }
      }
    } finally {
      await Promise.all(opponents.map((opponent) => opponent.dispose()));
    }
  },

  table: (rows) => ({
    head: [
      'objective',
      'batch / hidden / modalities / runs',
      'threads',
      'ours, ms',
      'eager, ms',
      'compile, ms',
      'ratio',
      'target',
      'ratio at peak',
      'traced, ms',
      'ratio to traced',
    ],
    rows: rows.map((row) => [
      objectiveName(row),
      shapeName(row).replaceAll('/', ' / '),
      String(row.threads),
      median(row.ours).toFixed(2),
      cell(row, 'eager'),
      cell(row, 'compile'),
      ratio(row)?.toFixed(2) ?? '–',
      row.target === undefined ? '–' : `≥ ${row.target}`,
      ratioAtPeak(row)?.toFixed(2) ?? '–',
      cell(row, 'traced'),
      ratio(row, ['traced'])?.toFixed(2) ?? '–',
    ]),
    note:
      'Ratio: time of the faster of eager and compile over ours. Ratio at peak: the same over the time of our matrix ' +
      "products alone at oneDNN's best rate on this processor, which no program with these products can exceed. " +
      opponentText(rows.map(({ opponent }) => opponent)),
  }),

  targets: (rows) =>
    rows.flatMap((row): Target[] => {
      if (row.target === undefined) return [];
      const name = `${caseName(row)}, ${threadsText(row.threads)}: PyTorch's time over ours`;
      return [target(name, ratio(row), 'at least', row.target)];
    }),

  plot: (rows) =>
    ratioBars(
      rows.map((row) => ({
        name: shapeName(row) + (row.jacobian ? ' + Jacobian' : ''),
        group: threadsText(row.threads),
        ratio: ratio(row),
        target: row.target,
        second: ratio(row, ['traced']),
      })),
    ),
};

/** Returns the median time of the fastest variant over ours, or undefined if one of the variants failed. */
function ratio({ ours, theirs, errors }: StepRow, variants: readonly Variant[] = OPPONENTS): number | undefined {
  const times = variants.map((variant) => theirs[variant]).filter((known) => known !== undefined);
  const failed = variants.some((variant) => variant in errors);
  return failed || times.length === 0 ? undefined : Math.min(...times.map(median)) / median(ours);
}

function ratioAtPeak(row: StepRow): number | undefined {
  const bound = (1000 * row.flops) / (row.peak * row.threads);
  return ratio({ ...row, ours: [bound] });
}

/** Returns the FLOP of a step from the profile of the engine. */
async function flopsOfStep(one: Case): Promise<number> {
  await using training = Training.load(one, { threads: 1, profile: true });
  await training.steps(1);
  return kernelTimes(training.program, 'free').reduce((sum, { flops }) => sum + flops, 0);
}

function cell({ theirs, errors }: StepRow, variant: Variant): string {
  const error = errors[variant];
  if (error !== undefined) return `failed: ${error.split('\n', 1)[0].slice(0, 60)}`;
  const times = theirs[variant];
  return times === undefined ? '–' : median(times).toFixed(2);
}

async function measured(
  one: CaseWithTargets,
  opponent: WarmOpponent,
  variants: readonly Variant[],
  { repetitions, seconds }: Context,
): Promise<StepRow> {
  const { threads } = opponent;
  await using ours = Training.load(one, { threads });
  const measurements: Partial<Record<Variant | 'ours', () => Promise<number>>> = {
    ours: () => ours.milliseconds(seconds),
  };
  const errors: Partial<Record<Variant, string>> = {};
  for (const variant of variants) {
    const theirs = async (steps: number): Promise<number> => {
      try {
        return await opponent.milliseconds(one, variant, steps);
      } catch (error) {
        errors[variant] = error instanceof Error ? error.message : String(error);
        return NaN;
      }
    };
    const steps = Math.max(3, Math.ceil((1000 * seconds) / (await theirs(3))));
    if (!(variant in errors)) measurements[variant] = () => theirs(steps);
  }
  const flops = await flopsOfStep(one);
  const peak = peakRate(seconds);
  const { ours: mine, ...theirs } = await interleaved(repetitions, measurements as Required<typeof measurements>);
  const { batch, hidden, modalities, runs, jacobian } = one;
  const environment = (await opponent.running()).environment;
  return {
    ...{ batch, hidden, modalities, runs, jacobian, threads },
    ...{ target: one.ratios.at(threads - 1), opponent: environment, flops, peak, ours: mine, theirs, errors },
  };
}

/**
 * PyTorch with a number of threads and warm models. It is started again if it has ended, because a single shape may
 * have caused that.
 */
class WarmOpponent {
  readonly threads: number;
  #opponent: Opponent | undefined;
  readonly #failed = new Map<string, unknown>();

  constructor(threads: number) {
    this.threads = threads;
  }

  /** Builds all models. A failure is reported when the model is measured. @throws BenchError without PyTorch */
  async build(cases: readonly Case[], variants: readonly Variant[], progress: Context['progress']): Promise<void> {
    await this.running();
    const builds = cases.flatMap((one) => variants.map((variant) => ({ one, variant })));
    const text = ({ one, variant }: (typeof builds)[number]): string =>
      `PyTorch builds ${variant}: ${caseName(one)}, ${threadsText(this.threads)}`;
    for (const { one, variant } of announced(builds, progress, text)) {
      await this.milliseconds(one, variant, 3).catch(() => undefined);
    }
  }

  /** Returns the median milliseconds of a step. */
  async milliseconds(one: Case, variant: Variant, steps: number): Promise<number> {
    const key = JSON.stringify([one, variant]);
    if (this.#failed.has(key)) throw this.#failed.get(key);
    try {
      const answer = await (await this.running()).measure(requestFor(one, variant, steps));
      return 1000 * answer.medianSecondsPerStep;
    } catch (error) {
      this.#failed.set(key, error);
      if (error instanceof BenchError && error.code === 'opponent-failed') this.#opponent = undefined;
      throw error;
    }
  }

  async running(): Promise<Opponent> {
    this.#opponent ??= await Opponent.start({ threads: this.threads });
    return this.#opponent;
  }

  async dispose(): Promise<void> {
    await this.#opponent?.dispose();
  }
}

function requestFor(one: Case, variant: Variant, steps: number): OpponentRequest {
  const { batch, hidden, modalities, runs, jacobian } = one;
  return {
    ...{ batch, hidden, modalities, runs, jacobian, columns: columnsOf(one), latents: LATENTS, exogenous: EXOGENOUS },
    ...{ concave: false, crossPrediction: false, variant, steps },
  };
}
