// Notes on differences between groups that a table, a figure, and a report share.

export const ONE_MODEL = 'One model was fitted to all groups together. All latents are out-of-fold.';
export const NOT_WHY =
  'A difference says that the groups differ, not why: groups can differ in age, or in anything else.';
export const RELIABILITY =
  'A slope or a correlation also differs if the latent varies less, or is measured less reliably, in one group. ' +
  'Compare the sd of the groups in the table subgroup-means before you interpret a difference.';

/** Beginning of the note on links that all subjects together have, and that the groups do not show inside. */
export const BETWEEN = 'Correlated in all subjects together, but not shown inside the groups: ';
