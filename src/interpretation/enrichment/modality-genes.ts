// The genes of a modality, the sets that can be tested on them, and how far the genes are correlated.

import type { Dataset, ObservedValues } from '../../data/dataset.js';
import { groupUnits, scaledGroupMeans } from '../../data/group-units.js';
import type { OutOfFoldLatents } from '../../inference/model-latents.js';
import { residualsOf, type GeneResiduals } from './competitive-test.js';
import type { GeneSetOptions } from './gene-set-options.js';
import { genesOf, matchSets, type Genes, type MatchedSet } from './match-genes.js';

export interface ModalityGenes {
  readonly genes: Genes;
  /** Sets with a number of genes inside the limits. */
  readonly sets: readonly MatchedSet[];
  /** A sentence about how the columns match the sets. */
  readonly note: string;
}

/** Number of names that a note shows. */
const SHOWN = 3;

/** @param columns names of the columns of a table; undefined for images and series */
export function modalityGenes(
  modality: string,
  columns: readonly string[] | undefined,
  { sets, minGenes, maxGenes }: GeneSetOptions,
): ModalityGenes {
  const genes = genesOf(columns ?? []);
  if (columns === undefined) {
    return { genes, sets: [], note: `${modality} has images or series, not genes, so no set was tested.` };
  }
  const matched = matchSets(genes, sets);
  const members = new Set(matched.flatMap((set) => [...set.genes])).size;
  const some = (names: readonly string[]) => names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', …' : '');
  if (members === 0) {
    const note =
      `${modality}: no column is a gene of a set, so no set was tested. Its columns are not genes, or are named ` +
      sentence(`differently: ${some(columns)} instead of ${some(sets.flatMap((set) => set.genes.slice(0, 1)))}`);
    return { genes, sets: [], note };
  }
  const count = genes.names.length;
  const isTested = (set: MatchedSet) => {
    const { length } = set.genes;
    return length >= minGenes && length <= maxGenes && length < count;
  };
  const tested = matched.filter(isTested);
  const other = matched.filter((set) => !isTested(set)).map((set) => `${set.name} (${set.genes.length})`);
  const several = genes.columns.filter(({ length }) => length > 1).length;
  const note = [
    `${modality}: ${members} of ${count} ${count === columns.length ? 'columns' : 'genes'} are members of a set, and ` +
      `${tested.length} of ${sets.length} sets have ${minGenes} to ${maxGenes} of them.`,
    ...(other.length > 0 ? [sentence(`Not tested: ${some(other)}`)] : []),
    ...(several > 0 ? [`Genes with several columns (${several}) have the mean of their loadings.`] : []),
  ];
  return { genes, sets: tested, note: note.join(' ') };
}

/** Ends a sentence, unless an ellipsis ends it. */
function sentence(text: string): string {
  return text.endsWith('…') ? text : `${text}.`;
}

/** Maximum number of units from which correlations are computed. */
const MAX_UNITS = 1000;

/** Standardised values of a modality. */
export interface GeneValues extends Pick<ObservedValues, 'values' | 'observed'> {
  /** Number of columns of `values`. */
  readonly width: number;
  /** Positions of the columns of each gene. */
  readonly columns: readonly (readonly number[])[];
}

/**
 * Returns the residuals of the genes after regression on the out-of-fold latents of their modality. Rows of a group
 * count as one unit.
 * @returns undefined if too few units have latents
 */
export function geneResiduals(
  { ids, groups }: Pick<Dataset, 'ids' | 'groups'>,
  { values, observed, width, columns }: GeneValues,
  outOfFold: OutOfFoldLatents,
  modality: string,
): GeneResiduals | undefined {
  const known = outOfFold.latents[modality];
  const count = known.length / outOfFold.ids.length;
  const rowOf = new Map(outOfFold.ids.map((id, row) => [id, row]));
  const latentAt = (row: number, k: number): number => {
    const at = rowOf.get(ids[row]);
    return at === undefined ? NaN : known[at * count + k];
  };
  const all = [...ids.keys()].filter((row) => !Number.isNaN(latentAt(row, 0)));
  const rows = groups ? Int32Array.from(all) : evenlySpaced(all);
  const units = groups && groupUnits(rows, groups);
  const unitValues = (valueAt: (row: number) => number): Float64Array => {
    const rowValues = Float64Array.from(rows, valueAt);
    return units ? scaledGroupMeans(rowValues, units.members) : rowValues;
  };
  const latents = Array.from({ length: count }, (_, k) => unitValues((row) => latentAt(row, k)));
  if (latents.length === 0 || latents[0].length < latents.length + 3) return undefined;
  const geneAt = (gene: number, row: number): number => {
    const cells = columns[gene].map((c) => row * width + c).filter((cell) => observed?.[cell] !== 0);
    return cells.reduce((sum, cell) => sum + values[cell], 0) / cells.length;
  };
  return residualsOf(columns.length, (gene) => unitValues((row) => geneAt(gene, row)), latents);
}

function evenlySpaced(rows: readonly number[]): Int32Array {
  const count = Math.min(rows.length, MAX_UNITS);
  return Int32Array.from({ length: count }, (_, i) => rows[Math.floor((i * rows.length) / count)]);
}
