// What a reader of a fit's figures must be told. One rule each; texts are whole sentences.

import type { ModalityQuality, QualityFigures, Warning } from './schema.js';

/** A linear method is told of from this difference on. */
const NOTABLE = 0.01;
/** Overfit: held-out less than half of training, and this much below. */
const OVERFIT = 0.1;
/** From here on held-out subjects whose latents are shuffled are predicted as well. */
const CHANCE = 0.05;
/** Fewer held-out subjects say little. */
const FEW = 20;
/** Outliers that are named. */
const MOST_NAMED = 10;

/** Warnings of all rules, modality by modality. */
export function qualityWarnings(figures: QualityFigures): Warning[] {
  return [
    ...figures.modalities.flatMap((modality) => [
      ...linearIsBetter(modality),
      ...overfit(modality),
      ...nothingShared(modality),
    ]),
    ...outliers(figures),
    ...fewHeldOut(figures),
  ];
}

/** 19.5 %, −3.0 %. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${(100 * share).toFixed(1).replace('-', '−')} %`;
}

function linearIsBetter({ name, others, linear }: ModalityQuality): Warning[] {
  const best = linear.at(0);
  const reached = best?.heldOut ?? null;
  if (best === undefined || reached === null || reached <= 0) return [];
  if (others.heldOut !== null && reached - others.heldOut <= NOTABLE) return [];
  const figures = `${best.method} ${percentText(reached)}, these latents ${percentText(others.heldOut)}`;
  return [
    {
      code: 'linear-is-better',
      text: `${name}: a linear method does better here: ${figures} of the other modalities' columns, held out.`,
    },
  ];
}

function overfit({ name, own, others }: ModalityQuality): Warning[] {
  const parts = [
    { what: 'its own columns', ...own },
    { what: "the other modalities' columns", ...others },
  ];
  return parts.flatMap(({ what, train, heldOut }) => {
    if (train === null || heldOut === null || train - heldOut <= OVERFIT || heldOut >= train / 2) return [];
    const figures = `training ${percentText(train)}, held-out ${percentText(heldOut)}`;
    return [{ code: 'overfit', text: `${name}: overfit: ${figures} of ${what}.` }];
  });
}

function nothingShared({ name, others: { heldOut, p } }: ModalityQuality): Warning[] {
  if (heldOut === null || (heldOut > 0 && p <= CHANCE)) return [];
  return [
    {
      code: 'nothing-shared',
      text:
        `Nothing that other modalities share was found in ${name}: its latents explain ${percentText(heldOut)} ` +
        `of their columns held out, shuffled ones as much with p ${p.toFixed(2)}.`,
    },
  ];
}

function outliers({ outliers: found }: QualityFigures): Warning[] {
  if (found.length === 0) return [];
  const named = found.slice(0, MOST_NAMED).map(({ modality, column, part, sd }) => {
    return `${modality} ${column} (${Math.round(sd)} sd, ${part === 'test' ? 'held-out' : 'validation'})`;
  });
  const rest = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
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

function fewHeldOut({ heldOut: { part, subjects } }: QualityFigures): Warning[] {
  if (subjects >= FEW) return [];
  const who = part === 'test' ? 'held-out' : 'validation';
  return [{ code: 'few-held-out', text: `Only ${subjects} ${who} subjects: held-out figures are uncertain.` }];
}
