// Tests of what a first study supports in a second cohort.

export type { SecondCohort } from './cohort.js';
export type {
  Hypothesis,
  HypothesisKind,
  ReplicationReason,
  ReplicationVerdict,
  TestedHypothesis,
} from './hypotheses.js';
export { testHypotheses } from './tests.js';
