// How far a fit is, as it tells it.

import type { PartName } from './part.js';
import { RemainingTime } from './remaining-time.js';
import type { EpochMetrics } from './run-state.js';
import type { Trainer } from './trainer.js';

export interface FitProgress {
  /** Left out in the fit itself; in its cross-fit the number of the half that is held out, from 0. */
  readonly fold?: number;
  /** The part that runs, and all parts of the fit in order. */
  readonly part: PartName;
  readonly parts: readonly PartName[];
  /** Epochs of the part done. */
  readonly epoch: number;
  readonly epochs: number;
  /** Training steps done in the running epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly stepsPerSecond: number;
  /**
   * Until the last epoch of the part at the present speed, Infinity until that is known; early stopping may end sooner.
   */
  readonly secondsLeft: number;
  /** The last whole epoch of the part. */
  readonly metrics: EpochMetrics | undefined;
  /** Of a fit that shares its work out: shards of the part that are done, and all of them. */
  readonly shards?: ShardCount;
}

export interface ShardCount {
  readonly done: number;
  readonly all: number;
}

/**
 * Tells of a part that trains from now on.
 * @returns to be called with the steps of the running epoch that are done
 */
export function progressTeller(
  { part, state }: Trainer,
  parts: readonly PartName[],
  onProgress: ((progress: FitProgress) => void) | undefined,
  shards?: ShardCount,
): (step: number) => void {
  const { name, epochs, stepsPerEpoch } = part;
  const firstEpoch = state.epoch;
  const time = new RemainingTime();
  return (step) => {
    const { epoch } = state;
    const { stepsPerSecond, secondsLeft } = time.after(
      (epoch - firstEpoch) * stepsPerEpoch + step,
      (epochs - epoch) * stepsPerEpoch - step,
    );
    onProgress?.({
      ...{ part: name, parts, epoch, epochs, step, stepsPerEpoch, stepsPerSecond, secondsLeft },
      metrics: state.history.at(-1),
      ...(shards && { shards }),
    });
  };
}
