// How much a fit tests; apart from the tests, so that whoever checks an option loads none of them.

/** One split into folds, or several. */
export const EVIDENCE_MODES = ['quick', 'full'] as const;
export type EvidenceMode = (typeof EVIDENCE_MODES)[number];
