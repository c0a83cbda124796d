// What a fit must remember to go on: everything a checkpoint holds besides the program itself.

/** By name, one value per run; null for a run that has stopped. */
export type RunValues = Readonly<Record<string, readonly (number | null)[]>>;

/** One line of metrics.jsonl: means over an epoch. */
export interface EpochMetrics {
  readonly part: string;
  /** Within the part, from 0. */
  readonly epoch: number;
  readonly stage: string;
  readonly learningRate: number;
  /** Every part of a fit has one. */
  readonly sparsityWeight?: number;
  readonly seconds: number;
  readonly training: RunValues;
  readonly validation: RunValues;
}

/** A run that left the finite numbers: it keeps its last finite state, the others go on. */
export interface RunFailure {
  readonly run: number;
  readonly step: number;
  /** The first tensor that was not finite. */
  readonly tensor: string;
}

export interface RunState {
  /** Epochs done. */
  epoch: number;
  parameters: Float32Array;
  moments: Float32Array;
  /** Parameters of each run at its best validation objective. */
  best: Float32Array;
  /** Best validation objective of each run; Infinity before the first. */
  bestObjective: number[];
  bestEpoch: number[];
  /** Last epoch in which any run improved. */
  improvedAt: number;
  failures: RunFailure[];
  history: EpochMetrics[];
}
