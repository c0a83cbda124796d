// The quality of a fit: figures, warnings, and their schema in run.json.

export { byImportance, listing } from './importance.js';
export { missingnessTests, type MissingnessTest } from './missingness.js';
export { canonicalTest, holm, normalScores, type CanonicalTest } from './pair-test.js';
export { compareSubspaces, needsNoNetwork, type Candidates, type SubspaceComparison } from './compare-subspaces.js';
export { affordableRows, linearMethodsOf, linearSample } from './linear-methods.js';
export { copiedColumns } from './copied-columns.js';
export { copiedRows, hasCopiedRows } from './copied-rows.js';
export { depthWarning, librarySizes, librarySizeWarning } from './library-size.js';
export { measureQuality } from './measure.js';
export type { ModelReading } from './modality-parts.js';
export {
  qualitySchema,
  subspaceChoiceSchema,
  type HeldOutShares,
  type LibrarySize,
  type ModalityQuality,
  type Quality,
  type QualityFigures,
  type SubspaceChoice,
  type Warning,
} from './schema.js';
export { sampledText } from './sampled-text.js';
export { subspacesText } from './compare-subspaces.js';
export {
  filled,
  heldOutSplit,
  measuredRows,
  maxSampled,
  observedMeans,
  spreadOver,
  tableOf,
  type MeasuredRows,
  type Table,
} from './tables.js';
export type { PerSplit } from './two-splits.js';
export { percentText, qualityWarnings } from './warnings.js';
