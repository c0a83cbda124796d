// Time of a training step of the full model, ours and PyTorch's, interleaved in one run with the same threads.
// The opponent is the faster of eager and compile; traced, a way of running PyTorch that we made, stands beside it.

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
/** What needs no compiler. */
const QUICK_VARIANTS: readonly Variant[] = ['eager'];

interface StepRow extends Case {
  readonly threads: number;
  /** Least ratio; undefined where the issue names none. */
  readonly target: number | undefined;
  readonly opponent: OpponentEnvironment;
  /** Of the matrix products of our step. */
  readonly flops: number;
  /** What one core reaches at most, FLOP/s. */
  readonly peak: number;
  /** Milliseconds per step, every repetition. */
  readonly ours: readonly number[];
  readonly theirs: Readonly<Partial<Record<Variant, readonly number[]>>>;
  /** Why a variant has no times. */
  readonly errors: Readonly<Partial<Record<Variant, string>>>;
}

export const trainingSteps: Section<StepRow> = {
  name: 'steps',
  title: 'Training steps beside PyTorch',
  shapes: CASES.map(shapeName),

  async *measure(context) {
    const cases = CASES.filter(context.wants);
    const opponents = context.threads.map((threads) => new WarmOpponent(threads));
    const variants = context.quick ? QUICK_VARIANTS : VARIANTS;
    try {
      // Compiling takes minutes the first time, so all thread counts compile side by side.
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
      'Ratio: the faster of eager and compile over ours. Ratio at peak: over the time that our matrix ' +
      'products alone would take at ' +
      'the best rate oneDNN reaches on this chip, and nothing else: no program that computes them gets ' +
      `beyond. ${opponentText(rows.map(({ opponent }) => opponent))}`,
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
        beside: ratio(row, ['traced']),
      })),
    ),
};

/** The fastest of the variants' times over ours, by medians; undefined when one of them failed. */
function ratio({ ours, theirs, errors }: StepRow, variants: readonly Variant[] = OPPONENTS): number | undefined {
  const times = variants.map((variant) => theirs[variant]).filter((known) => known !== undefined);
  const failed = variants.some((variant) => variant in errors);
  return failed || times.length === 0 ? undefined : Math.min(...times.map(median)) / median(ours);
}

function ratioAtPeak(row: StepRow): number | undefined {
  const bound = (1000 * row.flops) / (row.peak * row.threads);
  return ratio({ ...row, ours: [bound] });
}

/** Counted by the engine's profile. */
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
 * PyTorch on so many threads, its models kept warm; started again when it has died, which one shape alone may cause.
 */
class WarmOpponent {
  readonly threads: number;
  #opponent: Opponent | undefined;
  readonly #failed = new Map<string, unknown>();

  constructor(threads: number) {
    this.threads = threads;
  }

  /** Builds what it can; what fails is told when its time is asked for. @throws DeviceError when there is no PyTorch */
  async build(cases: readonly Case[], variants: readonly Variant[], progress: Context['progress']): Promise<void> {
    await this.running();
    const builds = cases.flatMap((one) => variants.map((variant) => ({ one, variant })));
    const text = ({ one, variant }: (typeof builds)[number]): string =>
      `PyTorch builds ${variant}: ${caseName(one)}, ${threadsText(this.threads)}`;
    for (const { one, variant } of announced(builds, progress, text)) {
      await this.milliseconds(one, variant, 3).catch(() => undefined);
    }
  }

  /** Median time of a step. */
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
