// The schedule of a stage: what changes from epoch to epoch. Stages state figures; only this file computes learning
// rates from them (METHOD section 9).

/** The plan of one epoch. */
export interface EpochPlan {
  /** The program's entry that trains in this phase. */
  readonly phase: string;
  /** Learning rates of the groups `weights` and `gates`. */
  readonly rates: readonly [number, number];
  /** Hyper-parameters by the name of their control, equal for all runs. The program may lack the control. */
  readonly controls: { readonly sparsityWeight: number } & Readonly<Record<string, number>>;
}

export interface Schedule {
  readonly epochs: number;
  readonly plan: (epoch: number) => EpochPlan;
}

/** Consecutive epochs of a stage with a common learning rate, which rises at first and falls in steps. */
export interface SchedulePhase {
  /** Name of the entry, also by epoch. Default: `train`. */
  readonly name?: string | ((epoch: number) => string);
  readonly epochs: number;
  /** Learning rate after the warm-up, until the first decay. */
  readonly rate: number;
  /** Learning rate of gates, relative to that of weights. Default: 5. */
  readonly gateRate?: number;
  /** The warm-up, in which the rate grows linearly. Default: none. */
  readonly warmUp?: { readonly epochs: number } | { readonly steps: number; readonly stepsPerEpoch: number };
  /** Shares of the epochs after which the rate falls. */
  readonly decayAt: readonly number[];
  /** Factor by which the rate falls each time. Default: 0.3. */
  readonly decay?: number;
  /** Returns the hyper-parameters of an epoch of the phase. `sparsityWeight` is 0 by default. */
  readonly controls?: (epoch: number) => Readonly<Record<string, number>>;
}

/** Returns the schedule of phases that follow one another. Each counts its epochs from 0. */
export function scheduleOf(...phases: readonly SchedulePhase[]): Schedule {
  return {
    epochs: phases.reduce((sum, { epochs }) => sum + epochs, 0),
    plan: (epoch) => {
      let first = 0;
      const isIn = ({ epochs }: SchedulePhase): boolean => epoch < first + epochs || ((first += epochs), false);
      const phase = phases.find(isIn)!;
      const { name = 'train', gateRate = 5, controls } = phase;
      const rate = learningRate(phase, epoch - first);
      return {
        phase: typeof name === 'string' ? name : name(epoch - first),
        rates: [rate, gateRate * rate],
        controls: { sparsityWeight: 0, ...controls?.(epoch - first) },
      };
    },
  };
}

function learningRate({ epochs, rate, warmUp, decayAt, decay = 0.3 }: SchedulePhase, epoch: number): number {
  const decayed = rate * decay ** decayAt.filter((share) => epoch / epochs >= share).length;
  if (warmUp === undefined) return decayed;
  const grown =
    'epochs' in warmUp ? (epoch + 1) / warmUp.epochs : ((epoch + 0.5) * warmUp.stepsPerEpoch) / warmUp.steps;
  return decayed * Math.min(1, grown);
}
