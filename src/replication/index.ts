// Replication: what a fit supports, tested once in a second cohort with the encoders of the fit.

export { hypothesesOf } from './hypotheses.js';
export { replicate, type Replication } from './replicate.js';
export type { FirstCohort } from './same-subjects.js';
export type { ModalityShift, Shift, ShiftKind } from './shift.js';
export { estimateText, hypothesisText, KIND_TEXTS, replicationReason } from './text.js';
