// Quality of an estimate against a known truth: MCC, R², structural Hamming distance.

export { assign, type Assignment, type DenseMatrix } from './assignment.js';
export {
  aboveChance,
  chanceFloors,
  randomRotation,
  type ChanceFloor,
  type ChanceFloors,
  type ChanceOptions,
} from './chance-floor.js';
export {
  effectCoverage,
  targetScore,
  type CauseEffects,
  type CauseTargets,
  type EffectCoverage,
  type EstimatedEffect,
  type TargetScore,
} from './cause-metrics.js';
export { averageRanks, pearson, spearman, type CorrelationMatrix } from './correlation.js';
export {
  evaluate,
  type AgainstChance,
  type EstimatedLatents,
  type Evaluation,
  type LatentEvaluation,
  type LatentTable,
  type ModalityEvaluation,
  type TrueLatents,
} from './evaluate.js';
export { meanCorrelation, type MatchedCorrelation, type MeanCorrelation } from './mean-correlation.js';
export { countBelow } from './order.js';
export { kernelRidge } from './kernel-ridge.js';
export { pooledR2 } from './pooled-r2.js';
export { r2, type R2, type R2Options } from './r2.js';
export {
  block,
  column,
  selectColumns,
  selectRows,
  type LatentLayout,
  type MetricWarning,
  type Samples,
} from './samples.js';
export { sharingScore, type SharedSet, type SharingScore } from './sharing.js';
export { structuralHammingDistance, type EdgeDifferences, type StructuralDistance } from './structural-distance.js';
