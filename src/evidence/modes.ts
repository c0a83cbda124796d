// The extent of the tests of a fit. This module is separate so that a check of options does not load the tests.

/** `quick`: one split into folds; `full`: several. */
export const EVIDENCE_MODES = ['quick', 'full'] as const;
export type EvidenceMode = (typeof EVIDENCE_MODES)[number];
