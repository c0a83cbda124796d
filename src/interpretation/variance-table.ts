// The table of explained variance, which MOFA users know as a heat map.

import type { InterpretationInput } from './input.js';
import { resultTable, type ResultTable } from './result-table.js';
import { verdictNotes, type LatentUnit } from './units.js';
import { explainedVariance, type ExplainedVariance } from './variance.js';

/** Returns one row for each latent or block and modality, and one for all latents of a modality. */
export async function varianceTable(input: InterpretationInput): Promise<ResultTable> {
  return tableOfVariance(await explainedVariance(input));
}

export function tableOfVariance(explained: readonly ExplainedVariance[]): ResultTable {
  const units = explained.flatMap(({ unit }) => unit ?? []);
  const isAcross = explained.some(({ from, to }) => from !== to);
  return resultTable({
    name: 'variance',
    title: 'Variance explained in held-out subjects',
    keys: 2,
    columns: [
      { name: 'latent', kind: 'text', description: 'latent, block, or all latents of a modality' },
      { name: 'columns-of', kind: 'text', description: 'modality of the columns' },
      { name: 'r2', kind: 'number', description: 'share of the variance that the latent alone explains' },
      { name: 'r2.lower', kind: 'number', description: 'lower limit of the 90 % interval of r2' },
      { name: 'r2.upper', kind: 'number', description: 'upper limit of the 90 % interval of r2' },
      { name: 'unique', kind: 'number', description: 'share that is lost without the latent' },
      { name: 'unique.lower', kind: 'number', description: 'lower limit of the 90 % interval of unique' },
      { name: 'unique.upper', kind: 'number', description: 'upper limit of the 90 % interval of unique' },
      { name: 'subjects', kind: 'number', description: 'number of subjects, or of rows if rows belong to groups' },
      { name: 'latents-of', kind: 'text', description: 'modality of the latent' },
      { name: 'verdict', kind: 'text', description: 'component, block, not-replicated, or untested' },
    ],
    rows: explained.map(({ unit, from, to, r2, unique, subjects }) => [
      ...[unit?.name ?? allOf(from), to, r2.estimate, r2.lower, r2.upper],
      ...[unique?.estimate, unique?.lower, unique?.upper, subjects, from, unit?.verdict],
    ]),
    notes: [
      'Within its modality, a latent is read from the same columns: r2 is the share that it rebuilds. One of c ' +
        'unrelated columns is a share of 1/c.',
      isAcross
        ? 'In other modalities, r2 is from regressions on out-of-fold latents in subjects who did not determine the ' +
          'coefficients: 0 or slightly below without association.'
        : 'Other modalities are missing: that needs out-of-fold latents and another modality.',
      ...verdictNotes(unitsOnce(units)),
    ],
  });
}

/** Returns the name of all latents of a modality. */
export function allOf(modality: string): string {
  return `${modality}: all`;
}

function unitsOnce(units: readonly LatentUnit[]): LatentUnit[] {
  return [...new Map(units.map((unit) => [unit.name, unit])).values()];
}
