// The state of a stage in training: everything that a checkpoint holds, except for the program itself.

/** By name, one value per restart; null for a restart that has diverged. */
export type RestartValues = Readonly<Record<string, readonly (number | null)[]>>;

/** One line of metrics.jsonl, with means over an epoch. */
export interface EpochMetrics {
  readonly stage: string;
  /** Number of the epoch within the stage, from 0. */
  readonly epoch: number;
  readonly phase: string;
  readonly learningRate: number;
  /** Always present in the stages of a fit. */
  readonly sparsityWeight?: number;
  readonly seconds: number;
  readonly training: RestartValues;
  readonly validation: RestartValues;
}

/** A restart that diverged: it keeps its last finite state, and the other restarts continue. */
export interface RestartFailure {
  readonly restart: number;
  readonly step: number;
  /** Name of the first tensor that was not finite. */
  readonly tensor: string;
}

export interface TrainingState {
  /** Number of finished epochs. */
  epoch: number;
  parameters: Float32Array;
  moments: Float32Array;
  /** Parameters of each restart at its best validation objective. */
  best: Float32Array;
  /** Best validation objective of each restart; Infinity before the first one. */
  bestObjective: number[];
  bestEpoch: number[];
  /** Last epoch in which any restart improved. */
  improvedAt: number;
  failures: RestartFailure[];
  history: EpochMetrics[];
}
