// Calibrated evidence: cross-fitted latents, the conclusions from tests of them, and a null distribution by
// permutation.

export type { OrderEvidence, OrderFit } from './order.js';
export { equivalentModels, type Equivalence, type EquivalentLink, type EquivalentModel } from './equivalence.js';
export {
  crossFit,
  fitFold,
  foldsOf,
  type CrossFit,
  type CrossFitOptions,
  type CrossFitSplit,
  type FitAndEncode,
  type HeldOutFold,
} from './cross-fit.js';
export { columnSets, formsOf, type TwoForms } from './forms.js';
export { correlationOf, crossCorrelations, partners } from './alignment.js';
export { FOLDS } from './folds.js';
export { canBeTested, splitsOf, testGraph, type Evidence, type TestedGraph } from './evidence.js';
export { takeUpLinks, type ExtendedGraph } from './take-up.js';
export { mechanisms, NOTABLE_MECHANISM, type Mechanism } from './mechanisms.js';
export { EVIDENCE_MODES, type EvidenceMode } from './modes.js';
export type { Interval } from './interval.js';
export { ALPHA, pairEvidence, type PairEvidence } from './pairs.js';
export { latentEvidence, type LatentEvidence } from './latents.js';
export { searchLatents, type LatentQuestion, type LatentSearch, type LinkEvidence } from './latent-search.js';
export { discoverLatents, type DiscoverLatentsOptions, type LatentDiscovery } from './discover-latents.js';
export type { DirectionEvidence } from './directions.js';
export { latentEffects, type EffectMember, type LatentEffects, type MemberEffect } from './latent-effects.js';
export { effectMembers } from './effect-members.js';
export { markovClass, type Ends } from './markov-class.js';
export type { FoldUnits, MeasuredColumns } from './variables.js';
export { sharedEvidence, type SameVariable, type SharedEvidence, type SharedSubset } from './shared-latents.js';
export { LINK_ALPHA, NOTABLE, type LinkVerdict } from './searched-link.js';
export { unrelatedModalities } from './gate.js';
export {
  batchEvidence,
  causeArrows,
  causeEvidence,
  NOTABLE_EFFECT,
  type BatchEvidence,
  type CauseEvidence,
  type DirectEffect,
  type TotalEffect,
} from './causes/index.js';
export { canonicalTest, holm, normalScores, type CanonicalTest } from '../quality/pair-test.js';
export {
  nullFit,
  permutationNull,
  type CauseNull,
  type NullFit,
  type NullOptions,
  type NullTests,
  type PairNull,
  type PermutationNull,
} from './permutation-null.js';
export type { SearchHooks, SearchProgress } from './search-pace.js';
export type { RefitOptions } from './question-shapes.js';
export {
  discoverWithRefits,
  refit,
  type FitAgain,
  type Refit,
  type Refits,
  type Refitted,
  type RefittedDiscovery,
} from './refits.js';
export {
  testHypotheses,
  type Hypothesis,
  type HypothesisKind,
  type ReplicationReason,
  type ReplicationVerdict,
  type SecondCohort,
  type TestedHypothesis,
} from './second-cohort/index.js';
