// Evidence that is calibrated: cross-fitted latents, what stands when they are tested, and a null by permutation.

export { crossFit, fitFold, foldsOf, isEnough } from './cross-fit.js';
export { FOUND_AGAIN } from './found-again.js';
export {
  pairEvidence,
  testGraph,
  type Evidence,
  type LinkEvidence,
  type PairEvidence,
  type TestedGraph,
} from './evidence.js';
export { forbiddenEdges, unrelatedModalities, withForbidden } from './gate.js';
export { canonicalTest, fisher, holm, normalScores, type CanonicalTest } from '../quality/pair-test.js';
export {
  nullFit,
  permutationNull,
  type NullFit,
  type NullOptions,
  type PairNull,
  type PermutationNull,
} from './permutation-null.js';
export { discoverWithRefits, refit, type FitAgain, type Refit, type Refits, type Refitted } from './refit-bootstrap.js';
