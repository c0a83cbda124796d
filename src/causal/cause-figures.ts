// Verdicts on effects of observed causes and on batches, and their reasons, as run.json and answers have them.

export const EFFECT_VERDICTS = ['supported', 'not-supported', 'undecided'] as const;
export type EffectVerdict = (typeof EFFECT_VERDICTS)[number];
/**
 * Why an effect is undecided. `too-few`: the level, or the reference, has too few subjects, groups or batches.
 * `confounded`: another cause or a batch has the same partition. `batch`: the batches of this modality have.
 * `not-replicated`: disjoint folds find different subspaces of the modality. `gaps`: which values of the modality are
 * missing, or who lacks it, depends on the cause. `leak`: the effect may belong to other latents of the modality,
 * because the latents of the folds are mixed. Then only the latents of the modality together are judged.
 * `inconsistent`: the folds disagree, and each of them is large enough to decide. `low-power`: 0.3 standard deviations
 * are not ruled out. `corrected`: the correction for the number of tests is not passed.
 */
export const EFFECT_REASONS = [
  'too-few',
  'confounded',
  'batch',
  'not-replicated',
  'gaps',
  'leak',
  'inconsistent',
  'low-power',
  'corrected',
] as const;
export type EffectReason = (typeof EFFECT_REASONS)[number];

export const DIRECT_VERDICTS = ['direct', 'through', 'undecided'] as const;
/**
 * Why a direct effect is undecided. `no-graph`: the graphs of the folds are not known, the cause varies within groups,
 * or its levels are several batches each. `not-measured`: the errors of the parents are not known, and could explain
 * what remains. `inconsistent`: folds or tests disagree. `order`: nothing remains given a latent that comes later in
 * the graphs of the folds, so the order of the two is not certain. `low-power`: 0.3 standard deviations are not ruled
 * out. `parents-differ`: the models of the folds have different parents.
 */
export const DIRECT_REASONS = [
  'no-graph',
  'not-measured',
  'inconsistent',
  'order',
  'low-power',
  'parents-differ',
] as const;
export type DirectVerdict = (typeof DIRECT_VERDICTS)[number];
export type DirectReason = (typeof DIRECT_REASONS)[number];

/** What the batches of a modality shift: its observation, or latents that other modalities share. */
export const BATCH_VERDICTS = ['batch', 'cause', 'undecided'] as const;
/**
 * Why it is undecided. `no-shift`: no shift is significant. `not-shared`: no other modality is associated with it.
 * `both`: parts of the shift are shared, and parts are not.
 */
export const BATCH_REASONS = ['no-shift', 'not-shared', 'both'] as const;
export type BatchVerdict = (typeof BATCH_VERDICTS)[number];
export type BatchReason = (typeof BATCH_REASONS)[number];
