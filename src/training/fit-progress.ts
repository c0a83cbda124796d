// Progress reports of a fit.

import type { StageName } from './stage.js';
import { RemainingTime } from './remaining-time.js';
import type { EpochMetrics } from './training-state.js';
import type { Trainer } from './trainer.js';

export interface FitProgress {
  /** Number of the held-out fold, from 0, while a cross-fit trains; left out in the fit itself. */
  readonly fold?: number;
  /** The running stage, and all stages of the fit in order. */
  readonly stage: StageName;
  readonly stages: readonly StageName[];
  /** Number of finished epochs of the stage. */
  readonly epoch: number;
  readonly epochs: number;
  /** Number of finished training steps of the current epoch. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  readonly stepsPerSecond: number;
  /**
   * Seconds until the last epoch of the stage at the present speed; Infinity until the speed is known. Early stopping
   * may end the stage sooner.
   */
  readonly secondsLeft: number;
  /** Metrics of the last finished epoch of the stage. */
  readonly metrics: EpochMetrics | undefined;
  /** Shards of the stage, in a fit that is shared by workers. */
  readonly shards?: ShardCount;
}

export interface ShardCount {
  readonly done: number;
  readonly all: number;
}

/**
 * Returns a function that reports the progress of a stage. Call it with the number of finished steps of the current
 * epoch.
 */
export function progressReporter(
  { stage, state }: Trainer,
  stages: readonly StageName[],
  onProgress: ((progress: FitProgress) => void) | undefined,
  shards?: ShardCount,
): (step: number) => void {
  const { name, epochs, stepsPerEpoch } = stage;
  const firstEpoch = state.epoch;
  const time = new RemainingTime();
  return (step) => {
    const { epoch } = state;
    const { stepsPerSecond, secondsLeft } = time.after(
      (epoch - firstEpoch) * stepsPerEpoch + step,
      (epochs - epoch) * stepsPerEpoch - step,
    );
    onProgress?.({
      stage: name,
      stages,
      epoch,
      epochs,
      step,
      stepsPerEpoch,
      stepsPerSecond,
      secondsLeft,
      metrics: state.history.at(-1),
      ...(shards && { shards }),
    });
  };
}
