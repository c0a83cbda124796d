// Compares the time of a training step of encoders of images and series with PyTorch, interleaved, with the same number
// of threads. The opponent is the fastest of eager and compile, in either memory format. With one thread processor time
// counts, which hardly depends on other processes; with more threads wall time counts.

import { NETWORK_CASES, networkName, NetworkTraining, type NetworkCase } from './network-cases.js';
import { Opponent, opponentText, threadsText, type NetworkRequest, type OpponentEnvironment } from './opponent.js';
import { announced, type Context, type Section } from './section.js';
import { target, type Target } from './targets.js';
import { interleaved, median, type Clock } from './timing.js';

const VARIANTS = ['eager', 'eager-last', 'compile', 'compile-last'] as const;
type Variant = (typeof VARIANTS)[number];

interface NetworkRow {
  readonly name: string;
  readonly threads: number;
  readonly target: number;
  readonly clock: Clock;
  readonly opponent: OpponentEnvironment;
  /** Milliseconds per step, every repetition. */
  readonly ours: readonly number[];
  readonly theirs: Readonly<Partial<Record<Variant, readonly number[]>>>;
  /** Error of each variant without times. */
  readonly errors: Readonly<Partial<Record<Variant, string>>>;
}

export const networkSteps: Section<NetworkRow> = {
  name: 'network-steps',
  title: 'Training steps of images and series compared with PyTorch',

  async *measure(context) {
    for (const threads of context.threads) {
      await using opponent = await Opponent.start({ threads });
      const text = (one: NetworkCase): string => `${networkName(one)}, ${threadsText(threads)}`;
      for (const one of announced(NETWORK_CASES, context.progress, text)) {
        yield await measured(one, opponent, context);
      }
    }
  },

  table: (rows) => ({
    head: ['network', 'threads', 'ours, ms', ...VARIANTS.map((variant) => `${variant}, ms`), 'ratio', 'target'],
    rows: rows.map((row) => [
      row.name,
      String(row.threads),
      median(row.ours).toFixed(1),
      ...VARIANTS.map((variant) => cell(row, variant)),
      ratio(row)?.toFixed(2) ?? '–',
      `≥ ${row.target}`,
    ]),
    note:
      "Ratio: time of PyTorch's fastest variant over ours; -last: channels-last. One thread: processor time; two " +
      `threads: wall time. ${opponentText(rows.map(({ opponent }) => opponent))}`,
  }),

  targets: (rows) =>
    rows.map((row): Target => {
      const name = `${row.name}, ${threadsText(row.threads)}: PyTorch's time over ours`;
      return target(name, ratio(row), 'at least', row.target);
    }),
};

/** Returns the median time of the fastest variant over ours, or undefined if there is none. */
function ratio({ ours, theirs }: NetworkRow): number | undefined {
  const times = VARIANTS.map((variant) => theirs[variant]).filter((known) => known !== undefined);
  return times.length === 0 ? undefined : Math.min(...times.map(median)) / median(ours);
}

function cell({ theirs, errors }: NetworkRow, variant: Variant): string {
  const times = theirs[variant];
  if (times !== undefined) return median(times).toFixed(1);
  const error = errors[variant];
  return error === undefined ? '–' : `failed: ${error.split('\n', 1)[0].slice(0, 60)}`;
}

async function measured(
  one: NetworkCase,
  opponent: Opponent,
  { quick, repetitions, seconds }: Context,
): Promise<NetworkRow> {
  const { threads } = opponent.environment;
  const clock: Clock = threads === 1 ? 'processor' : 'wall';
  await using ours = NetworkTraining.load(one, { threads });
  const measurements: Partial<Record<Variant | 'ours', () => Promise<number>>> = {
    ours: () => ours.milliseconds(seconds, clock),
  };
  const errors: Partial<Record<Variant, string>> = {};
  for (const variant of variantsOf(one, quick)) {
    const theirs = async (steps: number): Promise<number> => {
      const answer = await opponent.measure(requestFor(one, variant, steps));
      const { medianSecondsPerStep: wall, medianProcessorSecondsPerStep: processor } = answer;
      return 1000 * (clock === 'wall' ? wall : processor);
    };
    try {
      const steps = Math.ceil((1000 * seconds) / (await theirs(1)));
      measurements[variant] = () => theirs(steps);
    } catch (error) {
      errors[variant] = error instanceof Error ? error.message : String(error);
    }
  }
  const { ours: mine, ...theirs } = await interleaved(repetitions, measurements as Required<typeof measurements>);
  return {
    ...{ name: networkName(one), threads, target: one.ratios[Math.min(threads, 2) - 1], clock },
    ...{ opponent: opponent.environment, ours: mine, theirs, errors },
  };
}

/**
 * Returns the variants for a case. Series have no channels-last format. The compiled ResNet18 builds for minutes and is
 * slower: 0.81 and 0.93 s of processor time, compared with 0.62 s for eager. A quick run needs no compiler.
 */
function variantsOf({ network }: NetworkCase, quick: boolean): Variant[] {
  const compiles = !quick && network !== 'resnet18';
  return VARIANTS.filter(
    (variant) => !(network === 'lstm' && variant.endsWith('last')) && (compiles || !variant.startsWith('compile')),
  );
}

function requestFor(one: NetworkCase, variant: Variant, steps: number): NetworkRequest {
  return { ...one, variant, steps };
}
