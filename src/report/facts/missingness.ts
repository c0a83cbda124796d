// The map of missing data of a study: which subjects have which modality, and missing cells of those who have it.

import type { Inspection, ModalityReport } from '../../study/inspection/inspection.js';
import { percent } from '../../text/numbers.js';

/** Maximum number of patterns that a page shows separately. */
export const MAX_PATTERNS = 12;
/** Maximum number of cells in a strip. With more columns, a cell represents several. */
const MAX_CELLS = 120;

export interface MissingnessMap {
  /** Number of subjects of each pattern, in descending order. The last one may combine all remaining patterns. */
  readonly patterns: readonly number[];
  readonly modalities: readonly MissingModality[];
}

export interface MissingModality {
  readonly name: string;
  /** Share of each pattern's subjects who have it: 0 or 1, except for the combined pattern. */
  readonly having: readonly number[];
  /** Share of all subjects who have it. */
  readonly share: number;
  readonly cells: readonly MissingCell[];
}

/** One column, or several neighbouring columns. */
export interface MissingCell {
  /** Share of missing values among subjects who have the modality. */
  readonly share: number;
  /** Name and share as text. */
  readonly text: string;
}

/** Returns the map of missing data of a study, or undefined if nothing is missing. */
export function missingnessMap(inspection: Inspection): MissingnessMap | undefined {
  const { modalities, subjects, patterns } = inspection;
  if (patterns.length < 2 && modalities.every(({ missing }) => missing.length === 0)) return undefined;
  const rest = patterns.slice(MAX_PATTERNS);
  const shown = [...patterns.slice(0, MAX_PATTERNS).map((pattern) => [pattern]), ...(rest.length > 0 ? [rest] : [])];
  return {
    patterns: shown.map(subjectsOf),
    modalities: modalities.map((modality) => {
      const having = (some: Inspection['patterns']): number =>
        subjectsOf(some.filter(({ modalities: names }) => names.includes(modality.name)));
      return {
        name: modality.name,
        having: shown.map((some) => having(some) / subjectsOf(some)),
        share: having(patterns) / subjects,
        cells: cellsOf(modality, inspection.missing === 'keep' ? having(patterns) : inspection.shared),
      };
    }),
  };
}

function subjectsOf(patterns: Inspection['patterns']): number {
  return patterns.reduce((sum, pattern) => sum + pattern.subjects, 0);
}

/** Returns the cells of a modality's strip. @param of number of subjects */
function cellsOf({ columns, missing }: ModalityReport, of: number): MissingCell[] {
  const lacking = new Map(missing.map(({ column, subjects }) => [column, subjects]));
  const shares = columns.map(({ name }) => ({ name, share: (lacking.get(name) ?? 0) / Math.max(1, of) }));
  const size = Math.ceil(shares.length / MAX_CELLS);
  return Array.from({ length: Math.ceil(shares.length / size) }, (_, i) => {
    const columns = shares.slice(i * size, (i + 1) * size);
    const max = columns.reduce((a, b) => (b.share > a.share ? b : a));
    const share = columns.reduce((sum, one) => sum + one.share, 0) / columns.length;
    const note = columns.length > 1 ? `, the maximum of ${columns.length} columns here` : '';
    return { share: Number(share.toFixed(3)), text: `${max.name}: ${percent(max.share)} missing${note}` };
  });
}
