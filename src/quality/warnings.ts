// What a reader of a fit's figures must be told. One rule each; texts are whole sentences.

import { listing } from './importance.js';
import { MIN_BOTH } from './modality-parts.js';
import type { ModalityQuality, QualityFigures, SubspaceChoice, Warning } from './schema.js';
import type { PerSplit } from './two-splits.js';

/** A linear method is told of from this difference on. */
const NOTABLE = 0.01;
/** Overfit: held-out less than half of training, and this much below. */
const OVERFIT = 0.1;
/** From here on held-out subjects whose latents are shuffled are predicted as well. */
const CHANCE = 0.05;
/** Fewer held-out subjects say little. */
const FEW = 20;
/** Outliers that are named. */
const MAX_NAMED = 10;

/** What warnings need to know besides the figures. */
export interface Fitted {
  /** What the components were found in; left out for a joint fit. */
  readonly subspaces?: SubspaceChoice['chosen'] | undefined;
  /** Modalities whose counts are relative to a size: linear methods see the size in the counts, latents do not. */
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

/** 19.5 %, −3.0 %. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1).replace('-', '−')} %`;
}

/** Of fewer held-out subjects than the others no conclusion is drawn: `few-held-out` names the modality. */
function isMeasuredWell({ both }: ModalityQuality): boolean {
  return both === undefined || both.heldOut >= FEW;
}

function linearIsBetter({ modalities }: QualityFigures, { subspaces, sized = [] }: Fitted): Warning[] {
  const compared = modalities.filter((modality) => isMeasuredWell(modality) && !sized.includes(modality.name));
  const items = compared.flatMap(({ name, others, linear }) => {
    const best = linear.at(0);
    const reached = best?.heldOut ?? null;
    if (best === undefined || reached === null || reached <= 0) return [];
    if (others.heldOut !== null && reached - others.heldOut <= NOTABLE) return [];
    return [`${name}: ${best.method} ${percentText(reached)}, these latents ${percentText(others.heldOut)}`];
  });
  return listing(
    'linear-is-better',
    items,
    "A linear method explains more of the other modalities' columns, held out, from as many numbers. First log or " +
      'rank-transform (transform: rank) columns with values far out; then ' +
      (subspaces === 'linear' ? '' : 'fit again with training.subspaces: linear, or ') +
      'give the modality more latents (interlatent select).',
  );
}

function overfit({ modalities }: QualityFigures): Warning[] {
  const items = modalities.flatMap(({ name, own, others }) => {
    const parts = [
      { what: 'its own columns', ...own },
      { what: "the other modalities' columns", ...others },
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
  const items = modalities.filter(isMeasuredWell).flatMap(({ name, others: { heldOut, p } }) => {
    if (heldOut === null || (heldOut > 0 && p <= CHANCE)) return [];
    return [`${name}: ${percentText(heldOut)}; shuffled latents explain as much with p ${p.toFixed(2)}`];
  });
  return listing(
    'nothing-shared',
    items,
    "Latents that explain nothing of the other modalities' columns in held-out subjects.",
  );
}

function outliers({ outliers: found }: QualityFigures): Warning[] {
  if (found.length === 0) return [];
  const named = found.slice(0, MAX_NAMED).map(({ modality, column, split, sd }) => {
    return `${modality} ${column} (${Math.round(sd)} sd, ${split === 'test' ? 'held-out' : 'validation'})`;
  });
  const rest = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : '';
  const which = found.length === 1 ? 'A column has a value' : `${found.length} columns have values`;
  return [
    {
      code: 'outlier',
      text:
        `${which} that training did not prepare for: ${named.join(', ')}${rest}. ` +
        'Such values rule what they enter; correct them, or log their columns.',
    },
  ];
}

function fewHeldOut({ heldOut: { split, subjects }, modalities }: QualityFigures): Warning[] {
  const who = split === 'test' ? 'held-out' : 'validation';
  const items = modalities.flatMap(({ name, both, others }) =>
    both && both.heldOut < FEW && others.heldOut !== null
      ? [`${name}: ${both.heldOut} ${who} subjects have it and another modality`]
      : [],
  );
  if (subjects >= FEW && items.length === 0) return [];
  const few = subjects < FEW ? `Only ${subjects} ${who} subjects` : `Fewer than ${FEW} ${who} subjects for some`;
  const text = `${few}: held-out figures are uncertain.`;
  return [{ code: 'few-held-out', text, ...(items.length > 0 && { items }) }];
}

/** Why figures are missing from the table. */
function notMeasured({ heldOut: { split }, modalities }: QualityFigures): Warning[] {
  const who = split === 'test' ? 'held-out' : 'validation';
  const items = modalities.flatMap(({ name, own, both }) => {
    const lacking = both === undefined ? [] : lackingText(name, both, who);
    return own.heldOut === null ? [...lacking, `${name}: no ${who} subject has values that vary`] : lacking;
  });
  return listing(
    'not-measured',
    items,
    `Figures marked – could not be measured. Raise split.${split}, or add subjects who have several modalities.`,
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
