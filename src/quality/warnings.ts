// Warnings about the figures of a fit, one function per rule. Texts are full sentences.

import { listing } from './importance.js';
import { MIN_BOTH } from './modality-parts.js';
import type { ModalityQuality, QualityFigures, SubspaceChoice, Warning } from './schema.js';
import type { PerSplit } from './two-splits.js';

/** Minimum advantage of a linear method for a warning. */
const NOTABLE = 0.01;
/** Minimum difference for the warning `overfit`, in addition to held-out below half of training. */
const OVERFIT = 0.1;
/** With a larger p, shuffled latents count as equally good predictors of held-out subjects. */
const CHANCE = 0.05;
/** Fewer held-out subjects give uncertain figures. */
const FEW = 20;
/** Maximum number of named outliers. */
const MAX_NAMED = 10;
/** Further facts about the fit. */
export interface Fitted {
  /** The subspaces in which the components were found; left out for a joint fit. */
  readonly subspaces?: SubspaceChoice['chosen'] | undefined;
  /** Modalities whose counts are relative to a size. Linear methods see the size in the counts, latents do not. */
  readonly sized?: readonly string[];
}

/** Returns the warnings of all rules, one of each kind. */
export function qualityWarnings(figures: QualityFigures, fitted: Fitted = {}): Warning[] {
  return [
    ...linearIsBetter(figures, fitted),
    ...overfit(figures),
    ...nothingShared(figures),
    ...outliers(figures),
    ...fewHeldOut(figures),
    ...notMeasured(figures),
  ];
}

/** Returns a share as `19.5 %` or `−3.0 %`; `–` if it is null. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1).replace('-', '−')} %`;
}

/** True if enough held-out subjects have the modality and another one. Otherwise only `few-held-out` warns of it. */
function isMeasuredWell({ both }: ModalityQuality): boolean {
  return both === undefined || both.heldOut >= FEW;
}

function linearIsBetter({ modalities }: QualityFigures, { subspaces, sized = [] }: Fitted): Warning[] {
  const compared = modalities.filter((modality) => isMeasuredWell(modality) && !sized.includes(modality.name));
  const items = compared.flatMap(({ name, prediction, linear }) => {
    const best = linear.at(0);
    const reached = best?.heldOut ?? null;
    if (best === undefined || reached === null || reached <= 0) return [];
    if (prediction.heldOut !== null && reached - prediction.heldOut <= NOTABLE) return [];
    return [`${name}: ${best.method} ${percentText(reached)}, these latents ${percentText(prediction.heldOut)}`];
  });
  return listing(
    'linear-is-better',
    items,
    "A linear method with the same number of dimensions explains more of the other modalities' columns in held-out " +
      'subjects. First log-transform or rank-transform (transform: rank) columns with outliers; then ' +
      (subspaces === 'linear' ? '' : 'fit again with training.subspaces: linear, or ') +
      'give the modality more latents (interlatent select).',
  );
}

function overfit({ modalities }: QualityFigures): Warning[] {
  const items = modalities.flatMap(({ name, reconstruction, prediction }) => {
    const parts = [
      { what: 'its columns', ...reconstruction },
      { what: "the other modalities' columns", ...prediction },
    ];
    return parts.flatMap(({ what, train, heldOut }) => {
      if (train === null || heldOut === null || train - heldOut <= OVERFIT || heldOut >= train / 2) return [];
      return [`${name}: training ${percentText(train)}, held-out ${percentText(heldOut)} of ${what}`];
    });
  });
  return listing(
    'overfit',
    items,
    'The fit explains less than half as much of held-out subjects as of training subjects. Add subjects, keep fewer ' +
      'columns, or lower training.hidden.',
  );
}

function nothingShared({ modalities }: QualityFigures): Warning[] {
  const items = modalities.filter(isMeasuredWell).flatMap(({ name, prediction: { heldOut, p } }) => {
    if (heldOut === null || (heldOut > 0 && p <= CHANCE)) return [];
    return [`${name}: ${percentText(heldOut)}; p of shuffled latents ${p.toFixed(2)}`];
  });
  return listing(
    'nothing-shared',
    items,
    "Some latents explain nothing of the other modalities' columns in held-out subjects.",
  );
}

function outliers({ outliers: all }: QualityFigures): Warning[] {
  if (all.length === 0) return [];
  const named = all.slice(0, MAX_NAMED).map(({ modality, column, split, sd }) => {
    return `${modality} ${column} (${Math.round(sd)} sd, ${split === 'test' ? 'held-out' : 'validation'})`;
  });
  const rest = all.length > MAX_NAMED ? ` and ${all.length - MAX_NAMED} more` : '';
  const which = all.length === 1 ? 'A column has a value' : `${all.length} columns have values`;
  return [
    {
      code: 'outlier',
      text:
        `${which} far outside the training data: ${named.join(', ')}${rest}. ` +
        'Such values dominate the results that they enter; correct them, or take the logarithm of their columns.',
    },
  ];
}

function fewHeldOut({ heldOut: { split, subjects }, modalities }: QualityFigures): Warning[] {
  const who = split === 'test' ? 'held-out' : 'validation';
  const items = modalities.flatMap(({ name, both, prediction }) =>
    both && both.heldOut < FEW && prediction.heldOut !== null
      ? [`${name}: ${both.heldOut} ${who} subjects have it and another modality`]
      : [],
  );
  if (subjects >= FEW && items.length === 0) return [];
  const few = subjects < FEW ? `Only ${subjects} ${who} subjects` : `Fewer than ${FEW} ${who} subjects for some`;
  const text = `${few}: held-out figures are uncertain.`;
  return [{ code: 'few-held-out', text, ...(items.length > 0 && { items }) }];
}

/** Returns the reasons why figures are missing from the table. */
function notMeasured({ heldOut: { split }, modalities }: QualityFigures): Warning[] {
  const who = split === 'test' ? 'held-out' : 'validation';
  const items = modalities.flatMap(({ name, reconstruction, both }) => {
    // A single modality, in a study with observed causes, has no others to explain.
    const lacking = both === undefined || modalities.length === 1 ? [] : lackingText(name, both, who);
    return reconstruction.heldOut === null
      ? [...lacking, `${name}: its values are constant in the ${who} subjects`]
      : lacking;
  });
  return listing(
    'not-measured',
    items,
    `Figures marked – could not be measured. Increase split.${split}, or add subjects who have several modalities.`,
  );
}

function lackingText(name: string, both: PerSplit<number>, who: string): string[] {
  const parts = [
    ['training', both.train, MIN_BOTH.train],
    [who, both.heldOut, MIN_BOTH.heldOut],
  ] as const;
  return parts.flatMap(([which, subjects, needed]) =>
    subjects < needed
      ? [`${name}: ${subjects} ${which} subjects have it and another modality, ${needed} are needed`]
      : [],
  );
}
