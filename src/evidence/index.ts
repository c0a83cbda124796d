// Evidence that is calibrated: cross-fitted latents, and what stands when they are tested.

export { testGraph, type Evidence, type LinkEvidence, type PairEvidence, type TestedGraph } from './evidence.js';
export { canonicalTest, fisher, holm, normalScores, type CanonicalTest } from './pair-test.js';
